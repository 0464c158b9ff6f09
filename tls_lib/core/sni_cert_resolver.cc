#include "tls_lib/core/sni_cert_resolver.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "tls_lib/base/status_macros.h"
#include "tls_lib/core/internal/dns_name.h"

namespace keyhold {
namespace {

using absl::string_view;

// A ClientHello's name is a stranger's: it is cut and escaped.
std::string Printable(string_view name) {
  constexpr size_t kMostShown = 64;
  return absl::StrCat("\"", absl::CHexEscape(name.substr(0, kMostShown)),
                      name.size() > kMostShown ? "…\"" : "\"");
}

absl::Status BadNameError(string_view name) {
  return absl::InvalidArgumentError(absl::StrCat(
      Printable(name),
      " is no server name; expected a DNS name such as www.example.org, a "
      "wildcard such as *.example.org, or nothing for the default"));
}

absl::Status NullKeyError(string_view name) {
  return absl::InvalidArgumentError(
      absl::StrCat("no certificate for the name ", Printable(name)));
}

absl::Status SameTypeError(string_view name, KeyType type) {
  return absl::InvalidArgumentError(absl::StrCat(
      "the name ", Printable(name), " has two certificates with keys of type ",
      KeyTypeName(type), "; the second could never be served"));
}

absl::Status UnknownNameError(string_view name) {
  return absl::NotFoundError(absl::StrCat("no certificate for the server name ",
                                          Printable(name),
                                          ", and there is no default"));
}

absl::Status CheckEntry(const NamedCertifiedKey& entry) {
  if (!entry.name.empty() && !internal::IsDnsName(entry.name) &&
      !internal::IsWildcardName(entry.name)) {
    return BadNameError(entry.name);
  }
  if (entry.key == nullptr) return NullKeyError(entry.name);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<SniCertResolver>> SniCertResolver::Create(
    std::vector<NamedCertifiedKey> entries) {
  absl::flat_hash_map<std::string, std::shared_ptr<Resolution>> by_name;
  for (NamedCertifiedKey& entry : entries) {
    RETURN_IF_ERROR(CheckEntry(entry));
    std::string name = absl::AsciiStrToLower(entry.name);
    std::shared_ptr<Resolution>& resolution = by_name[name];
    if (resolution == nullptr) resolution = std::make_shared<Resolution>();
    resolution->entry_name = name;
    const KeyType type = entry.key->key().public_key().type();
    for (const auto& other : resolution->candidates) {
      if (other->key().public_key().type() == type) {
        return SameTypeError(name, type);
      }
    }
    resolution->candidates.push_back(std::move(entry.key));
  }
  std::unique_ptr<SniCertResolver> resolver(new SniCertResolver());
  resolver->entries_.insert(by_name.begin(), by_name.end());
  return resolver;
}

absl::StatusOr<std::shared_ptr<const Resolution>> SniCertResolver::Resolve(
    const ClientHello& hello) const {
  const std::string name = absl::AsciiStrToLower(hello.server_name);
  auto found = entries_.find(name);
  if (found == entries_.end()) {
    const size_t dot = name.find('.');
    if (dot != std::string::npos && dot > 0) {
      found = entries_.find(absl::StrCat("*", name.substr(dot)));
    }
  }
  if (found == entries_.end()) found = entries_.find("");
  if (found == entries_.end()) return UnknownNameError(name);
  return found->second;
}

}  // namespace keyhold
