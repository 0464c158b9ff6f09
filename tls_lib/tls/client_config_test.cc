#include "tls_lib/tls/client_config.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/tls/testing/test_site.h"

namespace keyhold {
namespace {

using ::testing::HasSubstr;
using tls_testing::TestClient;

TEST(ClientConfigTest, DefaultsBuild) {
  EXPECT_THAT(TestClient().Build(), IsOk());
}

TEST(ClientConfigTest, NeedsAnchors) {
  EXPECT_THAT(ClientConfig::Builder(nullptr).Build().status(),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "a client needs trust anchors to verify servers with"));
}

TEST(ClientConfigTest, BadSettingsAreRefused) {
  ClientConfig::Builder versions = TestClient();
  versions.SetVersions(TlsVersion::kTls13, TlsVersion::kTls12);
  EXPECT_THAT(versions.Build().status(),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("above the highest")));
  ClientConfig::Builder alpn = TestClient();
  alpn.SetAlpnProtocols({""});
  EXPECT_THAT(alpn.Build().status(),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("ALPN")));
  ClientConfig::Builder timeout = TestClient();
  timeout.SetSignatureTimeout(absl::ZeroDuration());
  EXPECT_THAT(timeout.Build().status(),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("the signature timeout is 0")));
}

}  // namespace
}  // namespace keyhold
