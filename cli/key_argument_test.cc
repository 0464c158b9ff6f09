#include "cli/key_argument.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "cli/exit_code.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/core/public_key.h"
#include "tls_lib/local/test_keys.h"

namespace keyhold {
namespace {

using ::testing::HasSubstr;

class KeyArgumentTest : public testing::Test {
 protected:
  absl::StatusOr<signer::v1::KeySelector> Parse(absl::string_view text) {
    return ParseKeyArgument(text, {in_, out_, err_});
  }

  std::istringstream in_;
  std::ostringstream out_;
  std::ostringstream err_;
};

TEST_F(KeyArgumentTest, EachForm) {
  EXPECT_EQ(Parse("www")->id(), "www");
  EXPECT_EQ(Parse("id:sha256:x")->id(), "sha256:x");
  EXPECT_EQ(Parse("name:www.example.org")->server_name(), "www.example.org");
  const std::string hash(32, '\xab');
  EXPECT_EQ(Parse(absl::StrCat("sha256:", absl::BytesToHexString(hash)))
                ->spki_sha256(),
            hash);
}

TEST_F(KeyArgumentTest, CertificateNamesItsKey) {
  const std::string path = absl::StrCat(testing::TempDir(), "/leaf.crt");
  const std::string key = TestKeyPem(TestKeyKind::kP256);
  std::ofstream(path.c_str()) << SelfSignedTestCert(key);
  absl::StatusOr<signer::v1::KeySelector> selector =
      Parse(absl::StrCat("cert:", path));
  ASSERT_THAT(selector, IsOk());
  EXPECT_EQ(
      selector->spki_sha256(),
      PublicKey::FromSpki(TestKeySpki(TestKeyKind::kP256))->spki_sha256());
  std::filesystem::remove(path);
}

TEST_F(KeyArgumentTest, RefusesWhatNamesNoKey) {
  for (const char* text : {"", "id:", "name:", "sha256:", "sha256:abc"}) {
    EXPECT_EQ(ExitCodeOf(Parse(text).status()), ExitCode::kUsage) << text;
  }
  EXPECT_THAT(Parse("sha256:abc"),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("needs 64 hexadecimal digits")));
}

TEST_F(KeyArgumentTest, SaysWhichFileIsNoCertificate) {
  EXPECT_THAT(Parse("cert:/nowhere.crt"),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("cannot read /nowhere.crt")));
  in_.str("not a certificate");
  EXPECT_THAT(Parse("cert:-"), StatusIs(absl::StatusCode::kFailedPrecondition,
                                        HasSubstr("-: ")));
}

}  // namespace
}  // namespace keyhold
