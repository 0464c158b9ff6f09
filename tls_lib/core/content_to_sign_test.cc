#include "tls_lib/core/content_to_sign.h"

#include <string>
#include <variant>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tls_lib/base/status_matchers.h"

namespace keyhold {
namespace {

using ::testing::HasSubstr;

constexpr SignatureScheme kP256 = SignatureScheme::kEcdsaSecp256r1Sha256;

template <typename Form>
Form FormAs(SignatureScheme scheme, absl::string_view message) {
  absl::StatusOr<ContentToSign> input = FormOf(scheme, message);
  EXPECT_THAT(input, IsOk());
  EXPECT_TRUE(std::holds_alternative<Form>(*input)) << input->index();
  return std::get<Form>(*input);
}

TEST(ContentToSignTest, OfATls13TranscriptTheRoleAndTheHash) {
  for (const Role role : {Role::kServer, Role::kClient}) {
    for (const size_t size : {32, 48}) {
      const std::string hash(size, 'h');
      const std::string message = *AssembleTls13CertificateVerify({role, hash});
      const auto content = FormAs<Tls13SignedContent>(kP256, message);
      EXPECT_EQ(content.role, role);
      EXPECT_EQ(content.transcript_hash, hash);
    }
  }
}

TEST(ContentToSignTest, OfATls12ServerKeyExchangeItsParts) {
  const Tls12ServerKeyExchangeContent content = {
      std::string(32, 'c'), std::string(32, 's'), 29, std::string(32, 'x')};
  const std::string message = *AssembleTls12ServerKeyExchange(content);
  const auto parts = FormAs<Tls12ServerKeyExchangeContent>(kP256, message);
  EXPECT_EQ(parts.client_random, content.client_random);
  EXPECT_EQ(parts.server_random, content.server_random);
  EXPECT_EQ(parts.curve, 29);
  EXPECT_EQ(parts.public_point, content.public_point);
}

TEST(ContentToSignTest, OfATls12ClientsTranscriptAll) {
  std::string messages;
  for (const int type : {1, 2, 11, 12, 13, 14, 11, 16}) {
    messages += static_cast<char>(type);
    absl::StrAppend(&messages, std::string("\0\0\x04", 3), "body");
  }
  EXPECT_EQ(FormAs<Tls12ClientTranscript>(kP256, messages).handshake_messages,
            messages);
}

TEST(ContentToSignTest, OfAnythingElseTheDigest) {
  const auto digest = FormAs<DigestToSign>(kP256, "abc");
  EXPECT_EQ(digest.hash, HashAlgorithm::kSha256);
  // FIPS 180-2, appendix B.1.
  EXPECT_EQ(absl::BytesToHexString(digest.value),
            "ba7816bf8f01cfea414140de5dae2223"
            "b00361a396177a9cb410ff61f20015ad");
  // One byte more than TLS 1.3 has.
  const std::string longer = absl::StrCat(
      *AssembleTls13CertificateVerify({Role::kServer, std::string(32, 'h')}),
      "x");
  FormAs<DigestToSign>(kP256, longer);
}

TEST(ContentToSignTest, OfAnythingElseForEddsaTheMessage) {
  EXPECT_EQ(FormAs<MessageToSign>(SignatureScheme::kEd25519, "abc").message,
            "abc");
  EXPECT_EQ(FormAs<MessageToSign>(SignatureScheme::kEd448, "").message, "");
}

TEST(ContentToSignTest, PlainIsPlainThoughTlsSignsIt) {
  const std::string message =
      *AssembleTls13CertificateVerify({Role::kServer, std::string(32, 'h')});
  absl::StatusOr<ContentToSign> input = PlainFormOf(kP256, message);
  ASSERT_THAT(input, IsOk());
  EXPECT_TRUE(std::holds_alternative<DigestToSign>(*input));
}

TEST(ContentToSignTest, RefusesASchemeThatNobodyMakes) {
  EXPECT_THAT(FormOf(static_cast<SignatureScheme>(0x0201), "abc"),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("no signature scheme that Keyhold makes")));
}

}  // namespace
}  // namespace keyhold
