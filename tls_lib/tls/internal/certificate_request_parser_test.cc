#include "tls_lib/tls/internal/certificate_request_parser.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tls_lib/base/status_matchers.h"

namespace keyhold::tls_internal {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

template <size_t N>
std::string Bytes(const char (&literal)[N]) {
  return std::string(literal, N - 1);
}

// The header of a CertificateRequest in front of `body`.
std::string Message(const std::string& body) {
  std::string message = Bytes("\x0d\x00");
  message += static_cast<char>(body.size() >> 8);
  message += static_cast<char>(body.size());
  return message + body;
}

// certificate_types, supported_signature_algorithms, certificate_authorities.
std::string Tls12Body() {
  return Bytes(
      "\x02\x01\x40"
      "\x00\x04\x04\x03\x0a\x0a"
      "\x00\x07\x00\x05"
      "first");
}

// An unknown extension, signature_algorithms, certificate_authorities.
std::string Tls13Body() {
  return Bytes(
      "\x00"
      "\x00\x1b"
      "\x7f\x01\x00\x02xx"
      "\x00\x0d\x00\x04\x00\x02\x08\x07"
      "\x00\x2f\x00\x05\x00\x03\x00\x01y"
      "");
}

TEST(CertificateRequestParserTest, Tls12) {
  absl::StatusOr<CertificateRequest> request =
      ParseCertificateRequest(TlsVersion::kTls12, Message(Tls12Body()));
  ASSERT_THAT(request, IsOk());
  EXPECT_EQ(request->version, TlsVersion::kTls12);
  EXPECT_THAT(request->signature_schemes,
              ElementsAre(SignatureScheme::kEcdsaSecp256r1Sha256,
                          static_cast<SignatureScheme>(0x0a0a)));
  EXPECT_THAT(request->acceptable_cas, ElementsAre("first"));
  EXPECT_EQ(request->server_name, "");
}

TEST(CertificateRequestParserTest, Tls13SkipsUnknownExtensions) {
  std::string body = Tls13Body();
  // The length is easier computed than counted.
  body[2] = static_cast<char>(body.size() - 3);
  absl::StatusOr<CertificateRequest> request =
      ParseCertificateRequest(TlsVersion::kTls13, Message(body));
  ASSERT_THAT(request, IsOk());
  EXPECT_EQ(request->version, TlsVersion::kTls13);
  EXPECT_THAT(request->signature_schemes,
              ElementsAre(SignatureScheme::kEd25519));
  EXPECT_THAT(request->acceptable_cas, ElementsAre("y"));
}

TEST(CertificateRequestParserTest, EveryTruncationIsRefused) {
  std::string tls13 = Tls13Body();
  tls13[2] = static_cast<char>(tls13.size() - 3);
  for (const auto& [version, body] :
       {std::make_pair(TlsVersion::kTls12, Tls12Body()),
        std::make_pair(TlsVersion::kTls13, tls13)}) {
    ASSERT_THAT(ParseCertificateRequest(version, Message(body)), IsOk());
    for (size_t size = 0; size < body.size(); ++size) {
      EXPECT_THAT(
          ParseCertificateRequest(version, Message(body.substr(0, size))),
          StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("malformed")))
          << size;
    }
    EXPECT_THAT(ParseCertificateRequest(version, Message(body + "x")),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         "the server sent a malformed CertificateRequest"));
    const std::string message = Message(body);
    for (size_t size = 0; size < message.size(); ++size) {
      EXPECT_THAT(ParseCertificateRequest(version, message.substr(0, size)),
                  StatusIs(absl::StatusCode::kInvalidArgument));
    }
  }
}

TEST(CertificateRequestParserTest, AnotherMessageIsRefused) {
  std::string message = Message(Tls12Body());
  message[0] = 11;
  EXPECT_THAT(ParseCertificateRequest(TlsVersion::kTls12, message),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(CertificateRequestParserTest, MalformedInnerListsAreRefused) {
  const std::string odd_schemes = Bytes("\x01\x01\x00\x03\x04\x03\x05\x00\x00");
  const std::string empty_name =
      Bytes("\x01\x01\x00\x02\x04\x03\x00\x02\x00\x00");
  for (const std::string& body : {odd_schemes, empty_name}) {
    EXPECT_THAT(ParseCertificateRequest(TlsVersion::kTls12, Message(body)),
                StatusIs(absl::StatusCode::kInvalidArgument));
  }
  const std::string bad_extension =
      Bytes("\x00\x00\x06\x00\x0d\x00\x02\x00\x04");
  EXPECT_THAT(
      ParseCertificateRequest(TlsVersion::kTls13, Message(bad_extension)),
      StatusIs(absl::StatusCode::kInvalidArgument,
               HasSubstr("signature_algorithms")));
}

}  // namespace
}  // namespace keyhold::tls_internal
