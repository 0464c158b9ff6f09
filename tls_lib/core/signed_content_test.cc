#include "tls_lib/core/signed_content.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "openssl/evp.h"
#include "tls_lib/base/openssl_ptr.h"
#include "tls_lib/base/status_matchers.h"

namespace keyhold {
namespace {

using absl::string_view;
using ::testing::HasSubstr;

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;

std::string FreshPoint(const char* group) {
  EvpPkeyPtr key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", group));
  unsigned char* encoded = nullptr;
  const size_t size = EVP_PKEY_get1_encoded_public_key(key.get(), &encoded);
  OpensslBytesPtr owned(encoded);
  return std::string(reinterpret_cast<char*>(encoded), size);
}

Tls12ServerKeyExchangeContent KeyExchange(uint16_t curve, std::string point) {
  Tls12ServerKeyExchangeContent content;
  content.client_random = std::string(32, 'c');
  content.server_random = std::string(32, 's');
  content.curve = curve;
  content.public_point = std::move(point);
  return content;
}

// RFC 8446 §4.4.3 has this very example.
TEST(Tls13CertificateVerifyTest, TheExampleOfTheRfc) {
  const std::string hash(32, '\x01');
  EXPECT_THAT(AssembleTls13CertificateVerify({Role::kServer, hash}),
              IsOkAndHolds(absl::StrCat(std::string(64, ' '),
                                        "TLS 1.3, server CertificateVerify",
                                        string_view("\0", 1), hash)));
}

TEST(Tls13CertificateVerifyTest, PutTogetherAndTakenApart) {
  for (Role role : {Role::kServer, Role::kClient}) {
    for (size_t size : {32, 48}) {
      const std::string hash(size, 'h');
      absl::StatusOr<std::string> message =
          AssembleTls13CertificateVerify({role, hash});
      ASSERT_THAT(message, IsOk());
      EXPECT_EQ(message->size(), 98 + size);
      std::optional<Tls13SignedContent> parsed =
          ParseTls13CertificateVerify(*message);
      ASSERT_TRUE(parsed);
      EXPECT_EQ(parsed->role, role);
      EXPECT_EQ(parsed->transcript_hash, hash);
    }
  }
}

TEST(Tls13CertificateVerifyTest, HashOfAnotherSize) {
  for (size_t size : {0, 20, 31, 33, 47, 49, 64}) {
    EXPECT_THAT(
        AssembleTls13CertificateVerify({Role::kServer, std::string(size, 'h')}),
        StatusIs(kInvalid, absl::StrCat("transcript_hash has ", size,
                                        " bytes; expected 32 (SHA-256) or 48 "
                                        "(SHA-384)")));
  }
}

TEST(Tls13CertificateVerifyTest, AnyOtherMessageIsNone) {
  const std::string good =
      *AssembleTls13CertificateVerify({Role::kServer, std::string(32, 'h')});
  EXPECT_FALSE(ParseTls13CertificateVerify(""));
  EXPECT_FALSE(ParseTls13CertificateVerify(good + "x"));
  EXPECT_FALSE(ParseTls13CertificateVerify(good.substr(1)));
  EXPECT_FALSE(ParseTls13CertificateVerify(good.substr(0, 129)));
  // Every byte before the hash is fixed. 's' and 'c' do not turn into each
  // other by one bit.
  for (size_t i = 0; i < 98; ++i) {
    std::string changed = good;
    changed[i] ^= 1;
    EXPECT_FALSE(ParseTls13CertificateVerify(changed)) << i;
  }
}

TEST(Tls12ServerKeyExchangeTest, PutTogetherAndTakenApart) {
  const Tls12ServerKeyExchangeContent cases[] = {
      KeyExchange(23, FreshPoint("P-256")),
      KeyExchange(24, FreshPoint("P-384")),
      KeyExchange(25, FreshPoint("P-521")),
      KeyExchange(29, std::string(32, 'x')),
      KeyExchange(30, std::string(56, 'x')),
  };
  for (const Tls12ServerKeyExchangeContent& content : cases) {
    SCOPED_TRACE(content.curve);
    absl::StatusOr<std::string> message =
        AssembleTls12ServerKeyExchange(content);
    ASSERT_THAT(message, IsOk());
    EXPECT_EQ(
        *message,
        absl::StrCat(
            std::string(32, 'c'), std::string(32, 's'),
            string_view("\x03\x00", 2),
            std::string(1, static_cast<char>(content.curve)),
            std::string(1, static_cast<char>(content.public_point.size())),
            content.public_point));
    std::optional<Tls12ServerKeyExchangeContent> parsed =
        ParseTls12ServerKeyExchange(*message);
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->client_random, content.client_random);
    EXPECT_EQ(parsed->server_random, content.server_random);
    EXPECT_EQ(parsed->curve, content.curve);
    EXPECT_EQ(parsed->public_point, content.public_point);
    for (size_t size = 0; size < message->size(); ++size) {
      EXPECT_FALSE(ParseTls12ServerKeyExchange(message->substr(0, size)));
    }
    EXPECT_FALSE(ParseTls12ServerKeyExchange(*message + "x"));
  }
}

TEST(Tls12ServerKeyExchangeTest, RandomsOfAnotherSize) {
  Tls12ServerKeyExchangeContent content = KeyExchange(29, std::string(32, 'x'));
  content.client_random.pop_back();
  EXPECT_THAT(AssembleTls12ServerKeyExchange(content),
              StatusIs(kInvalid, "client_random has 31 bytes; expected 32"));
  content = KeyExchange(29, std::string(32, 'x'));
  content.server_random += "x";
  EXPECT_THAT(AssembleTls12ServerKeyExchange(content),
              StatusIs(kInvalid, "server_random has 33 bytes; expected 32"));
}

TEST(Tls12ServerKeyExchangeTest, CurveThatIsNotListed) {
  for (uint16_t curve : {0, 22, 26, 28, 31, 256, 0x0a0a}) {
    EXPECT_THAT(
        AssembleTls12ServerKeyExchange(KeyExchange(curve, "")),
        StatusIs(kInvalid, HasSubstr(absl::StrCat("curve ", curve,
                                                  " is not listed; expected 23 "
                                                  "(P-256)"))));
  }
}

TEST(Tls12ServerKeyExchangeTest, PointOfAnotherSize) {
  EXPECT_THAT(
      AssembleTls12ServerKeyExchange(KeyExchange(23, std::string(64, 'x'))),
      StatusIs(kInvalid,
               "public_point has 64 bytes; expected 65 for curve 23"));
  EXPECT_THAT(
      AssembleTls12ServerKeyExchange(KeyExchange(29, std::string(56, 'x'))),
      StatusIs(kInvalid,
               "public_point has 56 bytes; expected 32 for curve 29"));
}

TEST(Tls12ServerKeyExchangeTest, PointOffTheCurve) {
  std::string point = FreshPoint("P-256");
  point[40] ^= 1;
  EXPECT_THAT(AssembleTls12ServerKeyExchange(KeyExchange(23, point)),
              StatusIs(kInvalid,
                       "public_point is not an uncompressed point on curve 23 "
                       "(RFC 8422 section 5.4.1)"));
  // A hybrid point has the size of an uncompressed one.
  point = FreshPoint("P-256");
  point[0] = (point.back() & 1) != 0 ? '\x07' : '\x06';
  EXPECT_THAT(AssembleTls12ServerKeyExchange(KeyExchange(23, point)),
              StatusIs(kInvalid, HasSubstr("not an uncompressed point")));
}

TEST(Tls12ServerKeyExchangeTest, OtherMessagesAreNone) {
  std::string message =
      *AssembleTls12ServerKeyExchange(KeyExchange(29, std::string(32, 'x')));
  EXPECT_FALSE(ParseTls12ServerKeyExchange(""));
  message[64] = 1;  // explicit_prime
  EXPECT_FALSE(ParseTls12ServerKeyExchange(message));
  message[64] = 3;
  message[66] = 28;
  EXPECT_FALSE(ParseTls12ServerKeyExchange(message));
}

}  // namespace
}  // namespace keyhold
