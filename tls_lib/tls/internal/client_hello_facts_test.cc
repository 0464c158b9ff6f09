#include "tls_lib/tls/internal/client_hello_facts.h"

#include "gtest/gtest.h"

namespace keyhold::tls_internal {
namespace {

constexpr TlsVersion k12 = TlsVersion::kTls12;
constexpr TlsVersion k13 = TlsVersion::kTls13;

TEST(NegotiatedVersionTest, HighestOfferedWithinTheBounds) {
  const std::vector<uint16_t> both = {0x0a0a, 0x0303, 0x0304};
  EXPECT_EQ(NegotiatedVersion(0x0303, both, k12, k13), k13);
  EXPECT_EQ(NegotiatedVersion(0x0303, both, k12, k12), k12);
  EXPECT_EQ(NegotiatedVersion(0x0303, both, k13, k13), k13);
  const std::vector<uint16_t> only_12 = {0x0303, 0x0302};
  EXPECT_EQ(NegotiatedVersion(0x0303, only_12, k12, k13), k12);
  EXPECT_EQ(NegotiatedVersion(0x0303, only_12, k13, k13), std::nullopt);
  const std::vector<uint16_t> only_later = {0x0305};
  EXPECT_EQ(NegotiatedVersion(0x0303, only_later, k12, k13), std::nullopt);
}

TEST(NegotiatedVersionTest, LegacyVersionCountsOnlyWithoutTheExtension) {
  EXPECT_EQ(NegotiatedVersion(0x0303, std::nullopt, k12, k13), k12);
  // "At least", but TLS 1.3 is never negotiated that way.
  EXPECT_EQ(NegotiatedVersion(0x0304, std::nullopt, k12, k13), k12);
  EXPECT_EQ(NegotiatedVersion(0x0302, std::nullopt, k12, k13), std::nullopt);
  EXPECT_EQ(NegotiatedVersion(0x0303, std::nullopt, k13, k13), std::nullopt);
}

ClientHelloFacts Tls12(std::vector<uint16_t> suites,
                       std::optional<std::vector<uint16_t>> groups) {
  ClientHelloFacts facts;
  facts.hello.version = k12;
  facts.cipher_suites = std::move(suites);
  facts.groups = std::move(groups);
  return facts;
}

TEST(FitsClientHelloTest, SuiteMustSuitTheKey) {
  const ClientHelloFacts rsa = Tls12({0x0a0a, 0xc02f}, std::nullopt);
  EXPECT_TRUE(FitsClientHello(KeyType::kRsa, rsa));
  EXPECT_TRUE(FitsClientHello(KeyType::kRsaPss, rsa));
  EXPECT_FALSE(FitsClientHello(KeyType::kEcdsaP256, rsa));
  EXPECT_FALSE(FitsClientHello(KeyType::kEd25519, rsa));
  const ClientHelloFacts ecdsa = Tls12({0xcca9}, std::nullopt);
  EXPECT_FALSE(FitsClientHello(KeyType::kRsa, ecdsa));
  EXPECT_TRUE(FitsClientHello(KeyType::kEcdsaP521, ecdsa));
  EXPECT_TRUE(FitsClientHello(KeyType::kEd448, ecdsa));
  // RSA key exchange, CBC.
  const ClientHelloFacts old = Tls12({0x009c, 0xc013, 0xc009}, std::nullopt);
  EXPECT_FALSE(FitsClientHello(KeyType::kRsa, old));
  EXPECT_FALSE(FitsClientHello(KeyType::kEcdsaP256, old));
}

TEST(FitsClientHelloTest, EcdsaCurveMustBeAmongTheGroupsIfThereAreAny) {
  const std::vector<uint16_t> suites = {0xc02b, 0xc02f};
  const ClientHelloFacts facts = Tls12(suites, {{29, 24}});
  EXPECT_FALSE(FitsClientHello(KeyType::kEcdsaP256, facts));
  EXPECT_TRUE(FitsClientHello(KeyType::kEcdsaP384, facts));
  EXPECT_TRUE(FitsClientHello(KeyType::kEd25519, facts));
  EXPECT_TRUE(FitsClientHello(KeyType::kRsa, facts));
  EXPECT_TRUE(
      FitsClientHello(KeyType::kEcdsaP256, Tls12(suites, std::nullopt)));
}

TEST(FitsClientHelloTest, InTls13EverythingFits) {
  ClientHelloFacts facts;
  facts.hello.version = k13;
  facts.cipher_suites = {0x1301};
  facts.groups = {29};
  for (KeyType type : {KeyType::kRsa, KeyType::kEcdsaP256, KeyType::kEd448}) {
    EXPECT_TRUE(FitsClientHello(type, facts));
  }
}

}  // namespace
}  // namespace keyhold::tls_internal
