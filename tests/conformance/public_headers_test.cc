// The public headers of core, local and tls must not draw in OpenSSL, gRPC or
// Protocol Buffers: an application compiles against them, and those libraries'
// versions are none of its business. The genrule public_header_includes asks
// the compiler what each header includes, directly or not.
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace keyhold {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Key;

constexpr char kListing[] = "tests/conformance/public_header_includes.txt";
constexpr const char* kForbidden[] = {"/openssl/", "/grpc/", "/grpcpp/",
                                      "/google/protobuf/", "/keyhold/signer/"};

// Header to the files that it includes. In the listing a line "== PATH" stands
// before each header's own lines.
std::map<std::string, std::vector<std::string>> ReadListing() {
  std::map<std::string, std::vector<std::string>> result;
  std::ifstream file(kListing);
  std::string line;
  std::string header;
  while (std::getline(file, line)) {
    absl::string_view path = line;
    if (absl::ConsumePrefix(&path, "== ")) {
      header = std::string(path);
      result[header];
    } else {
      result[header].push_back(line);
    }
  }
  return result;
}

std::vector<std::string> ForbiddenIncludes(
    const std::vector<std::string>& includes) {
  std::vector<std::string> result;
  for (const std::string& path : includes) {
    for (const char* forbidden : kForbidden) {
      if (absl::StrContains(absl::StrCat("/", path), forbidden)) {
        result.push_back(path);
      }
    }
  }
  return result;
}

TEST(PublicHeadersTest, IncludeNoCryptographyLibraryAndNoGrpc) {
  const auto listing = ReadListing();
  EXPECT_THAT(listing, Contains(Key("tls_lib/core/signing_key.h")));
  EXPECT_THAT(listing, Contains(Key("tls_lib/local/private_key.h")));
  for (const auto& [header, includes] : listing) {
    if (absl::StartsWith(header, "tls_lib/base/")) continue;
    EXPECT_THAT(includes, Contains(header));
    EXPECT_THAT(ForbiddenIncludes(includes), IsEmpty()) << header;
  }
}

// The check itself: this header does include OpenSSL's.
TEST(PublicHeadersTest, AHeaderThatDoesIsFound) {
  const auto listing = ReadListing();
  ASSERT_THAT(listing, Contains(Key("tls_lib/base/openssl_ptr.h")));
  EXPECT_THAT(ForbiddenIncludes(listing.at("tls_lib/base/openssl_ptr.h")),
              Contains(HasSubstr("openssl/evp.h")));
}

}  // namespace
}  // namespace keyhold
