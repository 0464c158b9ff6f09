#include "tls_lib/remote/tls_file_check.h"

#include <fstream>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/local/test_keys.h"

namespace keyhold {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class TlsFileCheckTest : public testing::Test {
 protected:
  TlsFileCheckTest() {
    files_.certificate_file = Write("client.crt", ca_.Issue(key_));
    files_.private_key_file = Write("client.key", key_);
    files_.ca_file = Write("ca.crt", ca_.cert_pem());
  }

  std::string Write(absl::string_view name, absl::string_view text) {
    const std::string path = testing::TempDir() + "/" + std::string(name);
    std::ofstream(path, std::ios::trunc) << text;
    return path;
  }

  absl::Status Check() { return CheckTlsFiles(files_, absl::Now()); }

  const TestCa ca_{"Transport CA"};
  const std::string key_ = TestKeyPem(TestKeyKind::kP256);
  SignerTlsFiles files_;
};

TEST_F(TlsFileCheckTest, GoodFiles) { EXPECT_THAT(Check(), IsOk()); }

TEST_F(TlsFileCheckTest, MissingFileIsNamed) {
  files_.ca_file = testing::TempDir() + "/none.crt";
  EXPECT_THAT(Check(),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       AllOf(HasSubstr("cannot read"), HasSubstr("none.crt"),
                             HasSubstr("No such file"))));
}

TEST_F(TlsFileCheckTest, FolderInPlaceOfAFile) {
  files_.certificate_file = testing::TempDir();
  EXPECT_THAT(Check(), StatusIs(absl::StatusCode::kFailedPrecondition,
                                HasSubstr("holds no PEM certificate")));
}

TEST_F(TlsFileCheckTest, FilesThatAreNotPem) {
  Write("client.crt", "not PEM");
  EXPECT_THAT(Check(), StatusIs(absl::StatusCode::kFailedPrecondition,
                                HasSubstr("client.crt holds no PEM certif")));
}

TEST_F(TlsFileCheckTest, EmptyKeyFile) {
  Write("client.key", "");
  EXPECT_THAT(Check(), StatusIs(absl::StatusCode::kFailedPrecondition,
                                HasSubstr("client.key holds no PEM private")));
}

TEST_F(TlsFileCheckTest, EncryptedKeyIsRefusedAndNeverAsksForAPassword) {
  Write("client.key", EncryptedTestKeyPem(TestKeyKind::kP256));
  EXPECT_THAT(Check(), StatusIs(absl::StatusCode::kFailedPrecondition,
                                HasSubstr("without a password")));
}

TEST_F(TlsFileCheckTest, KeyOfAnotherCertificate) {
  Write("client.key", TestKeyPem(TestKeyKind::kP256, 7));
  EXPECT_THAT(Check(), StatusIs(absl::StatusCode::kFailedPrecondition,
                                AllOf(HasSubstr("client.key is not the"),
                                      HasSubstr("client.crt"))));
}

TEST_F(TlsFileCheckTest, KeyOfAnotherType) {
  Write("client.key", TestKeyPem(TestKeyKind::kEd25519));
  EXPECT_THAT(Check(), StatusIs(absl::StatusCode::kFailedPrecondition,
                                HasSubstr("client.key is not the")));
}

TEST_F(TlsFileCheckTest, ExpiredCertificateIsNamedWithItsDate) {
  TestCertOptions options;
  options.not_before =
      absl::FromCivil(absl::CivilDay(2020, 1, 1), absl::UTCTimeZone());
  options.not_after =
      absl::FromCivil(absl::CivilDay(2020, 2, 29), absl::UTCTimeZone());
  Write("client.crt", ca_.Issue(key_, options));
  EXPECT_THAT(Check(), StatusIs(absl::StatusCode::kFailedPrecondition,
                                AllOf(HasSubstr("client.crt expired on "
                                                "2020-02-29 00:00:00 UTC"),
                                      HasSubstr("put a new one"))));
}

TEST_F(TlsFileCheckTest, CaFileWithoutCertificate) {
  Write("ca.crt", key_);
  EXPECT_THAT(Check(), StatusIs(absl::StatusCode::kFailedPrecondition,
                                HasSubstr("ca.crt holds no PEM certificate")));
}

}  // namespace
}  // namespace keyhold
