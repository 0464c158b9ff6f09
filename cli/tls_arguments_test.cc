#include "cli/tls_arguments.h"

#include "cli/exit_code.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/core/signature_scheme.h"

namespace keyhold {
namespace {

using ::testing::ElementsAre;

TEST(TlsArgumentsTest, RoleIsTheKeysUnlessStated) {
  signer::v1::Key key;
  EXPECT_THAT(ParseRole("", key), IsOkAndHolds(signer::v1::ROLE_SERVER));
  key.add_usages(signer::v1::USAGE_TLS12_CLIENT);
  EXPECT_THAT(ParseRole("", key), IsOkAndHolds(signer::v1::ROLE_CLIENT));
  key.add_usages(signer::v1::USAGE_TLS13_SERVER);
  EXPECT_THAT(ParseRole("", key), IsOkAndHolds(signer::v1::ROLE_SERVER));
  EXPECT_THAT(ParseRole("client", key), IsOkAndHolds(signer::v1::ROLE_CLIENT));
  EXPECT_EQ(ExitCodeOf(ParseRole("peer", key).status()), ExitCode::kUsage);
}

TEST(TlsArgumentsTest, Versions) {
  EXPECT_THAT(ParseTlsVersion("1.2"),
              IsOkAndHolds(signer::v1::TLS_VERSION_1_2));
  EXPECT_THAT(ParseTlsVersion("1.3"),
              IsOkAndHolds(signer::v1::TLS_VERSION_1_3));
  EXPECT_EQ(ExitCodeOf(ParseTlsVersion("1.1").status()), ExitCode::kUsage);
}

TEST(TlsArgumentsTest, SchemesByNameOrCodePoint) {
  EXPECT_THAT(ParseOffered({"ed25519", "0x0a0a"}),
              IsOkAndHolds(ElementsAre(0x0807, 0x0a0a)));
  EXPECT_EQ(ParseOffered({})->size(), AllSchemes().size());
  for (const char* text : {"", "rsa", "0x", "0x10000", "0xzz"}) {
    EXPECT_EQ(ExitCodeOf(ParseSchemeArgument(text).status()), ExitCode::kUsage)
        << text;
  }
  EXPECT_EQ(CodePointText(0x804), "0x0804");
}

}  // namespace
}  // namespace keyhold
