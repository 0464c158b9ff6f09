#include "tls_lib/core/internal/evp_digest.h"

#include <thread>
#include <vector>

#include "absl/strings/escaping.h"
#include "gtest/gtest.h"
#include "tls_lib/base/status_matchers.h"

namespace keyhold::internal {
namespace {

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;

std::string Hex(HashAlgorithm hash, absl::string_view message) {
  return absl::BytesToHexString(*ComputeDigest(hash, message));
}

// FIPS 180-2's example.
TEST(ComputeDigestTest, Abc) {
  EXPECT_EQ(Hex(HashAlgorithm::kSha256, "abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(Hex(HashAlgorithm::kSha384, "abc"),
            "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
            "8086072ba1e7cc2358baeca134c825a7");
  EXPECT_EQ(Hex(HashAlgorithm::kSha512, "abc"),
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
            "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f");
}

TEST(ComputeDigestTest, NoHash) {
  EXPECT_THAT(ComputeDigest(HashAlgorithm::kNone, "abc"),
              StatusIs(kInvalid, "no hash to compute a digest with"));
  EXPECT_EQ(FetchedDigest(HashAlgorithm::kNone), nullptr);
}

TEST(ComputeDigestTest, ThreadsDoNotDisturbEachOther) {
  const std::string expected = Hex(HashAlgorithm::kSha256, "abc");
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&expected] {
      for (int n = 0; n < 100; ++n) {
        EXPECT_EQ(Hex(HashAlgorithm::kSha256, "abc"), expected);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(CheckDigestTest, SizeIsTheHashs) {
  const SchemeInfo& scheme = *FindScheme(SignatureScheme::kRsaPkcs1Sha512);
  EXPECT_THAT(CheckDigest(scheme, std::string(64, 'x')), IsOk());
  EXPECT_THAT(CheckDigest(scheme, std::string(32, 'x')),
              StatusIs(kInvalid,
                       "rsa_pkcs1_sha512 signs digests of 64 bytes (SHA-512); "
                       "this one has 32"));
}

TEST(CheckDigestTest, EddsaTakesNone) {
  EXPECT_THAT(
      CheckDigest(*FindScheme(SignatureScheme::kEd25519), std::string(64, 'x')),
      StatusIs(kInvalid,
               "ed25519 signs whole messages; a digest is of no use to "
               "it"));
}

}  // namespace
}  // namespace keyhold::internal
