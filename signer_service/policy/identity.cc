#include "signer_service/policy/identity.h"

#include <cstdint>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace keyhold {
namespace {

// A name with a control character in it, NUL above all, is a trick on
// whoever compares it in another way.
bool IsClean(absl::string_view name) {
  for (const char c : name) {
    if (absl::ascii_iscntrl(static_cast<unsigned char>(c))) return false;
  }
  return !name.empty();
}

}  // namespace

Identity Identity::FromCertificate(CertificateNames names) {
  Identity identity;
  CertificateNames& kept = identity.names_;
  const bool has_alternative_names = names.has_uri_names ||
                                     !names.spiffe_id.empty() ||
                                     !names.dns_names.empty();
  if (IsClean(names.spiffe_id) &&
      absl::StartsWith(names.spiffe_id, "spiffe://")) {
    kept.spiffe_id = std::move(names.spiffe_id);
  }
  for (const std::string& name : names.dns_names) {
    if (!IsClean(name) || absl::StrContains(name, '*')) continue;
    kept.dns_names.push_back(absl::AsciiStrToLower(name));
  }
  if (!has_alternative_names && IsClean(names.common_name)) {
    kept.common_name = std::move(names.common_name);
  }
  if (!kept.spiffe_id.empty()) {
    identity.name_ = kept.spiffe_id;
  } else if (!kept.dns_names.empty()) {
    identity.name_ = absl::StrCat("dns:", kept.dns_names[0]);
  } else if (!kept.common_name.empty()) {
    identity.name_ = absl::StrCat("cn:", kept.common_name);
  }
  return identity;
}

std::vector<std::string> Identity::OtherNames() const {
  std::vector<std::string> others;
  for (const std::string& name : names_.dns_names) {
    std::string text = absl::StrCat("dns:", name);
    if (text != name_) others.push_back(std::move(text));
  }
  return others;
}

Identity Identity::FromUid(uid_t uid) {
  Identity identity;
  if (uid == kOverflowUid) return identity;
  identity.uid_ = uid;
  identity.name_ = absl::StrCat("uid:", uid);
  return identity;
}

absl::StatusOr<Identity> Identity::FromName(absl::string_view name) {
  Identity identity;
  uint32_t uid = 0;
  absl::string_view rest = name;
  if (absl::StartsWith(name, "spiffe://")) {
    identity = FromCertificate({std::string(name), {}, "", false});
  } else if (absl::ConsumePrefix(&rest, "dns:")) {
    identity = FromCertificate({"", {std::string(rest)}, "", false});
  } else if (absl::ConsumePrefix(&rest, "cn:")) {
    identity = FromCertificate({"", {}, std::string(rest), false});
  } else if (absl::ConsumePrefix(&rest, "uid:") &&
             absl::SimpleAtoi(rest, &uid)) {
    identity = FromUid(uid);
  }
  if (!identity.empty() && !absl::StrContains(name, '*')) return identity;
  return absl::InvalidArgumentError(absl::StrCat(
      "identity: expected one caller as the log writes him, "
      "spiffe://TRUST-DOMAIN/PATH, dns:NAME, cn:NAME or uid:NUMBER, got \"",
      name, "\""));
}

}  // namespace keyhold
