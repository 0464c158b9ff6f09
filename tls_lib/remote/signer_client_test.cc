#include "tls_lib/remote/signer_client.h"

#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/fakes/fake_signer.h"
#include "tests/fakes/tcp_relay.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/core/error_reason.h"
#include "tls_lib/core/public_key.h"
#include "tls_lib/core/signature_scheme.h"
#include "tls_lib/core/signed_content.h"
#include "tls_lib/local/test_keys.h"

namespace keyhold {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Optional;
using ::testing::SizeIs;

constexpr SignatureScheme kScheme = SignatureScheme::kEcdsaSecp256r1Sha256;

FakeKey KeyNamed(std::string id, TestKeyKind kind, int index = 0) {
  FakeKey key;
  key.id = std::move(id);
  key.pem = TestKeyPem(kind, index);
  return key;
}

class SignerClientTest : public testing::Test {
 protected:
  SignerClientTest() : signer_({KeyNamed("www", TestKeyKind::kP256)}) {}

  static std::shared_ptr<SignerClient> Connect(SignerClientOptions options) {
    auto client = SignerClient::Create(std::move(options));
    EXPECT_THAT(client, IsOk());
    return *std::move(client);
  }

  signer::v1::SignRequest Request() const {
    signer::v1::SignRequest request;
    request.set_spki_sha256(std::string(key_.spki_sha256()));
    request.set_scheme(static_cast<uint32_t>(kScheme));
    request.set_server_name("www.example.org");
    auto& input = *request.mutable_tls13_certificate_verify();
    input.set_role(signer::v1::ROLE_SERVER);
    input.set_transcript_hash(std::string(32, 'h'));
    return request;
  }

  absl::Status Verify(const signer::v1::SignResponse& response) const {
    return key_.Verify(
        kScheme,
        *AssembleTls13CertificateVerify({Role::kServer, std::string(32, 'h')}),
        response.signature());
  }

