// Which local users may use which keys.
#ifndef KEYHOLD_TLS_LIB_AGENT_LOCAL_POLICY_H_
#define KEYHOLD_TLS_LIB_AGENT_LOCAL_POLICY_H_

#include <sys/types.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "daemon/unix_peer.h"
#include "tls_lib/agent/key_pattern.h"

namespace keyhold {

struct LocalRule {
  std::string name;
  // Null: whatever user, if there are groups. An empty list: every user.
  std::optional<std::vector<uid_t>> users;
  std::optional<std::vector<gid_t>> groups;
  std::vector<KeyPattern> keys;
};

enum class Verdict {
  kAllowed,
  kRefused,
  // The ids of the key decide, and nobody knows them.
  kNeedsIds,
};

// What the rules together grant one caller. Holds pointers into the
// LocalPolicy that made it. Thread-safe.
class CallerRights {
 public:
  // Whether no rule names the caller.
  bool none() const { return rules_.empty(); }
  // `ids`: those of the key; null if they are not known.
  Verdict Decide(absl::string_view spki_sha256,
                 std::optional<absl::Span<const std::string>> ids) const;

 private:
  friend class LocalPolicy;
  std::vector<const LocalRule*> rules_;
};

// Immutable, thread-safe. Default deny. A caller whose uid is the overflow
// uid is nobody, and a gid that is matches no group.
class LocalPolicy {
 public:
  explicit LocalPolicy(std::vector<LocalRule> rules)
      : rules_(std::move(rules)) {}
  LocalPolicy(const LocalPolicy&) = delete;
  LocalPolicy& operator=(const LocalPolicy&) = delete;

  CallerRights RightsOf(const UnixPeer& caller) const;
  // Whether any rule names keys by id.
  bool NeedsIds() const;

 private:
  const std::vector<LocalRule> rules_;
};

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_AGENT_LOCAL_POLICY_H_
