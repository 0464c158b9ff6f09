package io.keyhold;

import com.google.protobuf.ByteString;
import java.io.ByteArrayOutputStream;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.InvalidAlgorithmParameterException;
import java.security.InvalidKeyException;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SignatureException;
import java.security.SignatureSpi;
import java.security.interfaces.EdECKey;
import java.security.spec.AlgorithmParameterSpec;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.util.Arrays;
import keyhold.signer.v1.Sign.Digest;
import keyhold.signer.v1.Sign.SignRequest;
import keyhold.signer.v1.Tls.Hash;

/**
 * Signs with a {@link RemotePrivateKey}.
 *
 * <p>JSSE hands over the whole content, so TLS signatures go out in the structured form, which is
 * what policy allows by default. Anything else is sent as its digest (EdDSA: as the message), which
 * policy refuses unless a rule names that usage.
 */
final class KeyholdSignature extends SignatureSpi {
  static final String PSS = "RSASSA-PSS";
  private static final String EDDSA = "EdDSA";

  private final String algorithm;
  private final ByteArrayOutputStream content = new ByteArrayOutputStream();
  private RemotePrivateKey key;
  private PSSParameterSpec pss;

  /** {@code algorithm} is one of the provider's names of services. */
  KeyholdSignature(String algorithm) {
    this.algorithm = algorithm;
  }

  /** Whether a key can make signatures of this name. */
  static boolean fits(String algorithm, RemotePrivateKey key) {
    return switch (key.getAlgorithm()) {
      case "RSA" -> algorithm.endsWith("withRSA") || algorithm.equals(PSS);
      case PSS -> algorithm.equals(PSS);
      case "EC" -> algorithm.endsWith("withECDSA");
      default -> algorithm.equals(EDDSA) || algorithm.equals(edwardsName(key));
    };
  }

  @Override
  protected void engineInitSign(PrivateKey privateKey) throws InvalidKeyException {
    if (!(privateKey instanceof RemotePrivateKey remote) || !fits(algorithm, remote)) {
      throw new InvalidKeyException(algorithm + " needs a remote key of its kind, not " + privateKey);
    }
    key = remote;
    content.reset();
  }

  @Override
  protected void engineUpdate(byte b) {
    content.write(b);
  }

  @Override
  protected void engineUpdate(byte[] bytes, int offset, int length) {
    content.write(bytes, offset, length);
  }

  @Override
  protected byte[] engineSign() throws SignatureException {
    byte[] signed = content.toByteArray();
    content.reset();
    SignatureScheme scheme = scheme();
    SignRequest.Builder request =
        SignRequest.newBuilder()
            .setSpkiSha256(key.spkiSha256())
            .setScheme(scheme.codePoint())
            .setServerName(key.serverName());
    if (!SignedContent.setInput(signed, request)) {
      setDigestOrMessage(signed, scheme, request);
    }
    try {
      return key.client().sign(request.build()).getSignature().toByteArray();
    } catch (SignerException e) {
      throw new SignatureException(e.getMessage(), e);
    }
  }

  @Override
  protected void engineSetParameter(AlgorithmParameterSpec parameters)
      throws InvalidAlgorithmParameterException {
    if (!algorithm.equals(PSS)) {
      throw new InvalidAlgorithmParameterException(algorithm + " has no parameters");
    }
    if (!(parameters instanceof PSSParameterSpec spec) || !isTlsPss(spec)) {
      throw new InvalidAlgorithmParameterException(
          "expected PSS as in TLS: SHA-256, SHA-384 or SHA-512, MGF1 with the same, and a salt as"
              + " long as the hash");
    }
    pss = spec;
  }

  @Override
  protected AlgorithmParameters engineGetParameters() {
    if (pss == null) {
      return null;
    }
    try {
      AlgorithmParameters parameters = AlgorithmParameters.getInstance(PSS);
      parameters.init(pss);
      return parameters;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("the platform has no parameters of " + PSS, e);
    }
  }

  @Override
  protected void engineInitVerify(PublicKey publicKey) throws InvalidKeyException {
    throw new InvalidKeyException("this provider only signs");
  }

  @Override
  protected boolean engineVerify(byte[] signature) throws SignatureException {
    throw new SignatureException("this provider only signs");
  }

  @Override
  @Deprecated
  protected void engineSetParameter(String name, Object value) {
    throw new UnsupportedOperationException("use a PSSParameterSpec");
  }

  @Override
  @Deprecated
  protected Object engineGetParameter(String name) {
    throw new UnsupportedOperationException("use getParameters");
  }

  private SignatureScheme scheme() throws SignatureException {
    if (key == null) {
      throw new SignatureException("not initialized for signing");
    }
    String name = algorithm.equals(EDDSA) ? edwardsName(key) : algorithm;
    if (algorithm.equals(PSS) && pss == null) {
      throw new SignatureException(PSS + " needs a PSSParameterSpec");
    }
    String prefix = key.getAlgorithm().equals(PSS) ? "RSA_PSS_PSS" : "RSA_PSS_RSAE";
    return Arrays.stream(SignatureScheme.values())
        .filter(scheme -> scheme.algorithm().equals(name))
        .filter(scheme -> !name.equals(PSS) || isPss(scheme, prefix))
        .findFirst()
        .orElseThrow(() -> new SignatureException(name + " is no scheme of TLS"));
  }

  private boolean isPss(SignatureScheme scheme, String prefix) {
    return scheme.name().startsWith(prefix) && scheme.hash().get().equals(pss.getDigestAlgorithm());
  }

  private static void setDigestOrMessage(
      byte[] content, SignatureScheme scheme, SignRequest.Builder request) throws SignatureException {
    if (scheme.hash().isEmpty()) {
      request.setMessage(ByteString.copyFrom(content));
      return;
    }
    String hash = scheme.hash().get();
    try {
      byte[] value = MessageDigest.getInstance(hash).digest(content);
      request.setDigest(
          Digest.newBuilder()
              .setHash(Hash.valueOf("HASH_" + hash.replace("-", "")))
              .setValue(ByteString.copyFrom(value)));
    } catch (GeneralSecurityException e) {
      throw new SignatureException("the platform has no " + hash, e);
    }
  }

  private static boolean isTlsPss(PSSParameterSpec spec) {
    int bytes =
        switch (spec.getDigestAlgorithm()) {
          case "SHA-256" -> 32;
          case "SHA-384" -> 48;
          case "SHA-512" -> 64;
          default -> -1;
        };
    return spec.getSaltLength() == bytes
        && spec.getMGFParameters() instanceof MGF1ParameterSpec mgf1
        && mgf1.getDigestAlgorithm().equals(spec.getDigestAlgorithm());
  }

  private static String edwardsName(RemotePrivateKey key) {
    return key instanceof EdECKey edwards ? edwards.getParams().getName() : "";
  }
}
