#include "tls_lib/core/internal/library_context.h"

#include "gtest/gtest.h"
#include "openssl/evp.h"
#include "openssl/provider.h"
#include "tls_lib/base/openssl_ptr.h"
#include "tls_lib/core/internal/evp_digest.h"

namespace keyhold::internal {
namespace {

// One test only: what was fetched first stays.
TEST(LibraryContextTest, AlgorithmsComeFromIt) {
  EXPECT_EQ(LibraryContext(), nullptr);
  LibCtxPtr library(OSSL_LIB_CTX_new());
  ProviderPtr provider(OSSL_PROVIDER_load(library.get(), "default"));
  SetLibraryContext(library.get());
  EXPECT_EQ(LibraryContext(), library.get());
  const EVP_MD* digest = FetchedDigest(HashAlgorithm::kSha256);
  ASSERT_NE(digest, nullptr);
  EXPECT_EQ(EVP_MD_get0_provider(digest), provider.get());
  // Outlives this test, as the header asks.
  static_cast<void>(provider.release());
  static_cast<void>(library.release());
}

}  // namespace
}  // namespace keyhold::internal
