package io.keyhold;

import java.security.KeyStore;
import java.security.Provider;
import java.security.Security;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import javax.net.ssl.KeyManagerFactory;

/**
 * The JCA provider: {@link KeyStore} of type KEYHOLD, {@code Signature} for its keys, and a {@link
 * KeyManagerFactory} KEYHOLD that picks among a server's keys by name.
 *
 * <p>JSSE finds it once it is installed, by {@link #install} or in {@code java.security}. It only
 * ever takes {@link RemotePrivateKey}s, so keys of other providers go on as before.
 */
public final class KeyholdProvider extends Provider {
  /** The provider's name, and the type of its key store. */
  public static final String NAME = "KEYHOLD";

  private static final long serialVersionUID = 1L;
  private static final List<String> SIGNATURES =
      List.of(
          "SHA256withRSA",
          "SHA384withRSA",
          "SHA512withRSA",
          KeyholdSignature.PSS,
          "SHA256withECDSA",
          "SHA384withECDSA",
          "SHA512withECDSA",
          "EdDSA",
          "Ed25519",
          "Ed448");

  public KeyholdProvider() {
    super(NAME, "0.1", "Private keys that a Keyhold signer keeps");
    putService(new ServiceOf("KeyStore", NAME, KeyholdKeyStore::new));
    putService(new ServiceOf("KeyManagerFactory", NAME, KeyholdKeyManagerFactory::new));
    for (String algorithm : SIGNATURES) {
      putService(new ServiceOf("Signature", algorithm, () -> new KeyholdSignature(algorithm)));
    }
  }

  /** Adds the provider at the end of the platform's list, once. */
  public static synchronized void install() {
    if (Security.getProvider(NAME) == null) {
      Security.addProvider(new KeyholdProvider());
    }
  }

  private final class ServiceOf extends Service {
    private final Supplier<Object> constructor;

    ServiceOf(String type, String algorithm, Supplier<Object> constructor) {
      super(KeyholdProvider.this, type, algorithm, KeyholdProvider.class.getName(), null, Map.of());
      this.constructor = constructor;
    }

    @Override
    public Object newInstance(Object parameter) {
      return constructor.get();
    }

    @Override
    public boolean supportsParameter(Object parameter) {
      return parameter instanceof RemotePrivateKey key
          && getType().equals("Signature")
          && KeyholdSignature.fits(getAlgorithm(), key);
    }
  }
}
