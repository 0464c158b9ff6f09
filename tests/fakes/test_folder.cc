#include "tests/fakes/test_folder.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "absl/strings/str_cat.h"

namespace keyhold {
namespace {

[[noreturn]] void Die(const std::string& path) {
  std::perror(path.c_str());
  std::abort();
}

}  // namespace

TestFolder::TestFolder() : path_("/tmp/keyhold-test-XXXXXX") {
  // Not TEST_TMPDIR: the path of a sandbox alone may be longer than that of a
  // socket may be.
  if (mkdtemp(path_.data()) == nullptr) Die(path_);
}

TestFolder::~TestFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string TestFolder::PathOf(absl::string_view name) const {
  return absl::StrCat(path_, "/", name);
}

std::string TestFolder::Write(absl::string_view name,
                              absl::string_view text) const {
  std::string path = PathOf(name);
  const std::string draft = path + ".new";
  std::ofstream file(draft, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  if (!file || chmod(draft.c_str(), 0600) != 0 ||
      std::rename(draft.c_str(), path.c_str()) != 0) {
    Die(path);
  }
  return path;
}

void TestFolder::Remove(absl::string_view name) const {
  if (unlink(PathOf(name).c_str()) != 0) Die(PathOf(name));
}

}  // namespace keyhold
