#include "tls_lib/core/sni_cert_resolver.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tls_lib/base/secret_bytes.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/local/local_signing_key.h"
#include "tls_lib/local/test_keys.h"

namespace keyhold {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;
using Key = std::shared_ptr<const CertifiedKey>;

Key KeyOf(TestKeyKind kind, int index = 0) {
  const std::string pem = TestKeyPem(kind, index);
  return *CertifiedKey::CreateFromPem(
      SelfSignedTestCert(pem),
      *LocalSigningKey::Create(*PrivateKey::Parse(*SecretBytes::CopyOf(pem))));
}

absl::StatusOr<std::shared_ptr<const Resolution>> Resolve(
    const SniCertResolver& resolver, const std::string& name) {
  ClientHello hello;
  hello.server_name = name;
  return resolver.Resolve(hello);
}

class SniCertResolverTest : public testing::Test {
 protected:
  void Expect(const SniCertResolver& resolver, const std::string& name,
              const std::string& entry, const Key& key) {
    SCOPED_TRACE(name);
    absl::StatusOr<std::shared_ptr<const Resolution>> resolution =
        Resolve(resolver, name);
    ASSERT_THAT(resolution, IsOk());
    EXPECT_EQ((*resolution)->entry_name, entry);
    EXPECT_THAT((*resolution)->candidates, ElementsAre(key));
  }

  const Key exact_ = KeyOf(TestKeyKind::kP256, 0);
  const Key wildcard_ = KeyOf(TestKeyKind::kP256, 1);
  const Key default_ = KeyOf(TestKeyKind::kP256, 2);
};

TEST_F(SniCertResolverTest, ExactThenWildcardThenDefault) {
  absl::StatusOr<std::unique_ptr<SniCertResolver>> resolver =
      SniCertResolver::Create({{"www.example.org", exact_},
                               {"*.example.org", wildcard_},
                               {"", default_}});
  ASSERT_THAT(resolver, IsOk());
  Expect(**resolver, "www.example.org", "www.example.org", exact_);
  Expect(**resolver, "mail.example.org", "*.example.org", wildcard_);
  // The wildcard is one label, no more and no less.
  Expect(**resolver, "a.b.example.org", "", default_);
  Expect(**resolver, "example.org", "", default_);
  Expect(**resolver, "elsewhere.net", "", default_);
  Expect(**resolver, "", "", default_);
}

TEST_F(SniCertResolverTest, NamesCompareWithoutCase) {
  absl::StatusOr<std::unique_ptr<SniCertResolver>> resolver =
      SniCertResolver::Create(
          {{"WWW.Example.org", exact_}, {"*.EXAMPLE.net", wildcard_}});
  ASSERT_THAT(resolver, IsOk());
  Expect(**resolver, "www.example.ORG", "www.example.org", exact_);
  Expect(**resolver, "Www.Example.Net", "*.example.net", wildcard_);
}

TEST_F(SniCertResolverTest, UnknownNameWithoutDefault) {
  absl::StatusOr<std::unique_ptr<SniCertResolver>> resolver =
      SniCertResolver::Create({{"*.example.org", wildcard_}});
  ASSERT_THAT(resolver, IsOk());
  EXPECT_THAT(Resolve(**resolver, "www.example.net"),
              StatusIs(absl::StatusCode::kNotFound,
                       "no certificate for the server name "
                       "\"www.example.net\", and there is no default"));
  EXPECT_THAT(Resolve(**resolver, ""), StatusIs(absl::StatusCode::kNotFound));
}

// What a stranger sends must neither match by accident nor fill a log.
TEST_F(SniCertResolverTest, StrangeNames) {
  absl::StatusOr<std::unique_ptr<SniCertResolver>> resolver =
      SniCertResolver::Create({{"*.example.org", wildcard_}});
  ASSERT_THAT(resolver, IsOk());
  for (const char* name : {".example.org", "*", ".", "..", "example.org."}) {
    EXPECT_THAT(Resolve(**resolver, name),
                StatusIs(absl::StatusCode::kNotFound))
        << name;
  }
  EXPECT_THAT(Resolve(**resolver, "a\nb"),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("\"a\\nb\"")));
  EXPECT_THAT(Resolve(**resolver, std::string(10000, 'a')).status().message(),
              testing::SizeIs(testing::Lt(200)));
}

TEST_F(SniCertResolverTest, EntriesOfOneNameKeepTheirOrder) {
  const Key rsa = KeyOf(TestKeyKind::kRsa2048);
  absl::StatusOr<std::unique_ptr<SniCertResolver>> resolver =
      SniCertResolver::Create({{"www.example.org", exact_},
                               {"other.example.org", default_},
                               {"www.example.org", rsa}});
  ASSERT_THAT(resolver, IsOk());
  EXPECT_THAT((*Resolve(**resolver, "www.example.org"))->candidates,
              ElementsAre(exact_, rsa));
}

TEST_F(SniCertResolverTest, TwoKeysOfOneTypeUnderOneName) {
  EXPECT_THAT(SniCertResolver::Create({{"www.example.org", exact_},
                                       {"WWW.example.org", wildcard_}}),
              StatusIs(kInvalid,
                       "the name \"www.example.org\" has two certificates "
                       "with keys of type P-256; the second could never be "
                       "served"));
}

TEST_F(SniCertResolverTest, NamesThatAreNone) {
  for (const char* name : {"*", "w*.example.org", "www.*.org", "a b", "a."}) {
    EXPECT_THAT(SniCertResolver::Create({{name, exact_}}),
                StatusIs(kInvalid, HasSubstr("is no server name; expected")))
        << name;
  }
}

TEST_F(SniCertResolverTest, NullKey) {
  EXPECT_THAT(
      SniCertResolver::Create({{"www.example.org", nullptr}}),
      StatusIs(kInvalid, "no certificate for the name \"www.example.org\""));
}

TEST_F(SniCertResolverTest, NoEntries) {
  absl::StatusOr<std::unique_ptr<SniCertResolver>> resolver =
      SniCertResolver::Create({});
  ASSERT_THAT(resolver, IsOk());
  EXPECT_THAT(Resolve(**resolver, "www.example.org"),
              StatusIs(absl::StatusCode::kNotFound));
}

}  // namespace
}  // namespace keyhold
