package io.keyhold;

import com.google.protobuf.ByteString;
import java.io.NotSerializableException;
import java.io.ObjectOutputStream;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.EdECKey;
import java.security.interfaces.EdECPublicKey;
import java.security.interfaces.RSAKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.AlgorithmParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.NamedParameterSpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Objects;
import keyhold.signer.v1.KeyOuterClass.Key;
import keyhold.signer.v1.KeyOuterClass.KeySelector;

/**
 * A private key that a signer keeps. It signs through {@link KeyholdProvider}, and there are no
 * bytes of it here: {@link #getEncoded} is null.
 */
public abstract class RemotePrivateKey implements PrivateKey {
  private static final long serialVersionUID = 1L;

  private final transient SignerClient client;
  private final transient PublicKey publicKey;
  private final transient ByteString spkiSha256;
  private final String serverName;

  private RemotePrivateKey(SignerClient client, PublicKey publicKey, String serverName) {
    this.client = client;
    this.publicKey = publicKey;
    this.serverName = serverName;
    this.spkiSha256 = sha256(publicKey.getEncoded());
  }

  /**
   * The remote key of a certificate, for which the signer is asked.
   *
   * @param serverName stated with each signature, for rules that list names; may be empty
   * @throws SignerException NOT_FOUND if the signer does not have it, or does not tell
   * @throws InvalidKeyException if it is of no type that signs in TLS
   */
  public static RemotePrivateKey forCertificate(
      SignerClient client, X509Certificate certificate, String serverName)
      throws SignerException, InvalidKeyException {
    RemotePrivateKey key = of(client, certificate.getPublicKey(), serverName);
    client.getKeys(KeySelector.newBuilder().setSpkiSha256(key.spkiSha256).build());
    return key;
  }

  /** The same for a key that the client listed. */
  public static RemotePrivateKey of(SignerClient client, Key key, String serverName)
      throws InvalidKeyException {
    String algorithm =
        switch (key.getType()) {
          case KEY_TYPE_RSA -> "RSA";
          case KEY_TYPE_RSA_PSS -> "RSASSA-PSS";
          case KEY_TYPE_ED25519, KEY_TYPE_ED448 -> "EdDSA";
          default -> "EC";
        };
    try {
      KeyFactory factory = KeyFactory.getInstance(algorithm);
      X509EncodedKeySpec spki = new X509EncodedKeySpec(key.getSpki().toByteArray());
      return of(client, factory.generatePublic(spki), serverName);
    } catch (InvalidKeyException e) {
      throw e;
    } catch (GeneralSecurityException e) {
      throw new InvalidKeyException("the public half of " + key.getId() + " cannot be read", e);
    }
  }

  private static RemotePrivateKey of(SignerClient client, PublicKey publicKey, String serverName)
      throws InvalidKeyException {
    if (publicKey instanceof RSAPublicKey rsa) {
      return new Rsa(client, rsa, serverName);
    }
    if (publicKey instanceof ECPublicKey ec) {
      return new Ec(client, ec, serverName);
    }
    if (publicKey instanceof EdECPublicKey edwards) {
      return new Edwards(client, edwards, serverName);
    }
    throw new InvalidKeyException(publicKey.getAlgorithm() + " keys do not sign in TLS");
  }

  SignerClient client() {
    return client;
  }

  ByteString spkiSha256() {
    return spkiSha256;
  }

  String serverName() {
    return serverName;
  }

  /** The public half. */
  public PublicKey publicKey() {
    return publicKey;
  }

  @Override
  public String getAlgorithm() {
    return publicKey.getAlgorithm();
  }

  /** Null: it cannot be written down. */
  @Override
  public String getFormat() {
    return null;
  }

  /** Null: the private half never leaves the signer. */
  @Override
  public byte[] getEncoded() {
    return null;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof RemotePrivateKey key
        && client == key.client
        && spkiSha256.equals(key.spkiSha256)
        && serverName.equals(key.serverName);
  }

  @Override
  public int hashCode() {
    return Objects.hash(spkiSha256, serverName);
  }

  @Override
  public String toString() {
    return "remote " + getAlgorithm() + " key";
  }

  private void writeObject(ObjectOutputStream out) throws NotSerializableException {
    throw new NotSerializableException(RemotePrivateKey.class.getName());
  }

  private static ByteString sha256(byte[] bytes) {
    try {
      return ByteString.copyFrom(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  // JSSE asks these interfaces for sizes and curves, and takes keys without them as unfit.

  private static final class Rsa extends RemotePrivateKey implements RSAKey {
    private static final long serialVersionUID = 1L;
    private final transient RSAPublicKey publicKey;

    Rsa(SignerClient client, RSAPublicKey publicKey, String serverName) {
      super(client, publicKey, serverName);
      this.publicKey = publicKey;
    }

    @Override
    public BigInteger getModulus() {
      return publicKey.getModulus();
    }

    @Override
    public AlgorithmParameterSpec getParams() {
      return publicKey.getParams();
    }
  }

  private static final class Ec extends RemotePrivateKey implements ECKey {
    private static final long serialVersionUID = 1L;
    private final transient ECPublicKey publicKey;

    Ec(SignerClient client, ECPublicKey publicKey, String serverName) {
      super(client, publicKey, serverName);
      this.publicKey = publicKey;
    }

    @Override
    public ECParameterSpec getParams() {
      return publicKey.getParams();
    }
  }

  private static final class Edwards extends RemotePrivateKey implements EdECKey {
    private static final long serialVersionUID = 1L;
    private final transient EdECPublicKey publicKey;

    Edwards(SignerClient client, EdECPublicKey publicKey, String serverName) {
      super(client, publicKey, serverName);
      this.publicKey = publicKey;
    }

    @Override
    public NamedParameterSpec getParams() {
      return publicKey.getParams();
    }
  }
}
