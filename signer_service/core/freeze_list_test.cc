#include "signer_service/core/freeze_list.h"

#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tls_lib/base/status_matchers.h"

namespace keyhold {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(FreezeListTest, ReadsItsOwnText) {
  FreezeList list;
  EXPECT_TRUE(list.empty());
  EXPECT_THAT(list.FreezeKey("www"), IsOk());
  EXPECT_THAT(list.FreezeKey("api"), IsOk());
  EXPECT_THAT(list.FreezeIdentity("spiffe://example.org/a b"), IsOk());
  EXPECT_THAT(list.FreezeIdentity("uid:33"), IsOk());
  EXPECT_THAT(list.ToText(),
              HasSubstr("\nkey api\nkey www\nidentity spiffe://example.org/a "
                        "b\nidentity uid:33\n"));
  const absl::StatusOr<FreezeList> read = FreezeList::Parse(list.ToText());
  ASSERT_THAT(read, IsOk());
  EXPECT_EQ(*read, list);
  EXPECT_FALSE(read->empty());
  EXPECT_TRUE(read->HasKey("www"));
  EXPECT_FALSE(read->HasKey("ww"));
  EXPECT_TRUE(read->HasIdentity("uid:33"));
  EXPECT_FALSE(read->HasIdentity("uid:3"));
}

TEST(FreezeListTest, Releases) {
  FreezeList list = *FreezeList::Parse("key a\nidentity dns:b\n");
  EXPECT_TRUE(list.ReleaseKey("a"));
  EXPECT_FALSE(list.ReleaseKey("a"));
  EXPECT_TRUE(list.ReleaseIdentity("dns:b"));
  EXPECT_FALSE(list.ReleaseIdentity("dns:b"));
  EXPECT_TRUE(list.empty());
}

TEST(FreezeListTest, LinesOfNoMeaningAreFaults) {
  const auto expect = [](absl::string_view text, absl::string_view message) {
    EXPECT_THAT(FreezeList::Parse(text),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         HasSubstr(std::string(message))))
        << text;
  };
  expect("# ok\n\nkeys www\n",
         "line 3: expected \"key ID\", \"identity NAME\" or a comment");
  expect("key", "line 1: expected a name");
  expect("key a*", "without \"*\"");
  expect("key a@old", "all keys of an id are frozen together");
  expect("identity example.org", "expected spiffe://");
  expect("identity uid:root", "expected spiffe://");
  expect("identity *", "without \"*\"");
}

class FreezeFileTest : public testing::Test {
 protected:
  FreezeFileTest() {
    char pattern[] = "/tmp/keyhold-freeze-XXXXXX";
    folder_ = mkdtemp(pattern);
    path_ = folder_ + "/frozen";
  }
  ~FreezeFileTest() override { std::filesystem::remove_all(folder_); }

  std::string folder_;
  std::string path_;
};

TEST_F(FreezeFileTest, NoFileFreezesNothing) {
  const absl::StatusOr<FreezeList> list = FreezeList::Load(path_);
  ASSERT_THAT(list, IsOk());
  EXPECT_TRUE(list->empty());
}

TEST_F(FreezeFileTest, ASavedListIsThere) {
  FreezeList list;
  ASSERT_THAT(list.FreezeKey("www"), IsOk());
  ASSERT_THAT(list.Save(path_), IsOk());
  ASSERT_THAT(FreezeList::Load(path_), IsOk());
  EXPECT_THAT(FreezeList::Load(path_)->keys(), ElementsAre("www"));
  EXPECT_FALSE(std::filesystem::exists(path_ + ".next"));
}

TEST_F(FreezeFileTest, AnotherListHasTheSamePermissions) {
  std::ofstream(path_) << "key a\n";
  chmod(path_.c_str(), 0600);
  ASSERT_THAT(FreezeList().Save(path_), IsOk());
  struct stat info;
  ASSERT_EQ(stat(path_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0600u);
}

TEST_F(FreezeFileTest, FaultsNameTheFile) {
  std::ofstream(path_) << "nonsense\n";
  EXPECT_THAT(FreezeList::Load(path_),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr(path_ + ": line 1: expected")));
  EXPECT_THAT(FreezeList().Save(folder_ + "/none/frozen"),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("cannot be written")));
}

TEST_F(FreezeFileTest, UpdatesAtTheSameTimeLoseNothing) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 10; ++i) {
        const std::string id = "k" + std::to_string(10 * t + i);
        EXPECT_THAT(
            FreezeList::Update(
                path_, [&](FreezeList& list) { return list.FreezeKey(id); }),
            IsOk());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(FreezeList::Load(path_)->keys().size(), 40u);
  // A change that fails changes nothing.
  EXPECT_THAT(FreezeList::Update(path_,
                                 [](FreezeList& list) {
                                   list.ReleaseKey("k0");
                                   return absl::InternalError("no");
                                 }),
              StatusIs(absl::StatusCode::kInternal));
  EXPECT_TRUE(FreezeList::Load(path_)->HasKey("k0"));
}

}  // namespace
}  // namespace keyhold
