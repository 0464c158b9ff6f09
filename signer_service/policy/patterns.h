// The patterns that rules are made of. A pattern that could mean more than
// its writer thinks cannot be parsed.
#ifndef KEYHOLD_SIGNER_SERVICE_POLICY_PATTERNS_H_
#define KEYHOLD_SIGNER_SERVICE_POLICY_PATTERNS_H_

#include <sys/types.h>

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "signer_service/policy/identity.h"

namespace keyhold {

// Text that is exact, or ends in "*" and then matches by prefix.
class PrefixPattern {
 public:
  // InvalidArgument: empty, or a "*" elsewhere than at the end.
  static absl::StatusOr<PrefixPattern> Parse(absl::string_view pattern);

  bool Matches(absl::string_view text) const;
  bool is_prefix() const { return is_prefix_; }
  // Without the "*".
  const std::string& text() const { return text_; }

 private:
  PrefixPattern(absl::string_view text, bool is_prefix)
      : text_(text), is_prefix_(is_prefix) {}

  std::string text_;
  bool is_prefix_;
};

// A DNS name, or "*.NAME" for exactly one label in front of NAME (RFC 6125
// §6.4.3). Compared without case.
class DnsPattern {
 public:
  // InvalidArgument: not a DNS name (labels of 1 to 63 letters, digits, "-"
  // and "_", at most 255 bytes in all, no final dot), or a "*" elsewhere
  // than as the whole first label.
  static absl::StatusOr<DnsPattern> Parse(absl::string_view pattern);

  // `name`: in lower case.
  bool Matches(absl::string_view name) const;
  bool is_wildcard() const { return is_wildcard_; }
  // In lower case, without the "*.".
  const std::string& name() const { return name_; }

 private:
  DnsPattern(std::string name, bool is_wildcard)
      : name_(std::move(name)), is_wildcard_(is_wildcard) {}

  std::string name_;
  bool is_wildcard_;
};

// OK if `name` is a DNS name as DnsPattern::Parse describes it, or "*." and
// one. InvalidArgument says what is wrong.
absl::Status CheckDnsName(absl::string_view name);

// Who may call: the forms that Rule.identities documents.
class IdentityPattern {
 public:
  // InvalidArgument says what the forms are. A SPIFFE pattern names its trust
  // domain in full: "spiffe://example*" would reach into other domains.
  static absl::StatusOr<IdentityPattern> Parse(absl::string_view pattern);

  // False for nobody, whatever the pattern.
  bool Matches(const Identity& identity) const;

  // The user of "uid:NUMBER"; null for all other forms.
  std::optional<uid_t> uid() const {
    return kind_ == Kind::kUid ? std::optional<uid_t>(uid_) : std::nullopt;
  }

  // The pattern in one spelling, whatever the case of a DNS name: two equal
  // texts are the same pattern.
  const std::string& canonical() const { return canonical_; }

 private:
  enum class Kind { kAnyone, kSpiffe, kDns, kCommonName, kUid, kAnyUid };

  IdentityPattern(Kind kind, std::string text, bool is_prefix,
                  std::string canonical)
      : kind_(kind),
        text_(std::move(text)),
        is_prefix_(is_prefix),
        canonical_(std::move(canonical)) {}
  static absl::StatusOr<IdentityPattern> ParseSpiffe(absl::string_view pattern);
  static absl::StatusOr<IdentityPattern> ParseDns(absl::string_view name);
  static absl::StatusOr<IdentityPattern> ParseCommonName(
      absl::string_view name);
  static absl::StatusOr<IdentityPattern> ParseUid(absl::string_view number);

  Kind kind_;
  std::string text_;
  // kDns: a wildcard.
  bool is_prefix_;
  uid_t uid_ = 0;
  std::string canonical_;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_POLICY_PATTERNS_H_
