#include "tls_lib/agent/client/agent_address.h"

#include <cstddef>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tls_lib/base/status_matchers.h"

namespace keyhold::agent {
namespace {

using ::testing::HasSubstr;

TEST(AgentAddressTest, APathEndsWithAZeroByte) {
  const auto socket = AgentAddress::Parse("/run/a.sock")->ForSocket();
  EXPECT_EQ(socket.address.sun_family, AF_UNIX);
  EXPECT_STREQ(socket.address.sun_path, "/run/a.sock");
  EXPECT_EQ(socket.size, offsetof(sockaddr_un, sun_path) + 12);
}

TEST(AgentAddressTest, AnAbstractNameBeginsWithOne) {
  const auto socket = AgentAddress::Parse("@keyhold")->ForSocket();
  EXPECT_EQ(std::string(socket.address.sun_path, 8),
            std::string("\0keyhold", 8));
  EXPECT_EQ(socket.size, offsetof(sockaddr_un, sun_path) + 8);
}

TEST(AgentAddressTest, TakesTheLongest) {
  EXPECT_THAT(AgentAddress::Parse("/" + std::string(106, 'x')), IsOk());
  EXPECT_THAT(AgentAddress::Parse("@" + std::string(106, 'x')), IsOk());
}

TEST(AgentAddressTest, SaysWhatItExpects) {
  for (const std::string& bad :
       {std::string(), std::string("/"), std::string("@"),
        std::string("run/a.sock"), std::string("localhost:7443"),
        std::string("/run/\n"), std::string("/run/\0x", 7),
        std::string("/r\xc3\xbcn"), "/" + std::string(107, 'x')}) {
    EXPECT_THAT(AgentAddress::Parse(bad),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         HasSubstr("expected an absolute path "
                                   "(/run/keyhold/agent.sock) or @NAME")))
        << bad;
  }
}

}  // namespace
}  // namespace keyhold::agent
