#include "signer_service/process/thread_priority.h"

#include <sys/resource.h>

#include <algorithm>
#include <thread>

#include "gtest/gtest.h"
#include "tls_lib/base/status_matchers.h"

namespace keyhold {
namespace {

TEST(LowerThreadPriorityTest, IsOfTheCallingThreadAlone) {
  const int before = getpriority(PRIO_PROCESS, 0);
  int lowered = 0;
  std::thread([&lowered] {
    EXPECT_THAT(LowerThreadPriority(), IsOk());
    lowered = getpriority(PRIO_PROCESS, 0);
  }).join();
  EXPECT_EQ(lowered, std::min(before + 10, 19));
  EXPECT_EQ(getpriority(PRIO_PROCESS, 0), before);
}

TEST(LowerThreadPriorityTest, EndsAtTheLowest) {
  std::thread([] {
    for (int i = 0; i < 4; ++i) EXPECT_THAT(LowerThreadPriority(), IsOk());
    EXPECT_EQ(getpriority(PRIO_PROCESS, 0), 19);
  }).join();
}

}  // namespace
}  // namespace keyhold
