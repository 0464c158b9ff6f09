#include "tls_lib/provider/fake_key_reference.h"

#include <utility>

#include "tls_lib/base/secret_bytes.h"
#include "tls_lib/provider/crypto_library.h"

namespace keyhold::provider {

// value() ends the process on an error, which is all a test needs.
std::shared_ptr<FakeKeyReference> FakeKeyReference::Create(TestKeyKind kind,
                                                           int index) {
  SecretBytes pem = SecretBytes::CopyOf(TestKeyPem(kind, index)).value();
  PrivateKey key = PrivateKey::Parse(pem).value();
  auto half = PublicHalf::Create(key.public_key(), CryptoLibrary().value());
  return std::shared_ptr<FakeKeyReference>(
      new FakeKeyReference(std::move(key), std::move(half).value()));
}

absl::StatusOr<std::string> FakeKeyReference::Sign(SignatureScheme scheme,
                                                   absl::string_view message) {
  ++calls_;
  last_scheme_ = scheme;
  if (!failure_.ok()) return failure_;
  return key_.Sign(scheme, message);
}

}  // namespace keyhold::provider
