#include "signer_service/process/usable_cores.h"

#include <sched.h>

#include <thread>

#include "gtest/gtest.h"

namespace keyhold {
namespace {

TEST(UsableCoresTest, CountsTheCoresThatTheThreadMayRunOn) {
  EXPECT_GE(UsableCores(), 1u);
  size_t pinned = 0;
  std::thread([&pinned] {
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(sched_getcpu(), &one);
    if (sched_setaffinity(0, sizeof(one), &one) == 0) pinned = UsableCores();
  }).join();
  EXPECT_EQ(pinned, 1u);
}

}  // namespace
}  // namespace keyhold
