#include "tls_lib/tls/internal/hello_extensions.h"

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tls_lib/base/status_matchers.h"

namespace keyhold::tls_internal {
namespace {

using ::testing::ElementsAre;

// A literal with zeros in it.
template <size_t N>
std::string Bytes(const char (&literal)[N]) {
  return std::string(literal, N - 1);
}

MATCHER_P(IsMalformed, what, "") {
  return arg.status().code() == absl::StatusCode::kInvalidArgument &&
         arg.status().message() ==
             absl::StrCat("the peer sent a malformed ", what);
}

TEST(HelloExtensionsTest, SignatureAlgorithmsKeepUnknownPoints) {
  EXPECT_THAT(
      ParseSignatureAlgorithms(Bytes("\x00\x06\x04\x03\x0a\x0a\xff\xff")),
      IsOkAndHolds(ElementsAre(SignatureScheme::kEcdsaSecp256r1Sha256,
                               static_cast<SignatureScheme>(0x0a0a),
                               static_cast<SignatureScheme>(0xffff))));
}

TEST(HelloExtensionsTest, SupportedVersionsHaveAOneByteLength) {
  EXPECT_THAT(ParseSupportedVersions(Bytes("\x04\x03\x04\x03\x03")),
              IsOkAndHolds(ElementsAre(0x0304, 0x0303)));
}

TEST(HelloExtensionsTest, SupportedGroups) {
  EXPECT_THAT(ParseSupportedGroups(Bytes("\x00\x04\x00\x1d\x00\x17")),
              IsOkAndHolds(ElementsAre(29, 23)));
}

TEST(HelloExtensionsTest, ServerNameIsLowerCase) {
  EXPECT_THAT(ParseServerName(Bytes("\x00\x06\x00\x00\x03"
                                    "WwW")),
              IsOkAndHolds("www"));
}

TEST(HelloExtensionsTest, ServerNameRefusesWhatIsNoSingleName) {
  const std::string two = Bytes("\x00\x08\x00\x00\x01x\x00\x00\x01y");
  const std::string other_type = Bytes("\x00\x04\x01\x00\x01x");
  const std::string empty = Bytes("\x00\x03\x00\x00\x00");
  const std::string nul = Bytes("\x00\x05\x00\x00\x02x\x00");
  const std::string long_name =
      Bytes("\x01\x03\x00\x01\x00") + std::string(256, 'x');
  for (const std::string& body : {two, other_type, empty, nul, long_name}) {
    EXPECT_THAT(ParseServerName(body), IsMalformed("server_name extension"));
  }
}

TEST(HelloExtensionsTest, Alpn) {
  EXPECT_THAT(ParseAlpn(Bytes("\x00\x0c\x02h2\x08http/1.1")),
              IsOkAndHolds(ElementsAre("h2", "http/1.1")));
  EXPECT_THAT(ParseAlpn(Bytes("\x00\x01\x00")), IsMalformed("ALPN extension"));
}

TEST(HelloExtensionsTest, CertificateAuthorities) {
  EXPECT_THAT(ParseCertificateAuthorities(Bytes("\x00\x07\x00\x01x\x00\x02yz")),
              IsOkAndHolds(ElementsAre("x", "yz")));
}

// Each parser with a body that it takes.
TEST(HelloExtensionsTest, EveryTruncationAndEveryTrailingByteIsRefused) {
  auto check = [](auto parse, const std::string& body) {
    ASSERT_THAT(parse(body), IsOk());
    for (size_t size = 0; size < body.size(); ++size) {
      EXPECT_FALSE(parse(body.substr(0, size)).ok()) << size;
    }
    EXPECT_FALSE(parse(body + "x").ok());
  };
  check(ParseSignatureAlgorithms, Bytes("\x00\x04\x04\x03\x08\x07"));
  check(ParseSupportedVersions, Bytes("\x04\x03\x04\x03\x03"));
  check(ParseSupportedGroups, Bytes("\x00\x04\x00\x1d\x00\x17"));
  check(ParseServerName, Bytes("\x00\x06\x00\x00\x03www"));
  check(ParseAlpn, Bytes("\x00\x03\x02h2"));
  check(ParseCertificateAuthorities, Bytes("\x00\x03\x00\x01x"));
}

TEST(HelloExtensionsTest, EmptyAndOddListsAreRefused) {
  EXPECT_THAT(ParseSignatureAlgorithms(Bytes("\x00\x00")),
              IsMalformed("signature_algorithms extension"));
  EXPECT_THAT(ParseSignatureAlgorithms(Bytes("\x00\x03\x04\x03\x08")),
              IsMalformed("signature_algorithms extension"));
  EXPECT_THAT(ParseSupportedVersions(Bytes("\x01\x03")),
              IsMalformed("supported_versions extension"));
  EXPECT_THAT(ParseNumbers("x", "list"), IsMalformed("list"));
  EXPECT_THAT(ParseNumbers("", "list"), IsOkAndHolds(ElementsAre()));
}

}  // namespace
}  // namespace keyhold::tls_internal