  FakeSigner signer_;
  const PublicKey key_ = *PublicKey::FromSpki(TestKeySpki(TestKeyKind::kP256));
};

TEST_F(SignerClientTest, SignsOverMutualTls) {
  auto client = Connect(signer_.ClientOptions());
  const auto response = client->Sign(Request());
  ASSERT_THAT(response, IsOk());
  EXPECT_THAT(Verify(*response), IsOk());
  EXPECT_EQ(signer_.record().last_caller(), kWebIdentity);
}

TEST_F(SignerClientTest, SignsOverAUnixSocket) {
  FakeSigner local({KeyNamed("www", TestKeyKind::kP256)}, {},
                   FakeSigner::Listen::kUnix);
  auto client = Connect(local.ClientOptions());
  EXPECT_THAT(client->endpoint(), HasSubstr("unix:"));
  const auto response = client->Sign(Request());
  ASSERT_THAT(response, IsOk());
  EXPECT_THAT(Verify(*response), IsOk());
}

TEST_F(SignerClientTest, FillsInRequestIdAndTimeLeft) {
  auto client = Connect(signer_.ClientOptions());
  ASSERT_THAT(client->Sign(Request(), absl::Now() + absl::Seconds(30)), IsOk());
  ASSERT_THAT(client->Sign(Request()), IsOk());
  const auto signs = signer_.record().signs();
  ASSERT_THAT(signs, SizeIs(2));
  EXPECT_THAT(signs[0].request_id(), SizeIs(16));
  EXPECT_NE(signs[0].request_id(), signs[1].request_id());
  EXPECT_GT(signs[0].time_left_us(), 0);
  EXPECT_LE(signs[0].time_left_us(), 30000000);
}

TEST_F(SignerClientTest, RepeatsWhatAnUnavailableServiceDidNotDo) {
  auto client = Connect(signer_.ClientOptions());
  const absl::Status draining =
      WithReason(absl::UnavailableError("draining"), ErrorReason::kDraining);
  signer_.FailNext(FakeRpc::kSign, draining);
  signer_.FailNext(FakeRpc::kSign, draining);
  ASSERT_THAT(client->Sign(Request()), IsOk());
  const auto signs = signer_.record().signs();
  ASSERT_THAT(signs, SizeIs(3));
  EXPECT_EQ(signs[0].request_id(), signs[2].request_id());
  EXPECT_GT(signs[0].time_left_us(), signs[2].time_left_us());
}

TEST_F(SignerClientTest, OtherErrorsAreNotRepeated) {
  auto client = Connect(signer_.ClientOptions());
  signer_.FailNext(FakeRpc::kSign,
                   WithReason(absl::ResourceExhaustedError("too many"),
                              ErrorReason::kRateLimited));
  const auto response = client->Sign(Request());
  EXPECT_THAT(
      response,
      StatusIs(absl::StatusCode::kResourceExhausted,
               AllOf(HasSubstr(signer_.endpoint()), HasSubstr("Sign with key "),
                     HasSubstr("for www.example.org: too many"))));
  EXPECT_THAT(GetReason(response.status()),
              Optional(ErrorReason::kRateLimited));
  EXPECT_EQ(signer_.Calls(FakeRpc::kSign), 1);
}

TEST_F(SignerClientTest, MessagesNameTheKeyByItsHash) {
  auto client = Connect(signer_.ClientOptions());
  auto request = Request();
  request.set_spki_sha256(std::string(32, '\xab'));
  const auto response = client->Sign(request);
  EXPECT_THAT(response, StatusIs(absl::StatusCode::kNotFound,
                                 HasSubstr("key abababababababab for")));
  EXPECT_THAT(GetReason(response.status()),
              Optional(ErrorReason::kKeyNotFound));
}

TEST_F(SignerClientTest, SlowSignerEndsAtTheDeadline) {
  auto client = Connect(signer_.ClientOptions());
  ASSERT_THAT(client->Sign(Request()), IsOk());
  signer_.DelayNextSign(absl::Hours(1));
  EXPECT_THAT(client->Sign(Request(), absl::Now() + absl::Milliseconds(50)),
              StatusIs(absl::StatusCode::kDeadlineExceeded,
                       HasSubstr("www.example.org")));
}

TEST_F(SignerClientTest, DefaultTimeoutEndsCallsWithoutDeadline) {
  SignerClientOptions options = signer_.ClientOptions();
  options.default_timeout = absl::Milliseconds(50);
  auto client = Connect(options);
  signer_.faults().HoldSigns();
  EXPECT_THAT(client->Sign(Request()),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
}

TEST_F(SignerClientTest, DeadlineThatHasPassed) {
  auto client = Connect(signer_.ClientOptions());
  EXPECT_THAT(client->Sign(Request(), absl::Now() - absl::Seconds(1)),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_THAT(client->Sign(Request(), absl::InfinitePast()),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_EQ(signer_.Calls(FakeRpc::kSign), 0);
}

TEST_F(SignerClientTest, ServiceAway) {
  auto client = Connect(signer_.ClientOptions());
  signer_.Stop();
  EXPECT_THAT(
      client->Sign(Request(), absl::Now() + absl::Milliseconds(200)),
      StatusIs(absl::StatusCode::kUnavailable, HasSubstr(signer_.endpoint())));
}

TEST_F(SignerClientTest, RestartUnderACallFailsNoCall) {
  auto client = Connect(signer_.ClientOptions());
  ASSERT_THAT(client->Sign(Request()), IsOk());
  signer_.faults().HoldSigns();
  std::thread call([&] { EXPECT_THAT(client->Sign(Request()), IsOk()); });
  signer_.faults().WaitForHeldSigns(1);
  signer_.Stop();
  signer_.faults().ReleaseSigns();
  signer_.Start();
  call.join();
  EXPECT_THAT(client->Sign(Request()), IsOk());
}

TEST_F(SignerClientTest, ConnectionLostUnderACallFailsNoCall) {
  TcpRelay relay(signer_.endpoint());
  SignerClientOptions options = signer_.ClientOptions();
  options.endpoints = {relay.endpoint()};
  auto client = Connect(options);
  FakeFault cut;
  cut.first = [&] { relay.CutAll(); };
  signer_.faults().Next(FakeRpc::kSign, cut);
  ASSERT_THAT(client->Sign(Request()), IsOk());
  const auto signs = signer_.record().signs();
  ASSERT_THAT(signs, SizeIs(2));
  EXPECT_EQ(signs[0].request_id(), signs[1].request_id());
  EXPECT_EQ(relay.connections(), 2);
}

TEST_F(SignerClientTest, CloseCancelsWhatIsUnderWay) {
  auto client = Connect(signer_.ClientOptions());
  signer_.faults().HoldSigns();
  std::thread call([&] {
    EXPECT_THAT(client->Sign(Request()),
                StatusIs(absl::StatusCode::kCancelled,
                         HasSubstr("the client was closed")));
  });
  signer_.faults().WaitForHeldSigns(1);
  client->Close();
  call.join();
  EXPECT_THAT(client->Sign(Request()), StatusIs(absl::StatusCode::kCancelled));
  client->Close();
}

TEST_F(SignerClientTest, CloseEndsTheWaitForAServiceThatIsAway) {
  auto client = Connect(signer_.ClientOptions());
  FakeFault away;
  away.first = [&] { client->Close(); };
  away.error = absl::UnavailableError("away");
  signer_.faults().Next(FakeRpc::kSign, away);
  EXPECT_THAT(client->Sign(Request()), StatusIs(absl::StatusCode::kCancelled));
}

TEST_F(SignerClientTest, AnswersThatDoNotFitTheQuestion) {
  auto client = Connect(signer_.ClientOptions());
  signer_.DamageNextSignature(FakeDamage::kOtherScheme);
  EXPECT_THAT(client->Sign(Request()),
              StatusIs(absl::StatusCode::kInternal,
                       HasSubstr("which was not asked for")));
  signer_.DamageNextSignature(FakeDamage::kEmpty);
  EXPECT_THAT(
      client->Sign(Request()),
      StatusIs(absl::StatusCode::kInternal, HasSubstr("an empty signature")));
}

TEST_F(SignerClientTest, DataLossArrivesAsInternal) {
  auto client = Connect(signer_.ClientOptions());
  signer_.FailNext(FakeRpc::kSign,
                   WithReason(absl::DataLossError("its check failed"),
                              ErrorReason::kSignatureCheckFailed));
  const auto response = client->Sign(Request());
  EXPECT_THAT(response, StatusIs(absl::StatusCode::kInternal,
                                 HasSubstr("its check failed")));
  EXPECT_THAT(GetReason(response.status()),
              Optional(ErrorReason::kSignatureCheckFailed));
}

TEST_F(SignerClientTest, PolicyVersionOfAnswersAndOfRefusals) {
  auto client = Connect(signer_.ClientOptions());
  EXPECT_EQ(client->policy_version(), "");
  ASSERT_THAT(client->Sign(Request()), IsOk());
  EXPECT_EQ(client->policy_version(), signer_.backend().policy_version());
  signer_.backend().SetKeys({});
  EXPECT_THAT(client->Sign(Request()), Not(IsOk()));
  EXPECT_EQ(client->policy_version(), signer_.backend().policy_version());
}

TEST_F(SignerClientTest, ListsAllPages) {
  std::vector<FakeKey> keys;
  for (int i = 0; i < 7; ++i) {
    keys.push_back(KeyNamed("key" + std::to_string(i), TestKeyKind::kP256, i));
  }
  signer_.backend().SetKeys(std::move(keys));
  auto client = Connect(signer_.ClientOptions());
  signer::v1::ListKeysRequest request;
  request.set_page_size(3);
  const auto listed = client->ListKeys(request);
  ASSERT_THAT(listed, IsOkAndHolds(SizeIs(7)));
  EXPECT_EQ((*listed)[6].id(), "key6");
  EXPECT_EQ(signer_.Calls(FakeRpc::kListKeys), 3);
}

TEST_F(SignerClientTest, GetKeyAndItsErrors) {
  auto client = Connect(signer_.ClientOptions());
  signer::v1::KeySelector selector;
  selector.set_id("www");
  EXPECT_THAT(client->GetKey(selector), IsOkAndHolds(SizeIs(1)));
  selector.set_id("mail");
  EXPECT_THAT(
      client->GetKey(selector),
      StatusIs(absl::StatusCode::kNotFound, HasSubstr("GetKey by id mail")));
}

TEST_F(SignerClientTest, ChooseScheme) {
  auto client = Connect(signer_.ClientOptions());
  signer::v1::ChooseSchemeRequest request;
  request.set_spki_sha256(std::string(key_.spki_sha256()));
  request.set_role(signer::v1::ROLE_SERVER);
  request.set_tls_version(signer::v1::TLS_VERSION_1_3);
  request.add_offered(0x0a0a);
  EXPECT_THAT(client->ChooseScheme(request),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  request.add_offered(static_cast<uint32_t>(kScheme));
  const auto response = client->ChooseScheme(request);
  ASSERT_THAT(response, IsOk());
  EXPECT_EQ(response->scheme(), static_cast<uint32_t>(kScheme));
}

TEST_F(SignerClientTest, ManyThreadsShareOneClient) {
  auto client = Connect(signer_.ClientOptions());
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 25; ++j) {
        const auto response = client->Sign(Request());
        ASSERT_THAT(response, IsOk());
        EXPECT_THAT(Verify(*response), IsOk());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(signer_.Calls(FakeRpc::kSign), 200);
}

}  // namespace
}  // namespace keyhold
