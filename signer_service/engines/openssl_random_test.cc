#include "signer_service/engines/openssl_random.h"

#include <array>

#include "gtest/gtest.h"
#include "signer_service/engines/broken_random.h"

namespace keyhold {
namespace {

TEST(OpensslRandomTest, FillsAll) {
  std::array<unsigned char, 64> first = {};
  std::array<unsigned char, 64> second = {};
  FillPrivateRandom(first.data(), first.size());
  FillPrivateRandom(second.data(), second.size());
  EXPECT_NE(first, second);
  EXPECT_NE(second, (std::array<unsigned char, 64>()));
  FillPrivateRandom(nullptr, 0);
}

TEST(OpensslRandomDeathTest, NoBytesEndTheProcess) {
  BrokenRandom broken;
  std::array<unsigned char, 8> bytes;
  EXPECT_DEATH(FillPrivateRandom(bytes.data(), bytes.size()),
               "no random bytes for a signature, and signing without them "
               "gives the key away; this process ends");
}

}  // namespace
}  // namespace keyhold
