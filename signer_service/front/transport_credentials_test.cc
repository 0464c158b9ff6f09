#include "signer_service/front/transport_credentials.h"

#include <filesystem>
#include <fstream>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/local/test_keys.h"

namespace keyhold {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

class TransportCredentialsTest : public testing::Test {
 protected:
  TransportCredentialsTest() {
    std::string pattern = testing::TempDir() + "transport-XXXXXX";
    folder_ = mkdtemp(pattern.data());
    listener_.certificate_file = Path("a.crt");
    listener_.private_key_file = Path("a.key");
    listener_.client_ca_file = Path("ca.crt");
    Write("a.key", TestKeyPem(TestKeyKind::kP256));
    Write("a.crt", ca_.Issue(TestKeyPem(TestKeyKind::kP256)));
    Write("ca.crt", ca_.cert_pem());
  }
  ~TransportCredentialsTest() override { std::filesystem::remove_all(folder_); }

  std::string Path(const std::string& name) {
    return (folder_ / name).string();
  }
  void Write(const std::string& name, absl::string_view text) {
    std::ofstream(folder_ / name) << text;
  }
  absl::Status Check() { return CheckTransportFiles(listener_); }

  std::filesystem::path folder_;
  TestCa ca_{"CA"};
  TcpListenerSettings listener_;
};

TEST_F(TransportCredentialsTest, AGoodSetPasses) {
  EXPECT_THAT(Check(), IsOk());
  Write("ca.crt", ca_.cert_pem() + TestCa("Other CA").cert_pem());
  EXPECT_THAT(Check(), IsOk());
}

TEST_F(TransportCredentialsTest, MissingFilesAreNamed) {
  listener_.certificate_file = Path("gone.crt");
  EXPECT_THAT(Check(), StatusIs(absl::StatusCode::kNotFound,
                                StartsWith(Path("gone.crt") + ": ")));
  listener_.certificate_file = Path("a.crt");
  listener_.private_key_file = Path("gone.key");
  EXPECT_THAT(Check(), StatusIs(absl::StatusCode::kPermissionDenied,
                                StartsWith(Path("gone.key") + ": ")));
}

TEST_F(TransportCredentialsTest, AKeyOfAnotherCertificate) {
  Write("a.key", TestKeyPem(TestKeyKind::kP256, 1));
  EXPECT_THAT(Check(), StatusIs(absl::StatusCode::kInvalidArgument,
                                absl::StrCat(Path("a.key"),
                                             ": is not the key of the "
                                             "certificate in ",
                                             Path("a.crt"))));
}

TEST_F(TransportCredentialsTest, FilesThatHoldSomethingElse) {
  Write("a.crt", "text");
  EXPECT_THAT(Check(), StatusIs(absl::StatusCode::kInvalidArgument,
                                StartsWith(Path("a.crt") + ": ")));
  Write("a.crt", ca_.Issue(TestKeyPem(TestKeyKind::kP256)));
  Write("a.key", EncryptedTestKeyPem(TestKeyKind::kP256));
  EXPECT_THAT(Check(),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       AllOf(StartsWith(Path("a.key") + ": "),
                             HasSubstr("expected a PEM private key without a "
                                       "password"))));
  Write("a.key", TestKeyPem(TestKeyKind::kP256));
  Write("ca.crt", TestKeyPem(TestKeyKind::kP256));
  EXPECT_THAT(Check(), StatusIs(absl::StatusCode::kInvalidArgument,
                                StartsWith(Path("ca.crt") + ": ")));
}

TEST_F(TransportCredentialsTest, AnExpiredCertificateSaysSinceWhen) {
  const TestCertOptions expired = Expired({});
  Write("a.crt", ca_.Issue(TestKeyPem(TestKeyKind::kP256), expired));
  EXPECT_THAT(
      Check(),
      StatusIs(absl::StatusCode::kFailedPrecondition,
               absl::StrCat(
                   Path("a.crt"), ": the service's own certificate expired at ",
                   absl::FormatTime(absl::RFC3339_sec, expired.not_after,
                                    absl::UTCTimeZone()),
                   "; every client would refuse it: renew it and start "
                   "again")));
}

TEST_F(TransportCredentialsTest, ACertificateOfTheFuture) {
  TestCertOptions future;
  future.not_before = absl::Now() + absl::Hours(1);
  Write("a.crt", ca_.Issue(TestKeyPem(TestKeyKind::kP256), future));
  EXPECT_THAT(Check(), StatusIs(absl::StatusCode::kFailedPrecondition,
                                AllOf(HasSubstr("is not valid before "),
                                      HasSubstr("check this host's clock"))));
}

}  // namespace
}  // namespace keyhold
