#include "signer_service/keys/test_folder.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"

namespace keyhold {

namespace {

void DieUnless(bool ok, const std::string& what) {
  if (ok) return;
  perror(what.c_str());
  abort();
}

}  // namespace

TestFolder::TestFolder() {
  const char* parent = getenv("TEST_TMPDIR");
  path_ = absl::StrCat(parent != nullptr ? parent : "/tmp", "/keys-XXXXXX");
  DieUnless(mkdtemp(path_.data()) != nullptr, path_);
}

TestFolder::~TestFolder() { std::filesystem::remove_all(path_); }

std::string TestFolder::PathOf(absl::string_view name) const {
  return absl::StrCat(path_, "/", name);
}

void TestFolder::Write(absl::string_view name, absl::string_view content,
                       mode_t mode) const {
  const std::string path = PathOf(name);
  const std::string temporary = absl::StrCat(path, ".new");
  std::ofstream(temporary, std::ios::binary)
      .write(content.data(), static_cast<std::streamsize>(content.size()));
  DieUnless(chmod(temporary.c_str(), mode) == 0, temporary);
  DieUnless(rename(temporary.c_str(), path.c_str()) == 0, path);
}

void TestFolder::MakeFolder(absl::string_view name) const {
  DieUnless(mkdir(PathOf(name).c_str(), 0700) == 0, PathOf(name));
}

void TestFolder::Link(absl::string_view target, absl::string_view name) const {
  DieUnless(symlink(std::string(target).c_str(), PathOf(name).c_str()) == 0,
            PathOf(name));
}

void TestFolder::Remove(absl::string_view name) const {
  std::filesystem::remove_all(PathOf(name));
}

}  // namespace keyhold
