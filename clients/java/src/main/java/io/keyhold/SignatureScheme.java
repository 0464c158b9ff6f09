package io.keyhold;

import java.util.Arrays;
import java.util.Optional;

/** Signature schemes by IANA's code points (RFC 8446, section 4.2.3). */
public enum SignatureScheme {
  RSA_PKCS1_SHA256(0x0401, "SHA256withRSA", "SHA-256"),
  RSA_PKCS1_SHA384(0x0501, "SHA384withRSA", "SHA-384"),
  RSA_PKCS1_SHA512(0x0601, "SHA512withRSA", "SHA-512"),
  ECDSA_SECP256R1_SHA256(0x0403, "SHA256withECDSA", "SHA-256"),
  ECDSA_SECP384R1_SHA384(0x0503, "SHA384withECDSA", "SHA-384"),
  ECDSA_SECP521R1_SHA512(0x0603, "SHA512withECDSA", "SHA-512"),
  RSA_PSS_RSAE_SHA256(0x0804, "RSASSA-PSS", "SHA-256"),
  RSA_PSS_RSAE_SHA384(0x0805, "RSASSA-PSS", "SHA-384"),
  RSA_PSS_RSAE_SHA512(0x0806, "RSASSA-PSS", "SHA-512"),
  ED25519(0x0807, "Ed25519", null),
  ED448(0x0808, "Ed448", null),
  RSA_PSS_PSS_SHA256(0x0809, "RSASSA-PSS", "SHA-256"),
  RSA_PSS_PSS_SHA384(0x080a, "RSASSA-PSS", "SHA-384"),
  RSA_PSS_PSS_SHA512(0x080b, "RSASSA-PSS", "SHA-512");

  private final int codePoint;
  private final String algorithm;
  private final String hash;

  SignatureScheme(int codePoint, String algorithm, String hash) {
    this.codePoint = codePoint;
    this.algorithm = algorithm;
    this.hash = hash;
  }

  public int codePoint() {
    return codePoint;
  }

  /** The name of the JCA's {@code Signature}. */
  public String algorithm() {
    return algorithm;
  }

  /** The name of the JCA's {@code MessageDigest}; empty for EdDSA, which signs messages. */
  public Optional<String> hash() {
    return Optional.ofNullable(hash);
  }

  /** The scheme of a code point, or empty if Keyhold makes none such. */
  public static Optional<SignatureScheme> of(int codePoint) {
    return Arrays.stream(values()).filter(scheme -> scheme.codePoint == codePoint).findFirst();
  }
}
