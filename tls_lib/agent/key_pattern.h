// The keys that a rule of agent.yaml lists.
#ifndef KEYHOLD_TLS_LIB_AGENT_KEY_PATTERN_H_
#define KEYHOLD_TLS_LIB_AGENT_KEY_PATTERN_H_

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace keyhold {

// An id, an id's beginning with "*" after it, or "sha256:" and the hash of a
// SubjectPublicKeyInfo.
class KeyPattern {
 public:
  // InvalidArgument: empty, a "*" elsewhere than at the end, a hash that is
  // not 64 hexadecimal digits.
  static absl::StatusOr<KeyPattern> Parse(absl::string_view text);

  // "*": every key, whether anybody knows its id or not.
  bool is_every_key() const { return kind_ == Kind::kPrefix && text_.empty(); }
  // The 32 bytes; empty if this is no hash.
  absl::string_view spki_sha256() const {
    return kind_ == Kind::kHash ? absl::string_view(text_) : "";
  }
  // False for a hash.
  bool MatchesId(absl::string_view id) const;

 private:
  enum class Kind { kId, kPrefix, kHash };

  KeyPattern(Kind kind, std::string text)
      : kind_(kind), text_(std::move(text)) {}

  Kind kind_;
  std::string text_;
};

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_AGENT_KEY_PATTERN_H_
