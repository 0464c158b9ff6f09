#include "tls_lib/tls/internal/parsed_chain.h"

#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/local/test_keys.h"
#include "tls_lib/tls/testing/test_site.h"

namespace keyhold::tls_internal {
namespace {

using tls_testing::TestSite;

std::shared_ptr<const CertifiedKey> Copy(const TestSite& site) {
  return CertifiedKey::CreateFromPem(site.chain_pem, site.key).value();
}

TEST(ParsedChainTest, KeepsOrder) {
  TestCa intermediate = tls_testing::SiteCa().IssueCa("Intermediate");
  TestSite site(TestKeyKind::kP256, 0, {"www.example.org"}, intermediate);
  site.chain_pem += intermediate.cert_pem();
  absl::StatusOr<std::shared_ptr<const ParsedChain>> chain =
      ParseChain(*Copy(site));
  ASSERT_THAT(chain, IsOk());
  EXPECT_EQ(sk_X509_num((*chain)->intermediates.get()), 1);
  EXPECT_EQ(X509_check_issued(sk_X509_value((*chain)->intermediates.get(), 0),
                              (*chain)->leaf.get()),
            X509_V_OK);
  EXPECT_EQ((*chain)->public_half->key(), site.key->public_key());
}

TEST(ParsedChainTest, NotACertificateIsRefused) {
  EXPECT_THAT(ParseX509("no certificate").status(),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       ::testing::HasSubstr("does not take a certificate")));
  TestSite site(TestKeyKind::kP256);
  const std::string der = PemToDer(site.chain_pem);
  EXPECT_THAT(ParseX509(der + "x").status(),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "bytes after the end of a certificate"));
  EXPECT_THAT(ParseX509(der.substr(0, der.size() - 1)).status(),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(ParsedChainCacheTest, ParsesOnce) {
  TestSite site(TestKeyKind::kP256);
  ParsedChainCache cache;
  auto first = cache.Get(site.certified_key);
  auto second = cache.Get(site.certified_key);
  ASSERT_THAT(first, IsOk());
  ASSERT_THAT(second, IsOk());
  EXPECT_EQ(*first, *second);
  EXPECT_EQ(cache.size(), 1u);
}

TEST(ParsedChainCacheTest, DropsTheDead) {
  TestSite site(TestKeyKind::kP256);
  ParsedChainCache cache;
  ASSERT_THAT(cache.Get(site.certified_key), IsOk());
  for (int i = 0; i < 1000; ++i) ASSERT_THAT(cache.Get(Copy(site)), IsOk());
  EXPECT_LE(cache.size(), 16u);
}

TEST(ParsedChainCacheTest, KeepsAllThatLive) {
  TestSite site(TestKeyKind::kP256);
  ParsedChainCache cache;
  std::vector<std::shared_ptr<const CertifiedKey>> keys;
  for (int i = 0; i < 100; ++i) {
    keys.push_back(Copy(site));
    ASSERT_THAT(cache.Get(keys.back()), IsOk());
  }
  EXPECT_EQ(cache.size(), 100u);
}

TEST(ParsedChainCacheTest, ThreadsShareIt) {
  TestSite site(TestKeyKind::kP256);
  ParsedChainCache cache;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 50; ++j) {
        EXPECT_THAT(cache.Get(site.certified_key), IsOk());
        EXPECT_THAT(cache.Get(Copy(site)), IsOk());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace keyhold::tls_internal
