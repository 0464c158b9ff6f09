// A KeyReference for tests: signs with a test key, or fails as told.
#ifndef KEYHOLD_TLS_LIB_PROVIDER_FAKE_KEY_REFERENCE_H_
#define KEYHOLD_TLS_LIB_PROVIDER_FAKE_KEY_REFERENCE_H_

#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tls_lib/local/private_key.h"
#include "tls_lib/local/test_keys.h"
#include "tls_lib/provider/key_reference.h"

namespace keyhold::provider {

class FakeKeyReference final : public KeyReference {
 public:
  // Ends the process with a message if the test key cannot be read.
  static std::shared_ptr<FakeKeyReference> Create(TestKeyKind kind,
                                                  int index = 0);

  const PublicHalf& public_half() const override { return *public_half_; }
  absl::StatusOr<std::string> Sign(SignatureScheme scheme,
                                   absl::string_view message) override;

  // What the next calls of Sign return, instead of a signature.
  void FailWith(absl::Status status) { failure_ = std::move(status); }

  int calls() const { return calls_; }
  std::optional<SignatureScheme> last_scheme() const { return last_scheme_; }

 private:
  FakeKeyReference(PrivateKey key, std::shared_ptr<const PublicHalf> half)
      : key_(std::move(key)), public_half_(std::move(half)) {}

  PrivateKey key_;
  std::shared_ptr<const PublicHalf> public_half_;
  absl::Status failure_;
  int calls_ = 0;
  std::optional<SignatureScheme> last_scheme_;
};

}  // namespace keyhold::provider

#endif  // KEYHOLD_TLS_LIB_PROVIDER_FAKE_KEY_REFERENCE_H_
