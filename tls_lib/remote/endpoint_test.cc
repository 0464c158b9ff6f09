#include "tls_lib/remote/endpoint.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tls_lib/base/status_matchers.h"

namespace keyhold {
namespace {

using ::testing::HasSubstr;

TEST(EndpointTest, HostAndPort) {
  absl::StatusOr<Endpoint> endpoint = ParseEndpoint("signer.example.org:7443");
  ASSERT_THAT(endpoint, IsOk());
  EXPECT_EQ(endpoint->name, "signer.example.org:7443");
  EXPECT_EQ(endpoint->target, "dns:///signer.example.org:7443");
  EXPECT_FALSE(endpoint->is_unix);
  EXPECT_EQ(endpoint->host, "signer.example.org");
  EXPECT_EQ(endpoint->port, 7443);
  EXPECT_TRUE(endpoint->is_name);
}

TEST(EndpointTest, AddressesAreNoNames) {
  EXPECT_FALSE(ParseEndpoint("192.0.2.1:7443")->is_name);
  EXPECT_FALSE(ParseEndpoint("[2001:db8::1]:7443")->is_name);
  EXPECT_FALSE(ParseEndpoint("unix:/run/keyhold.sock")->is_name);
  // Short forms that only some resolvers read as addresses.
  EXPECT_TRUE(ParseEndpoint("127.1:7443")->is_name);
}

TEST(EndpointTest, ANameAtItsAddresses) {
  const Endpoint named = *ParseEndpoint("signer.example.org:7443");
  const Endpoint v4 = EndpointAt(named, "192.0.2.1");
  EXPECT_EQ(v4.name, "signer.example.org:7443 (192.0.2.1)");
  EXPECT_EQ(v4.target, "ipv4:192.0.2.1:7443");
  EXPECT_EQ(v4.host, "signer.example.org");
  EXPECT_FALSE(v4.is_name);
  EXPECT_EQ(EndpointAt(named, "2001:db8::1").target, "ipv6:[2001:db8::1]:7443");
}

TEST(EndpointTest, Ipv6InBrackets) {
  absl::StatusOr<Endpoint> endpoint = ParseEndpoint("[::1]:7443");
  ASSERT_THAT(endpoint, IsOk());
  EXPECT_EQ(endpoint->target, "dns:///[::1]:7443");
  EXPECT_EQ(endpoint->host, "::1");
}

TEST(EndpointTest, BothFormsOfUnixSockets) {
  for (const char* text :
       {"unix:/run/keyhold.sock", "unix:///run/keyhold.sock"}) {
    absl::StatusOr<Endpoint> endpoint = ParseEndpoint(text);
    ASSERT_THAT(endpoint, IsOk());
    EXPECT_EQ(endpoint->target, "unix:/run/keyhold.sock");
    EXPECT_TRUE(endpoint->is_unix);
  }
}

struct BadCase {
  const char* text;
  const char* problem;
};

class BadEndpointTest : public testing::TestWithParam<BadCase> {};

TEST_P(BadEndpointTest, SaysWhatIsWrongAndWhatIsExpected) {
  EXPECT_THAT(ParseEndpoint(GetParam().text),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       testing::AllOf(HasSubstr(GetParam().problem),
                                      HasSubstr("expected HOST:PORT"))));
}

INSTANTIATE_TEST_SUITE_P(
    All, BadEndpointTest,
    testing::Values(BadCase{"", "has no port"},
                    BadCase{"signer", "has no port"},
                    BadCase{":7443", "has no host"},
                    BadCase{"signer:0", "between 1 and 65535"},
                    BadCase{"signer:65536", "between 1 and 65535"},
                    BadCase{"signer:https", "between 1 and 65535"},
                    BadCase{"::1:7443", "without brackets"},
                    BadCase{"https://signer:7443", "unknown scheme"},
                    BadCase{"unix:", "names no socket"}));

TEST(EndpointTest, SocketPathThatIsTooLong) {
  EXPECT_THAT(ParseEndpoint("unix:/" + std::string(107, 'a')),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("a path of 108 bytes")));
  EXPECT_THAT(ParseEndpoint("unix:/" + std::string(106, 'a')), IsOk());
}

}  // namespace
}  // namespace keyhold
