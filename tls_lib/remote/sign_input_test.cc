#include "tls_lib/remote/sign_input.h"

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/core/signed_content.h"

namespace keyhold {
namespace {

using ::testing::HasSubstr;

constexpr SignatureScheme kP256 = SignatureScheme::kEcdsaSecp256r1Sha256;

SigningContext ContextOf(Role role, TlsVersion version) {
  SigningContext context;
  context.role = role;
  context.version = version;
  return context;
}

signer::v1::SignRequest InputOf(const SigningContext& context,
                                SignatureScheme scheme,
                                absl::string_view message) {
  signer::v1::SignRequest request;
  EXPECT_THAT(SetSignInput(context, scheme, message, request), IsOk());
  return request;
}

// The frame of a TLS 1.2 client's transcript (RFC 5246 §7.4).
std::string HandshakeOf(std::initializer_list<int> types) {
  std::string bytes;
  for (const int type : types) {
    bytes += static_cast<char>(type);
    absl::StrAppend(&bytes, std::string("\0\0\x04", 3), "body");
  }
  return bytes;
}

TEST(SignInputTest, OfATls13TranscriptOnlyItsHash) {
  for (const Role role : {Role::kServer, Role::kClient}) {
    for (const size_t size : {32, 48}) {
      const std::string hash(size, 'h');
      const std::string message = *AssembleTls13CertificateVerify({role, hash});
      const auto request =
          InputOf(ContextOf(role, TlsVersion::kTls13), kP256, message);
      ASSERT_TRUE(request.has_tls13_certificate_verify());
      EXPECT_EQ(request.tls13_certificate_verify().transcript_hash(), hash);
      EXPECT_EQ(request.tls13_certificate_verify().role(),
                role == Role::kServer ? signer::v1::ROLE_SERVER
                                      : signer::v1::ROLE_CLIENT);
    }
  }
}

TEST(SignInputTest, OfATls12ServerKeyExchangeItsParts) {
  const Tls12ServerKeyExchangeContent content = {
      std::string(32, 'c'), std::string(32, 's'), 29, std::string(32, 'x')};
  const auto request = InputOf(ContextOf(Role::kServer, TlsVersion::kTls12),
                               kP256, *AssembleTls12ServerKeyExchange(content));
  ASSERT_TRUE(request.has_tls12_server_key_exchange());
  const auto& input = request.tls12_server_key_exchange();
  EXPECT_EQ(input.client_random(), content.client_random);
  EXPECT_EQ(input.server_random(), content.server_random);
  EXPECT_EQ(input.curve(), 29);
  EXPECT_EQ(input.public_point(), content.public_point);
}

TEST(SignInputTest, OfATls12ClientsTranscriptAll) {
  const std::string messages = HandshakeOf({1, 2, 11, 12, 13, 14, 11, 16});
  const auto request =
      InputOf(ContextOf(Role::kClient, TlsVersion::kTls12), kP256, messages);
  ASSERT_TRUE(request.has_tls12_certificate_verify());
  EXPECT_EQ(request.tls12_certificate_verify().handshake_messages(), messages);
}

TEST(SignInputTest, FormsOfAnotherRoleOrVersionAreJustBytes) {
  const std::string server13 =
      *AssembleTls13CertificateVerify({Role::kServer, std::string(32, 'h')});
  const std::string client12 = HandshakeOf({1, 2, 11, 12, 13, 14, 11, 16});
  for (const auto& request :
       {InputOf(ContextOf(Role::kClient, TlsVersion::kTls13), kP256, server13),
        InputOf(ContextOf(Role::kServer, TlsVersion::kTls12), kP256, server13),
        InputOf(ContextOf(Role::kServer, TlsVersion::kTls12), kP256, client12),
        InputOf(ContextOf(Role::kClient, TlsVersion::kTls13), kP256,
                client12)}) {
    EXPECT_TRUE(request.has_digest());
  }
}

TEST(SignInputTest, OfOtherMessagesTheSchemesDigest) {
  const SigningContext context = ContextOf(Role::kServer, TlsVersion::kTls13);
  const auto sha256 = InputOf(context, kP256, "abc");
  EXPECT_EQ(sha256.digest().hash(), signer::v1::HASH_SHA256);
  // FIPS 180-2, appendix B.1.
  EXPECT_EQ(absl::BytesToHexString(sha256.digest().value()),
            "ba7816bf8f01cfea414140de5dae2223"
            "b00361a396177a9cb410ff61f20015ad");
  const auto sha384 =
      InputOf(context, SignatureScheme::kEcdsaSecp384r1Sha384, "abc");
  EXPECT_EQ(sha384.digest().hash(), signer::v1::HASH_SHA384);
  EXPECT_EQ(sha384.digest().value().size(), 48);
  const auto sha512 = InputOf(context, SignatureScheme::kRsaPssRsaeSha512, "");
  EXPECT_EQ(sha512.digest().hash(), signer::v1::HASH_SHA512);
  EXPECT_EQ(sha512.digest().value().size(), 64);
}

TEST(SignInputTest, ForEdDsaTheMessageItself) {
  for (const SignatureScheme scheme :
       {SignatureScheme::kEd25519, SignatureScheme::kEd448}) {
    const auto request = InputOf(ContextOf(Role::kServer, TlsVersion::kTls13),
                                 scheme, "any bytes");
    EXPECT_EQ(request.input_case(), signer::v1::SignRequest::kMessage);
    EXPECT_EQ(request.message(), "any bytes");
  }
}

TEST(SignInputTest, UnknownSchemeForOtherMessages) {
  signer::v1::SignRequest request;
  EXPECT_THAT(
      SetSignInput(ContextOf(Role::kServer, TlsVersion::kTls13),
                   static_cast<SignatureScheme>(0x0a0a), "abc", request),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("0x0a0a")));
}

}  // namespace
}  // namespace keyhold
