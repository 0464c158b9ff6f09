#include "tls_lib/tls/server_config.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/local/test_keys.h"
#include "tls_lib/tls/testing/test_site.h"

namespace keyhold {
namespace {

using ::testing::HasSubstr;
using tls_testing::ServerOf;
using tls_testing::TestSite;

class ServerConfigTest : public ::testing::Test {
 protected:
  TestSite site_{TestKeyKind::kP256};
  ServerConfig::Builder builder_ = ServerOf(site_);
};

TEST_F(ServerConfigTest, DefaultsBuild) {
  EXPECT_THAT(builder_.Build(), IsOk());
  EXPECT_THAT(builder_.Build(), IsOk()) << "a builder can be used again";
}

TEST_F(ServerConfigTest, NeedsAResolver) {
  EXPECT_THAT(ServerConfig::Builder(nullptr).Build().status(),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "a server needs a resolver for its certificates"));
}

TEST_F(ServerConfigTest, VersionsMustBeInOrder) {
  builder_.SetVersions(TlsVersion::kTls13, TlsVersion::kTls12);
  EXPECT_THAT(builder_.Build().status(),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "the lowest TLS version is above the highest"));
  builder_.SetVersions(static_cast<TlsVersion>(0x0302), TlsVersion::kTls13);
  EXPECT_THAT(builder_.Build().status(),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "only TLS 1.2 and TLS 1.3 can be configured"));
}

TEST_F(ServerConfigTest, AlpnNamesHaveOneTo255Bytes) {
  for (size_t size : {size_t{0}, size_t{256}}) {
    builder_.SetAlpnProtocols({"h2", std::string(size, 'x')});
    EXPECT_THAT(builder_.Build().status(),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         HasSubstr("it must have 1 to 255")));
  }
  builder_.SetAlpnProtocols({std::string(255, 'x')});
  EXPECT_THAT(builder_.Build(), IsOk());
  builder_.SetAlpnProtocols(
      std::vector<std::string>(300, std::string(255, 'x')));
  EXPECT_THAT(builder_.Build().status(),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("longer than 65535 bytes together")));
}

TEST_F(ServerConfigTest, ClientAuthenticationNeedsAnchors) {
  for (ClientAuthentication mode :
       {ClientAuthentication::kOptional, ClientAuthentication::kRequired}) {
    builder_.SetClientAuthentication(mode, nullptr);
    EXPECT_THAT(builder_.Build().status(),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         HasSubstr("there are no trust anchors")));
  }
}

TEST_F(ServerConfigTest, SignatureTimeoutIsPositive) {
  for (absl::Duration timeout : {absl::ZeroDuration(), -absl::Seconds(1)}) {
    builder_.SetSignatureTimeout(timeout);
    EXPECT_THAT(builder_.Build().status(),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         HasSubstr("it must be positive")));
  }
}

}  // namespace
}  // namespace keyhold
