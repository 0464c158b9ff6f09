// The errors of a FakeSigner, one function each; docs/errors.md lists them.
#ifndef KEYHOLD_TESTS_FAKES_FAKE_ERROR_H_
#define KEYHOLD_TESTS_FAKES_FAKE_ERROR_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "google/rpc/status.pb.h"

namespace keyhold {

absl::Status FakeKeyNotFound();
absl::Status FakeUsageNotAllowed();
absl::Status FakeSchemeNotAllowed();
absl::Status FakeServerNameNotAllowed();
absl::Status FakeNoCommonScheme();
// `problem` names the field and what was expected.
absl::Status FakeInvalidRequest(absl::string_view problem);
absl::Status FakeSchemeDoesNotFitKey();
absl::Status FakeInputNotAccepted();
absl::Status FakeTooManyInFlight();
absl::Status FakeFrameTooLarge();
absl::Status FakeDeadlinePassed();
absl::Status FakeDraining();
absl::Status FakeCancelled();

// `status`, which is not OK, as it travels: with ErrorInfo, if it carries an
// ErrorReason, and in it `policy_version`.
google::rpc::Status FakeRpcStatus(const absl::Status& status,
                                  absl::string_view policy_version);

}  // namespace keyhold

#endif  // KEYHOLD_TESTS_FAKES_FAKE_ERROR_H_
