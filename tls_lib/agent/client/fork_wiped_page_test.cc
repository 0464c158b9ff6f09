#include "tls_lib/agent/client/fork_wiped_page.h"

#include <sys/wait.h>
#include <unistd.h>

#include <functional>

#include "gtest/gtest.h"
#include "tls_lib/base/status_matchers.h"

namespace keyhold::agent {
namespace {

using Method = ForkWipedPage::Method;

// What `body` returns in a child of this process.
int InChild(const std::function<int()>& body) {
  const pid_t child = fork();
  if (child == 0) _exit(body());
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

class ForkWipedPageTest : public testing::TestWithParam<Method> {};

TEST_P(ForkWipedPageTest, IsEmptyInEachNewProcess) {
  auto page = ForkWipedPage::Create(GetParam());
  ASSERT_THAT(page, IsOk());
  ForkWipedPage& wiped = **page;
  EXPECT_EQ(wiped.Get<int>(), 0);
  wiped.Get<int>() = 7;
  const int seen = InChild([&] {
    const int in_child = wiped.Get<int>();
    wiped.Get<int>() = 8;
    const int in_grandchild = InChild([&] { return wiped.Get<int>(); });
    return 10 * in_child + in_grandchild + (wiped.Get<int>() == 8 ? 0 : 100);
  });
  EXPECT_EQ(seen, 0);
  EXPECT_EQ(wiped.Get<int>(), 7);
}

INSTANTIATE_TEST_SUITE_P(Methods, ForkWipedPageTest,
                         testing::Values(Method::kKernel, Method::kProcessId),
                         [](const auto& info) {
                           return info.param == Method::kKernel ? "Kernel"
                                                                : "ProcessId";
                         });

TEST(ForkWipedPageMethodTest, TheKernelDoesIt) {
  EXPECT_EQ((*ForkWipedPage::Create())->method(), Method::kKernel);
}

}  // namespace
}  // namespace keyhold::agent
