// The handler on a real vault, without a network.
#include "signer_service/front/request_handler.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "signer_service/front/testing/request_handler_fixture.h"
#include "signer_service/front/testing/test_snapshot.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/core/error_reason.h"
#include "tls_lib/core/public_key.h"
#include "tls_lib/core/signed_content.h"

namespace keyhold {
namespace {

using signer::v1::SignRequest;
using signer::v1::SignResponse;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Optional;

using RequestHandlerTest = RequestHandlerFixture;

TEST_F(RequestHandlerTest, SignsWhatTheServiceAssembles) {
  const absl::StatusOr<SignResponse> response = SignOne(Call(GoodRequest()));
  ASSERT_THAT(response, IsOk());
  EXPECT_EQ(response->id(), 7u);
  EXPECT_EQ(response->scheme(), 0x0403u);
  EXPECT_EQ(response->policy_version(), state_.Get()->policy_version());
  EXPECT_FALSE(response->has_status());
  const absl::StatusOr<std::string> content =
      AssembleTls13CertificateVerify({Role::kServer, std::string(32, 'h')});
  ASSERT_THAT(content, IsOk());
  EXPECT_THAT(PublicKey::FromSpki(TestKeySpki(TestKeyKind::kP256))
                  ->Verify(SignatureScheme::kEcdsaSecp256r1Sha256, *content,
                           response->signature()),
              IsOk());
}

TEST_F(RequestHandlerTest, ChoosesAmongTheOffered) {
  SignRequest request = GoodRequest();
  request.clear_scheme();
  request.add_offered_schemes(0x0a0a);
  request.add_offered_schemes(0x0403);
  const absl::StatusOr<SignResponse> response =
      SignOne(Call(std::move(request)));
  ASSERT_THAT(response, IsOk());
  EXPECT_EQ(response->scheme(), 0x0403u);
}

TEST_F(RequestHandlerTest, ABatchFailsItemByItem) {
  std::vector<SignCall> calls;
  calls.push_back(Call(GoodRequest()));
  calls.push_back(Call(GoodRequest(), /*uid=*/2));
  SignRequest broken = GoodRequest();
  broken.clear_input();
  calls.push_back(Call(std::move(broken)));
  calls.push_back(Call(GoodRequest()));
  const std::vector<absl::StatusOr<SignResponse>> results =
      Sign(std::move(calls));
  EXPECT_THAT(results[0], IsOk());
  EXPECT_THAT(results[1], StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(results[2], StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(results[3], IsOk());
}

TEST_F(RequestHandlerTest, AnEmptyBatchIsDoneAtOnce) {
  EXPECT_THAT(Sign({}), IsEmpty());
}

TEST_F(RequestHandlerTest, NothingIsSignedPastItsDeadline) {
  const auto expect_late = [&](SignCall call) {
    const absl::Status status = SignOne(std::move(call)).status();
    EXPECT_THAT(status,
                StatusIs(absl::StatusCode::kDeadlineExceeded,
                         "the request's time had passed before it was signed"));
    EXPECT_THAT(GetReason(status), Optional(ErrorReason::kDeadlinePassed));
  };
  SignCall transport = Call(GoodRequest());
  transport.deadline = absl::Now() - absl::Seconds(1);
  expect_late(std::move(transport));

  SignCall relative = Call(GoodRequest());
  relative.request.set_time_left_us(0);
  expect_late(std::move(relative));

  SignCall waited = Call(GoodRequest());
  waited.request.set_time_left_us(1'000'000);
  waited.received = absl::Now() - absl::Seconds(2);
  expect_late(std::move(waited));

  // The service's own maximum holds for all.
  SignCall patient = Call(GoodRequest());
  patient.request.set_time_left_us(~uint64_t{0});
  patient.received = absl::Now() - absl::Seconds(6);
  expect_late(std::move(patient));
}

TEST_F(RequestHandlerTest, AnyTimeThatIsLeftWillDo) {
  SignCall call = Call(GoodRequest());
  call.request.set_time_left_us(~uint64_t{0});
  EXPECT_THAT(SignOne(std::move(call)), IsOk());
}

TEST_F(RequestHandlerTest, TheVaultsRefusalsComeBack) {
  SignRequest off_curve = GoodRequest();
  auto* exchange = off_curve.mutable_tls12_server_key_exchange();
  exchange->set_client_random(std::string(32, 'c'));
  exchange->set_server_random(std::string(32, 's'));
  exchange->set_curve(23);
  exchange->set_public_point("\x04" + std::string(64, 'p'));
  const absl::Status status = SignOne(Call(std::move(off_curve))).status();
  EXPECT_THAT(status,
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("curve")));
  EXPECT_THAT(GetReason(status), Optional(ErrorReason::kInvalidRequest));
}

TEST_F(RequestHandlerTest, AKeyThatWentAwayWasNeverThere) {
  SignRequest gone = GoodRequest();
  gone.set_spki_sha256(TestSpkiSha256(TestKeyKind::kP256, 1));
  EXPECT_EQ(SignOne(Call(std::move(gone))).status(), KeyNotFoundError());
}

TEST_F(RequestHandlerTest, MessagesBeyondTheLimit) {
  SignRequest request = GoodRequest();
  request.set_message(std::string(101, 'm'));
  EXPECT_THAT(SignOne(Call(std::move(request))),
              StatusIs(absl::StatusCode::kResourceExhausted,
                       "message: at most 100 bytes are accepted, got 101"));
}

// What each of the five calls answers.
std::vector<absl::Status> AskAll(
    const RequestHandler& handler,
    const std::shared_ptr<const CallerView>& caller, SignRequest sign) {
  std::vector<absl::Status> answers;
  answers.push_back(handler.ListKeys(*caller, {}).status());
  signer::v1::GetKeyRequest get;
  get.mutable_selector()->set_spki_sha256(sign.spki_sha256());
  answers.push_back(handler.GetKey(*caller, get).status());
  signer::v1::ChooseSchemeRequest choose;
  choose.set_spki_sha256(sign.spki_sha256());
  choose.set_role(signer::v1::ROLE_SERVER);
  choose.set_tls_version(signer::v1::TLS_VERSION_1_3);
  choose.add_offered(0x0403);
  answers.push_back(handler.ChooseScheme(*caller, choose).status());
  std::vector<SignCall> calls(1);
  calls[0].request = std::move(sign);
  calls[0].caller = caller;
  calls[0].received = absl::Now();
  handler.Sign(std::move(calls), [&](std::vector<SignAnswer> signature) {
    answers.push_back(signature[0].response.status());
  });
  return answers;
}

TEST_F(RequestHandlerTest, AllCallsWorkForWhoeverMay) {
  for (const absl::Status& status :
       AskAll(handler_, Caller(1), GoodRequest())) {
    EXPECT_THAT(status, IsOk());
  }
}

TEST_F(RequestHandlerTest, NobodyIsRefusedEverywhere) {
  for (const absl::Status& status :
       AskAll(handler_, Caller(kOverflowUid), GoodRequest())) {
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kUnauthenticated,
                                 HasSubstr("the caller has no identity")));
    EXPECT_THAT(GetReason(status), Optional(ErrorReason::kNoClientIdentity));
  }
}

TEST_F(RequestHandlerTest, DrainingRefusesEverything) {
  state_.BeginDrain();
  for (const absl::Status& status :
       AskAll(handler_, Caller(1), GoodRequest())) {
    EXPECT_THAT(status,
                StatusIs(absl::StatusCode::kUnavailable,
                         "the signer is shutting down; ask another one"));
    EXPECT_THAT(GetReason(status), Optional(ErrorReason::kDraining));
  }
}

TEST_F(RequestHandlerTest, NoneAndNotYoursAreTheSameInEveryCall) {
  SignRequest none = GoodRequest();
  none.set_spki_sha256(std::string(32, 'x'));
  const std::vector<absl::Status> answers_none =
      AskAll(handler_, Caller(2), none);
  const std::vector<absl::Status> answers_not_yours =
      AskAll(handler_, Caller(2), GoodRequest());
  EXPECT_EQ(answers_none, answers_not_yours);
  EXPECT_THAT(answers_none[0], IsOk());  // an empty list
  for (size_t i = 1; i < answers_none.size(); ++i) {
    EXPECT_EQ(answers_none[i], KeyNotFoundError());
  }
}

TEST_F(RequestHandlerTest, EachRefusalIsOneLineInTheLog) {
  (void)AskAll(handler_, Caller(2), GoodRequest());
  log_.WaitFor({"\"call\":\"GetKey\"", "\"identity\":\"uid:2\"",
                "\"reason\":\"KEY_NOT_FOUND\""});
  log_.WaitFor({"\"call\":\"ChooseScheme\"", "\"identity\":\"uid:2\""});
  log_.WaitFor({"\"call\":\"Sign\"", "\"identity\":\"uid:2\"",
                "\"usage\":\"tls13_server\"",
                "\"scheme\":\"ecdsa_secp256r1_sha256\""});
  EXPECT_EQ(log_.Lines("refused").size(), 3u);
}

TEST_F(RequestHandlerTest, LinesSayWhatWasAsked) {
  (void)AskAll(handler_, Caller(2), GoodRequest());
  const std::string spki = absl::StrCat(
      "\"spki\":\"",
      absl::BytesToHexString(TestSpkiSha256(TestKeyKind::kP256).substr(0, 8)));
  log_.WaitFor({"\"call\":\"GetKey\"", spki, "\"key\":\"p256\""});
  log_.WaitFor(
      {"\"call\":\"ChooseScheme\"", spki, "\"usage\":\"tls13_server\""});
}

TEST_F(RequestHandlerTest, ARefusalByTheVaultSaysWhatWasAsked) {
  SignRequest request = GoodRequest();
  request.set_spki_sha256(TestSpkiSha256(TestKeyKind::kP256, 1));
  request.set_server_name("www.example.org");
  request.set_request_id(std::string(16, '\xab'));
  EXPECT_EQ(SignOne(Call(request)).status(), KeyNotFoundError());
  log_.WaitFor({"\"call\":\"Sign\"", "\"key\":\"gone\"",
                "\"usage\":\"tls13_server\"",
                "\"scheme\":\"ecdsa_secp256r1_sha256\"",
                "\"server_name\":\"www.example.org\"",
                "\"request_id\":\"abababababababababababababababab\""});
}

}  // namespace
}  // namespace keyhold
