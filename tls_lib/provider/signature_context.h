// One signature in the making: what libcrypto has said about it so far.
#ifndef KEYHOLD_TLS_LIB_PROVIDER_SIGNATURE_CONTEXT_H_
#define KEYHOLD_TLS_LIB_PROVIDER_SIGNATURE_CONTEXT_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "openssl/core.h"
#include "tls_lib/core/signature_scheme.h"
#include "tls_lib/provider/key_reference.h"

namespace keyhold::provider {

// Collects the whole message: nothing is hashed here, since the signer checks
// what it signs. Copyable, because libcrypto finishes a copy. Not
// thread-safe.
class SignatureContext {
 public:
  // Starts. `digest` is OpenSSL's name of one; empty: none (EdDSA).
  // InvalidArgument: a digest that no scheme uses.
  absl::Status Init(std::shared_ptr<KeyReference> key,
                    absl::string_view digest);
  // Starts the signature of a digest, whose name may be set later; without one,
  // its length says which it is (an ECDSA key) or it is refused (an RSA key).
  // InvalidArgument: a key that signs no digests.
  absl::Status InitForDigest(std::shared_ptr<KeyReference> key);
  // Takes pad-mode, saltlen, digest and mgf1-digest as libssl sets them for
  // RSA; others are ignored. InvalidArgument: padding other than PKCS#1 v1.5
  // or PSS, a salt length other than the digest's, another digest for MGF1.
  absl::Status SetParams(const OSSL_PARAM* params);

  void Update(absl::string_view part) {
    message_.append(part.data(), part.size());
  }

  // The longest signature; asks nobody. 0 before Init.
  size_t max_size() const;
  // Asks the key to sign what Update collected, or `message`.
  absl::StatusOr<std::string> Finish() { return Sign(message_); }
  absl::StatusOr<std::string> Sign(absl::string_view message);
  // Asks the key to sign `digest`. InvalidArgument also if it has not the
  // length of its hash.
  absl::StatusOr<std::string> SignDigest(absl::string_view digest);

  // DER, for certificates and requests. Errors as Init.
  absl::StatusOr<std::string> AlgorithmIdentifier() const;

 private:
  absl::StatusOr<SignatureScheme> Scheme() const;
  absl::Status SetPadding(const OSSL_PARAM& param);
  absl::Status CheckSaltLength(const OSSL_PARAM& param) const;

  std::shared_ptr<KeyReference> key_;
  HashAlgorithm hash_ = HashAlgorithm::kNone;
  bool pss_ = false;
  std::string message_;
};

}  // namespace keyhold::provider

#endif  // KEYHOLD_TLS_LIB_PROVIDER_SIGNATURE_CONTEXT_H_
