#include "signer_service/core/role_set.h"

#include "gtest/gtest.h"

namespace keyhold {
namespace {

TEST(RoleSetTest, HoldsWhatWasInserted) {
  RoleSet roles;
  EXPECT_TRUE(roles.empty());
  EXPECT_EQ(roles.ToString(), "none");
  roles.Insert(signer::v1::ROLE_UNSPECIFIED);
  EXPECT_TRUE(roles.empty());
  roles.Insert(signer::v1::ROLE_CLIENT);
  EXPECT_TRUE(roles == RoleSet::ClientOnly());
  EXPECT_TRUE(roles.Contains(signer::v1::ROLE_CLIENT));
  EXPECT_FALSE(roles.Contains(signer::v1::ROLE_SERVER));
  EXPECT_FALSE(roles.Contains(signer::v1::ROLE_UNSPECIFIED));
  roles.Insert(signer::v1::ROLE_SERVER);
  EXPECT_EQ(roles.ToString(), "server, client");
}

TEST(RoleSetTest, TlsFormsAreTheUnionOfTheRoles) {
  EXPECT_EQ(RoleSet::ServerOnly().TlsForms().ToString(),
            "tls13_server, tls12_server");
  EXPECT_EQ(RoleSet::ClientOnly().TlsForms().ToString(),
            "tls13_client, tls12_client");
  RoleSet both = RoleSet::ServerOnly();
  both.Insert(signer::v1::ROLE_CLIENT);
  EXPECT_EQ(both.TlsForms().ToString(),
            "tls13_server, tls12_server, tls13_client, tls12_client");
  EXPECT_TRUE(RoleSet().TlsForms().empty());
}

}  // namespace
}  // namespace keyhold
