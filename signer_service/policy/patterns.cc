#include "signer_service/policy/patterns.h"

#include <cstdint>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "tls_lib/base/status_macros.h"

namespace keyhold {
namespace {

constexpr size_t kMaxDnsNameBytes = 255;
constexpr size_t kMaxLabelBytes = 63;

absl::Status InvalidPattern(absl::string_view pattern, absl::string_view what) {
  return absl::InvalidArgumentError(
      absl::StrCat("\"", absl::CHexEscape(pattern), "\": ", what));
}

bool IsLabelCharacter(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' ||
         c == '_';
}

// The part after the first label; empty if there is none.
absl::string_view AfterFirstLabel(absl::string_view name) {
  const size_t dot = name.find('.');
  return dot == absl::string_view::npos || dot == 0 ? absl::string_view()
                                                    : name.substr(dot + 1);
}

}  // namespace

absl::StatusOr<PrefixPattern> PrefixPattern::Parse(absl::string_view pattern) {
  if (pattern.empty()) return InvalidPattern(pattern, "is empty");
  absl::string_view text = pattern;
  const bool is_prefix = absl::ConsumeSuffix(&text, "*");
  if (absl::StrContains(text, '*')) {
    return InvalidPattern(pattern, "\"*\" may only stand at the end");
  }
  return PrefixPattern(text, is_prefix);
}

bool PrefixPattern::Matches(absl::string_view text) const {
  return is_prefix_ ? absl::StartsWith(text, text_) : text == text_;
}

absl::Status CheckDnsName(absl::string_view name) {
  if (name.empty()) return InvalidPattern(name, "is empty");
  if (name.size() > kMaxDnsNameBytes) {
    return absl::InvalidArgumentError(absl::StrCat(
        "has ", name.size(), " bytes; a DNS name has at most 255"));
  }
  absl::string_view rest = name;
  absl::ConsumePrefix(&rest, "*.");
  for (const absl::string_view label : absl::StrSplit(rest, '.')) {
    if (label.empty()) {
      return InvalidPattern(name,
                            "a DNS name has no empty label and no final "
                            "dot");
    }
    if (label.size() > kMaxLabelBytes) {
      return InvalidPattern(name, "a label of a DNS name has at most 63 bytes");
    }
    for (const char c : label) {
      if (c == '*') {
        return InvalidPattern(name,
                              "\"*\" may only stand for the whole first label");
      }
      if (!IsLabelCharacter(c)) {
        return InvalidPattern(name,
                              "a DNS name has only letters, digits, "
                              "\"-\", \"_\" and dots");
      }
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<DnsPattern> DnsPattern::Parse(absl::string_view pattern) {
  RETURN_IF_ERROR(CheckDnsName(pattern));
  const bool is_wildcard = absl::ConsumePrefix(&pattern, "*.");
  return DnsPattern(absl::AsciiStrToLower(pattern), is_wildcard);
}

bool DnsPattern::Matches(absl::string_view name) const {
  return (is_wildcard_ ? AfterFirstLabel(name) : name) == name_;
}

absl::StatusOr<IdentityPattern> IdentityPattern::Parse(
    absl::string_view pattern) {
  if (pattern == "*") return IdentityPattern(Kind::kAnyone, "", false, "*");
  absl::string_view rest = pattern;
  if (absl::StartsWith(rest, "spiffe://")) return ParseSpiffe(rest);
  if (absl::ConsumePrefix(&rest, "dns:")) return ParseDns(rest);
  if (absl::ConsumePrefix(&rest, "cn:")) return ParseCommonName(rest);
  if (absl::ConsumePrefix(&rest, "uid:")) return ParseUid(rest);
  return InvalidPattern(pattern,
                        "expected spiffe://TRUST-DOMAIN/PATH, dns:NAME, "
                        "cn:NAME, uid:NUMBER or \"*\"");
}

absl::StatusOr<IdentityPattern> IdentityPattern::ParseSpiffe(
    absl::string_view pattern) {
  ASSIGN_OR_RETURN(const PrefixPattern parsed, PrefixPattern::Parse(pattern));
  absl::string_view rest = parsed.text();
  absl::ConsumePrefix(&rest, "spiffe://");
  const size_t slash = rest.find('/');
  const absl::string_view domain = rest.substr(0, slash);
  if (domain.empty() ||
      (parsed.is_prefix() && slash == absl::string_view::npos)) {
    return InvalidPattern(pattern,
                          "expected the whole trust domain and a \"/\" before "
                          "any \"*\": spiffe://example.org/*");
  }
  if (domain != absl::AsciiStrToLower(domain)) {
    return InvalidPattern(pattern, "a trust domain is in lower case");
  }
  return IdentityPattern(Kind::kSpiffe, parsed.text(), parsed.is_prefix(),
                         std::string(pattern));
}

absl::StatusOr<IdentityPattern> IdentityPattern::ParseDns(
    absl::string_view name) {
  ASSIGN_OR_RETURN(const DnsPattern parsed, DnsPattern::Parse(name));
  return IdentityPattern(
      Kind::kDns, parsed.name(), parsed.is_wildcard(),
      absl::StrCat("dns:", parsed.is_wildcard() ? "*." : "", parsed.name()));
}

absl::StatusOr<IdentityPattern> IdentityPattern::ParseCommonName(
    absl::string_view name) {
  ASSIGN_OR_RETURN(const PrefixPattern parsed, PrefixPattern::Parse(name));
  return IdentityPattern(Kind::kCommonName, parsed.text(), parsed.is_prefix(),
                         absl::StrCat("cn:", name));
}

absl::StatusOr<IdentityPattern> IdentityPattern::ParseUid(
    absl::string_view number) {
  if (number == "*") {
    return IdentityPattern(Kind::kAnyUid, "", false, "uid:*");
  }
  uint32_t uid = 0;
  if (number.empty() ||
      number.find_first_not_of("0123456789") != absl::string_view::npos ||
      !absl::SimpleAtoi(number, &uid)) {
    return InvalidPattern(absl::StrCat("uid:", number),
                          "expected uid:NUMBER, or uid:* for every local "
                          "caller");
  }
  if (uid == kOverflowUid) {
    return InvalidPattern(absl::StrCat("uid:", number),
                          "is the kernel's word for an unknown user and can "
                          "never be granted anything");
  }
  IdentityPattern pattern(Kind::kUid, "", false, absl::StrCat("uid:", uid));
  pattern.uid_ = uid;
  return pattern;
}

bool IdentityPattern::Matches(const Identity& identity) const {
  if (identity.empty()) return false;
  switch (kind_) {
    case Kind::kAnyone:
      return true;
    case Kind::kSpiffe:
      return is_prefix_ ? absl::StartsWith(identity.spiffe_id(), text_)
                        : identity.spiffe_id() == text_;
    case Kind::kDns:
      for (const std::string& name : identity.dns_names()) {
        const absl::string_view part =
            is_prefix_ ? AfterFirstLabel(name) : absl::string_view(name);
        if (part == text_) return true;
      }
      return false;
    case Kind::kCommonName:
      if (identity.common_name().empty()) return false;
      return is_prefix_ ? absl::StartsWith(identity.common_name(), text_)
                        : identity.common_name() == text_;
    case Kind::kUid:
      return identity.uid() == uid_;
    case Kind::kAnyUid:
      return identity.uid().has_value();
  }
  return false;
}

}  // namespace keyhold
