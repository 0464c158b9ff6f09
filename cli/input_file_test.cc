#include "cli/input_file.h"

#include <cstdio>
#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tls_lib/base/status_matchers.h"

namespace keyhold {
namespace {

using ::testing::HasSubstr;

class InputFileTest : public testing::Test {
 protected:
  absl::StatusOr<std::string> Read(absl::string_view path, size_t max_bytes) {
    return ReadInput(path, max_bytes, {in_, out_, err_});
  }

  std::istringstream in_;
  std::ostringstream out_;
  std::ostringstream err_;
};

TEST_F(InputFileTest, ReadsAFile) {
  const std::string path = absl::StrCat(testing::TempDir(), "/input");
  std::ofstream(path.c_str()) << std::string("a\0b", 3);
  EXPECT_THAT(Read(path, 3), IsOkAndHolds(std::string("a\0b", 3)));
  EXPECT_THAT(Read(path, 2), StatusIs(absl::StatusCode::kFailedPrecondition,
                                      HasSubstr("is too long: at most 2")));
  std::remove(path.c_str());
}

TEST_F(InputFileTest, DashIsStandardInput) {
  in_.str(std::string(200000, 'x'));
  EXPECT_THAT(Read("-", 200000), IsOkAndHolds(std::string(200000, 'x')));
}

TEST_F(InputFileTest, SaysWhyItCannotRead) {
  EXPECT_THAT(Read("/nowhere", 10),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       "cannot read /nowhere: No such file or directory"));
}

}  // namespace
}  // namespace keyhold
