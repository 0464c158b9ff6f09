#include "cli/file_digest.h"

#include <sstream>

#include "absl/strings/escaping.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tls_lib/base/status_matchers.h"

namespace keyhold {
namespace {

using ::testing::HasSubstr;

std::string HexDigest(const std::string& bytes, HashAlgorithm hash) {
  std::istringstream in(bytes);
  std::ostringstream out;
  std::ostringstream err;
  absl::StatusOr<std::string> digest = FileDigest("-", hash, {in, out, err});
  return digest.ok() ? absl::BytesToHexString(*digest)
                     : digest.status().ToString();
}

// FIPS 180-4's example.
TEST(FileDigestTest, Abc) {
  EXPECT_EQ(HexDigest("abc", HashAlgorithm::kSha256),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(HexDigest("abc", HashAlgorithm::kSha384),
            "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
            "8086072ba1e7cc2358baeca134c825a7");
  EXPECT_EQ(HexDigest("abc", HashAlgorithm::kSha512).size(), 128u);
}

TEST(FileDigestTest, LongerThanOneRead) {
  EXPECT_EQ(HexDigest(std::string(1000000, 'a'), HashAlgorithm::kSha256),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(FileDigestTest, SaysWhyItCannotRead) {
  std::istringstream in;
  std::ostringstream out;
  std::ostringstream err;
  EXPECT_THAT(FileDigest("/nowhere", HashAlgorithm::kSha256, {in, out, err}),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("cannot read /nowhere: No such file")));
}

}  // namespace
}  // namespace keyhold
