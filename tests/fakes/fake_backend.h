// The answers of a FakeSigner: its keys, its policy, its signatures. Knows
// nothing of gRPC.
#ifndef KEYHOLD_TESTS_FAKES_FAKE_BACKEND_H_
#define KEYHOLD_TESTS_FAKES_FAKE_BACKEND_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "keyhold/signer/v1/key.pb.h"
#include "keyhold/signer/v1/sign.pb.h"
#include "tests/fakes/fake_key.h"
#include "tests/fakes/fake_keyring.h"

namespace keyhold {

// Follows docs/errors.md; errors carry their ErrorReason. Thread-safe.
class FakeBackend {
 public:
  // Ends the process with a message if a key does not parse. Without rules
  // everybody may use every key in its roles' structured forms.
  FakeBackend(std::vector<FakeKey> keys, std::vector<FakeRule> rules);

  // Each change gives another policy_version.
  void SetKeys(std::vector<FakeKey> keys);
  void SetRules(std::vector<FakeRule> rules);
  // Another policy_version, nothing else.
  void ChangePolicyVersion();
  // 16 bytes.
  std::string policy_version() const;

  // `caller`: a SPIFFE ID.
  absl::StatusOr<signer::v1::ListKeysResponse> ListKeys(
      absl::string_view caller,
      const signer::v1::ListKeysRequest& request) const;
  absl::StatusOr<signer::v1::GetKeyResponse> GetKey(
      absl::string_view caller, const signer::v1::GetKeyRequest& request) const;
  absl::StatusOr<signer::v1::ChooseSchemeResponse> ChooseScheme(
      absl::string_view caller,
      const signer::v1::ChooseSchemeRequest& request) const;
  absl::StatusOr<signer::v1::SignResponse> Sign(
      absl::string_view caller, const signer::v1::SignRequest& request) const;

 private:
  std::shared_ptr<const FakeKeyring> keyring() const;

  mutable absl::Mutex mutex_;
  std::shared_ptr<const FakeKeyring> keyring_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace keyhold

#endif  // KEYHOLD_TESTS_FAKES_FAKE_BACKEND_H_
