#include "signer_service/keys/problem_log.h"

#include <sys/stat.h>

#include <tuple>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"

namespace keyhold {

ProblemLog::FileState ProblemLog::StateOf(const std::string& path) {
  struct stat info;
  if (path.empty() || stat(path.c_str(), &info) != 0) return "";
  return absl::StrCat(info.st_dev, " ", info.st_ino, " ", info.st_size, " ",
                      info.st_mode, " ", info.st_mtim.tv_sec, ".",
                      info.st_mtim.tv_nsec, " ", info.st_ctim.tv_sec, ".",
                      info.st_ctim.tv_nsec);
}

std::vector<KeyProblem> ProblemLog::Take(std::vector<KeyProblem> problems) {
  absl::c_sort(problems, [](const KeyProblem& a, const KeyProblem& b) {
    return std::tie(a.path, a.message) < std::tie(b.path, b.message);
  });
  absl::flat_hash_map<std::pair<std::string, std::string>, FileState> now;
  std::vector<KeyProblem> once;
  for (KeyProblem& problem : problems) {
    auto [entry, is_first] =
        now.try_emplace({problem.path, problem.message}, StateOf(problem.path));
    if (!is_first) continue;
    auto last = last_.find(entry->first);
    problem.repeated = last != last_.end() && last->second == entry->second;
    once.push_back(std::move(problem));
  }
  last_ = std::move(now);
  return once;
}

}  // namespace keyhold
