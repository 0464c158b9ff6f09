// Which signatures are verified before they leave.
#ifndef KEYHOLD_SIGNER_SERVICE_ENGINES_VERIFY_AFTER_SIGN_H_
#define KEYHOLD_SIGNER_SERVICE_ENGINES_VERIFY_AFTER_SIGN_H_

namespace keyhold {

// One faulty RSA-CRT signature gives the private key away (Boneh, DeMillo and
// Lipton 1997), and verifying RSA is cheap; the others cost more to verify
// than to make. A fault in a deterministic Ed25519 signature can give the key
// away too, to one who has a good signature of the same message: kAll guards
// against it, and TLS messages do not repeat.
enum class VerifyAfterSign { kNone, kRsa, kAll };

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_ENGINES_VERIFY_AFTER_SIGN_H_
