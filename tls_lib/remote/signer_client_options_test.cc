// What SignerClient::Create refuses, and what happens to its TLS files later.
#include "tls_lib/remote/signer_client_options.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/fakes/fake_signer.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/local/test_keys.h"
#include "tls_lib/remote/signer_client.h"

namespace keyhold {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class SignerClientOptionsTest : public testing::Test {
 protected:
  SignerClientOptionsTest() : signer_({}) {}

  static absl::Status Call(SignerClientOptions options,
                           absl::Duration timeout = absl::Seconds(60)) {
    auto client = SignerClient::Create(std::move(options));
    if (!client.ok()) return client.status();
    return (*client)->ListKeys({}, absl::Now() + timeout).status();
  }

  FakeSigner signer_;
};

TEST_F(SignerClientOptionsTest, AtLeastOneEndpointAndNoneTwice) {
  SignerClientOptions options = signer_.ClientOptions();
  options.endpoints.clear();
  EXPECT_THAT(Call(options), StatusIs(absl::StatusCode::kInvalidArgument,
                                      HasSubstr("at least one endpoint")));
  options.endpoints = {"a:1", "b:1", "a:1"};
  EXPECT_THAT(Call(options), StatusIs(absl::StatusCode::kInvalidArgument,
                                      HasSubstr("a:1 is given twice")));
}

TEST_F(SignerClientOptionsTest, NumbersOutOfTheirRange) {
  SignerClientOptions options = signer_.ClientOptions();
  options.max_in_flight = 0;
  EXPECT_THAT(Call(options), StatusIs(absl::StatusCode::kInvalidArgument,
                                      HasSubstr("max_in_flight")));
  options = signer_.ClientOptions();
  options.lookup_interval = absl::Milliseconds(999);
  EXPECT_THAT(Call(options), StatusIs(absl::StatusCode::kInvalidArgument,
                                      HasSubstr("lookup_interval")));
}

TEST_F(SignerClientOptionsTest, EndpointThatIsNone) {
  SignerClientOptions options = signer_.ClientOptions();
  options.endpoints = {"signer"};
  EXPECT_THAT(Call(options), StatusIs(absl::StatusCode::kInvalidArgument,
                                      HasSubstr("has no port")));
}

TEST_F(SignerClientOptionsTest, TlsWhereItBelongsAndOnlyThere) {
  SignerClientOptions options = signer_.ClientOptions();
  options.endpoints = {"unix:/run/keyhold.sock"};
  EXPECT_THAT(Call(options), StatusIs(absl::StatusCode::kInvalidArgument,
                                      HasSubstr("without TLS")));
  options.endpoints = {"signer:7443"};
  options.tls.reset();
  EXPECT_THAT(Call(options), StatusIs(absl::StatusCode::kInvalidArgument,
                                      HasSubstr("mutual TLS: give a cert")));
}

TEST_F(SignerClientOptionsTest, TimeoutThatIsNone) {
  SignerClientOptions options = signer_.ClientOptions();
  options.default_timeout = absl::ZeroDuration();
  EXPECT_THAT(Call(options), StatusIs(absl::StatusCode::kInvalidArgument,
                                      HasSubstr("default_timeout")));
  options.default_timeout = absl::InfiniteDuration();
  EXPECT_THAT(Call(options), StatusIs(absl::StatusCode::kInvalidArgument,
                                      HasSubstr("default_timeout")));
}

TEST_F(SignerClientOptionsTest, ExpiredCertificateOfTheClient) {
  SignerClientOptions options = signer_.ClientOptions();
  options.tls = signer_.pki().IssueClient(kWebIdentity, Expired({}));
  EXPECT_THAT(Call(options),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       AllOf(HasSubstr(options.tls->certificate_file),
                             HasSubstr("expired on 20"))));
}

TEST_F(SignerClientOptionsTest, CertificateThatExpiresLaterIsNamed) {
  SignerClientOptions options = signer_.ClientOptions();
  auto client = SignerClient::Create(options);
  ASSERT_THAT(client, IsOk());
  signer_.pki().folder().Write(
      options.tls->certificate_file.substr(
          options.tls->certificate_file.rfind('/') + 1),
      SelfSignedTestCert(TestKeyPem(TestKeyKind::kP256, 200), Expired({})));
  signer_.Stop();
  EXPECT_THAT(
      (*client)->ListKeys({}, absl::Now() + absl::Milliseconds(200)).status(),
      StatusIs(absl::StatusCode::kUnavailable,
               HasSubstr(options.tls->certificate_file)));
}

TEST_F(SignerClientOptionsTest, ExpiredCertificateOfTheService) {
  signer_.pki().IssueServer(Expired({}));
  signer_.Stop();
  signer_.Start();
  EXPECT_THAT(
      Call(signer_.ClientOptions(), absl::Seconds(2)),
      StatusIs(absl::StatusCode::kUnavailable,
               AllOf(HasSubstr("certificate verify failed"),
                     HasSubstr("the certificate of CN=signer expired on 20"))));
}

TEST_F(SignerClientOptionsTest, ServiceOfAnotherName) {
  SignerClientOptions options = signer_.ClientOptions();
  options.tls->server_name = "signer.test";
  EXPECT_THAT(Call(options), IsOk());
  options.tls->server_name = "other.test";
  EXPECT_THAT(Call(options, absl::Seconds(2)),
              StatusIs(absl::StatusCode::kUnavailable,
                       HasSubstr("Hostname Verification Check failed")));
}

TEST_F(SignerClientOptionsTest, ClientOfAnotherCa) {
  SignerClientOptions options = signer_.ClientOptions();
  options.tls = signer_.pki().IssueStranger(kWebIdentity);
  EXPECT_THAT(Call(options, absl::Seconds(2)),
              StatusIs(absl::StatusCode::kUnavailable,
                       HasSubstr(options.tls->certificate_file)));
  EXPECT_EQ(signer_.Calls(FakeRpc::kListKeys), 0);
}

TEST_F(SignerClientOptionsTest, ReplacedCertificateFilesArePickedUp) {
  constexpr char kNew[] = "spiffe://example.org/renewed";
  SignerClientOptions options = signer_.ClientOptions();
  auto client = SignerClient::Create(options);
  ASSERT_THAT(client, IsOk());
  ASSERT_THAT((*client)->ListKeys(), IsOk());
  signer_.pki().Replace(*options.tls, kNew);
  // A connection keeps its certificate, and files are looked at once a
  // second: new connections until one has the new certificate.
  while (signer_.record().last_caller() != kNew) {
    signer_.Stop();
    signer_.Start();
    ASSERT_THAT((*client)->ListKeys(), IsOk());
  }
}

}  // namespace
}  // namespace keyhold
