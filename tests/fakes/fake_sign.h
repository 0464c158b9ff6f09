// One signature of a FakeSigner, with its fault.
#ifndef KEYHOLD_TESTS_FAKES_FAKE_SIGN_H_
#define KEYHOLD_TESTS_FAKES_FAKE_SIGN_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "keyhold/signer/v1/sign.pb.h"
#include "tests/fakes/fake_backend.h"
#include "tests/fakes/fake_faults.h"
#include "tests/fakes/fake_record.h"

namespace keyhold {

// Records the request, lets the fault of a FakeRpc::kSign happen, and
// answers.
absl::StatusOr<signer::v1::SignResponse> FakeSign(
    const FakeBackend& backend, FakeFaults& faults, FakeRecord& record,
    absl::string_view caller, const signer::v1::SignRequest& request);

}  // namespace keyhold

#endif  // KEYHOLD_TESTS_FAKES_FAKE_SIGN_H_
