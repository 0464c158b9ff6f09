#include "cli/key_text.h"

#include <algorithm>
#include <array>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "tls_lib/core/signature_scheme.h"

namespace keyhold {
namespace {

using signer::v1::Key;

// Enough to tell keys apart at a glance.
constexpr size_t kShortHashDigits = 16;

std::string TypeName(const Key& key) {
  switch (key.type()) {
    case signer::v1::KEY_TYPE_RSA:
      return absl::StrCat("RSA-", key.bits());
    case signer::v1::KEY_TYPE_RSA_PSS:
      return absl::StrCat("RSA-PSS-", key.bits());
    case signer::v1::KEY_TYPE_ECDSA_P256:
      return "P-256";
    case signer::v1::KEY_TYPE_ECDSA_P384:
      return "P-384";
    case signer::v1::KEY_TYPE_ECDSA_P521:
      return "P-521";
    case signer::v1::KEY_TYPE_ED25519:
      return "Ed25519";
    case signer::v1::KEY_TYPE_ED448:
      return "Ed448";
    default:
      return "unknown";
  }
}

std::vector<std::string> UsageNames(const Key& key) {
  std::vector<std::string> names;
  for (const int usage : key.usages()) {
    const std::string name =
        signer::v1::Usage_Name(static_cast<signer::v1::Usage>(usage));
    names.push_back(absl::AsciiStrToLower(absl::StripPrefix(name, "USAGE_")));
  }
  return names;
}

std::vector<std::string> SchemeNames(const Key& key) {
  std::vector<std::string> names;
  for (const uint32_t scheme : key.schemes()) {
    names.push_back(SchemeName(static_cast<SignatureScheme>(scheme)));
  }
  return names;
}

absl::Time NotAfter(const Key& key) {
  return absl::FromUnixSeconds(key.not_after().seconds());
}

std::string NameAndLabel(const Key& key) {
  return key.label().empty() ? key.id()
                             : absl::StrCat(key.id(), "@", key.label());
}

using Row = std::array<std::string, 5>;

Row RowOf(const Key& key) {
  return {NameAndLabel(key), TypeName(key),
          absl::BytesToHexString(key.spki_sha256()).substr(0, kShortHashDigits),
          key.has_not_after()
              ? absl::FormatTime("%Y-%m-%d", NotAfter(key), absl::UTCTimeZone())
              : "-",
          absl::StrJoin(UsageNames(key), ", ")};
}

std::string List(const std::vector<std::string>& items) {
  return items.empty() ? "none" : absl::StrJoin(items, "\n                ");
}

}  // namespace

std::string KeyTable(absl::Span<const Key> keys) {
  std::vector<Row> rows = {
      {"KEY", "TYPE", "SHA-256", "CERTIFICATE UNTIL", "MAY SIGN"}};
  for (const Key& key : keys) rows.push_back(RowOf(key));
  Row::size_type constexpr kColumns = std::tuple_size<Row>::value;
  std::array<size_t, kColumns> widths = {};
  for (const Row& row : rows) {
    for (size_t i = 0; i < kColumns; ++i) {
      widths[i] = std::max(widths[i], row[i].size());
    }
  }
  std::string text;
  for (const Row& row : rows) {
    for (size_t i = 0; i + 1 < kColumns; ++i) {
      absl::StrAppend(&text, row[i],
                      std::string(widths[i] - row[i].size() + 2, ' '));
    }
    absl::StrAppend(&text, row.back(), "\n");
  }
  return text;
}

std::string KeyDetails(const Key& key) {
  const std::string until =
      key.has_not_after() ? absl::FormatTime("%Y-%m-%d %H:%M:%S UTC",
                                             NotAfter(key), absl::UTCTimeZone())
                          : "no certificate";
  return absl::StrCat(
      "key:            ", NameAndLabel(key), "\n",
      "type:           ", TypeName(key), "\n",
      "sha256:         ", absl::BytesToHexString(key.spki_sha256()), "\n",
      "may sign:       ", List(UsageNames(key)), "\n",
      "schemes:        ", List(SchemeNames(key)), "\n", "server names:   ",
      List({key.server_names().begin(), key.server_names().end()}), "\n",
      "certificates:   ", key.certificate_chain_size(), "\n",
      "valid until:    ", until, "\n",
      "engine:         ", key.engine().empty() ? "unknown" : key.engine(),
      "\n");
}

namespace {

JsonObject KeyJson(const Key& key) {
  JsonObject json;
  json.Add("id", key.id())
      .Add("label", key.label())
      .Add("type", TypeName(key))
      .Add("bits", static_cast<int64_t>(key.bits()))
      .Add("spki", absl::Base64Escape(key.spki()))
      .Add("spki_sha256", absl::BytesToHexString(key.spki_sha256()))
      .Add("usages", UsageNames(key))
      .Add("schemes", SchemeNames(key))
      .Add("server_names", std::vector<std::string>(key.server_names().begin(),
                                                    key.server_names().end()));
  if (key.certificate_chain_size() > 0) {
    std::vector<std::string> chain;
    for (const std::string& der : key.certificate_chain()) {
      chain.push_back(absl::Base64Escape(der));
    }
    json.Add("certificate_chain", chain);
  }
  if (key.has_not_after()) {
    json.Add("not_after", absl::FormatTime(absl::RFC3339_sec, NotAfter(key),
                                           absl::UTCTimeZone()));
  }
  if (!key.engine().empty()) json.Add("engine", key.engine());
  return json;
}

}  // namespace

JsonObject KeysJson(absl::Span<const Key> keys) {
  std::vector<JsonObject> objects;
  objects.reserve(keys.size());
  for (const Key& key : keys) objects.push_back(KeyJson(key));
  return JsonObject().Add("keys", objects);
}

}  // namespace keyhold
