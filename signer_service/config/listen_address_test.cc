#include "signer_service/config/listen_address.h"

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tls_lib/base/status_matchers.h"

namespace keyhold {
namespace {

using testing::HasSubstr;

TEST(ListenAddressTest, ReadsBothFamilies) {
  const absl::StatusOr<ListenAddress> v4 = ListenAddress::Parse("0.0.0.0:7443");
  ASSERT_THAT(v4, IsOk());
  EXPECT_EQ(v4->host(), "0.0.0.0");
  EXPECT_EQ(v4->port(), 7443);
  EXPECT_EQ(v4->WithPort(1), "0.0.0.0:1");

  const absl::StatusOr<ListenAddress> v6 = ListenAddress::Parse("[::1]:0");
  ASSERT_THAT(v6, IsOk());
  EXPECT_EQ(v6->host(), "::1");
  EXPECT_EQ(v6->port(), 0);
  EXPECT_EQ(v6->WithPort(65535), "[::1]:65535");
}

TEST(ListenAddressTest, RefusesAllElse) {
  for (const char* text :
       {"", ":", "127.0.0.1", "127.0.0.1:", ":7443", "localhost:7443",
        "::1:7443", "[::1]", "[::1:7443", "127.0.0.1:65536", "127.0.0.1:-1",
        "127.0.0.1: 1", "127.0.0.1:000001", "[127.0.0.1]:1", "unix:/a"}) {
    EXPECT_THAT(
        ListenAddress::Parse(text),
        StatusIs(absl::StatusCode::kInvalidArgument,
                 HasSubstr("expected \"ADDRESS:PORT\" with an IP address")))
        << text;
  }
}

TEST(ParseOctalModeTest, ReadsPermissions) {
  EXPECT_THAT(ParseOctalMode("0660"), IsOkAndHolds(mode_t{0660}));
  EXPECT_THAT(ParseOctalMode("600"), IsOkAndHolds(mode_t{0600}));
  EXPECT_THAT(ParseOctalMode("0777"), IsOkAndHolds(mode_t{0777}));
}

TEST(ParseOctalModeTest, RefusesAllElse) {
  for (const char* text :
       {"", "66", "00660", "0888", "rw-", "1777", "0060", "-660"}) {
    EXPECT_THAT(ParseOctalMode(text),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         HasSubstr("expected octal permissions like \"0660\"")))
        << text;
  }
}

}  // namespace
}  // namespace keyhold
