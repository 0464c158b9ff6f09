#include "tls_lib/provider/key_store.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tls_lib/base/status_matchers.h"

namespace keyhold::provider {
namespace {

using ::testing::HasSubstr;

TEST(KeyStoreTest, AUriNamesAFileOfTheFolder) {
  for (const std::string name : {"www", "www.example.org", "a_b-c@2"}) {
    absl::StatusOr<std::string> path =
        KeyFilePath("keyhold:" + name, "/etc/keyhold/keys");
    ASSERT_THAT(path, IsOk());
    EXPECT_EQ(*path, "/etc/keyhold/keys/" + name + ".key.pem");
  }
}

TEST(KeyStoreTest, AUriLeadsNowhereElse) {
  for (const std::string& uri :
       {std::string("www"), std::string("file:www"), std::string("keyhold:"),
        std::string("keyhold:../www"), std::string("keyhold:a/b"),
        std::string("keyhold://host/www"), std::string("keyhold:.www"),
        std::string("keyhold:a b"), std::string("keyhold:a\0b", 11),
        "keyhold:" + std::string(201, 'x')}) {
    EXPECT_THAT(KeyFilePath(uri, "/f"),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         HasSubstr("expected keyhold: and a name")))
        << uri;
  }
}

}  // namespace
}  // namespace keyhold::provider
