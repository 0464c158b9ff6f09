#include "signer_service/front/key_queries.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "signer_service/front/request_check.h"
#include "signer_service/keys/key_catalog.h"
#include "signer_service/policy/policy.h"
#include "tls_lib/base/status_macros.h"
#include "tls_lib/core/error_reason.h"
#include "tls_lib/core/key_type.h"

namespace keyhold {
namespace {

using signer::v1::Key;
using signer::v1::KeySelector;
using signer::v1::Usage;

constexpr uint32_t kDefaultPageSize = 200;
constexpr uint32_t kMaxPageSize = 1000;
// Clients take 4 MiB unless told otherwise.
constexpr size_t kPageBytes = size_t{1} << 20;

signer::v1::KeyType ToProto(KeyType type) {
  switch (type) {
    case KeyType::kRsa:
      return signer::v1::KEY_TYPE_RSA;
    case KeyType::kRsaPss:
      return signer::v1::KEY_TYPE_RSA_PSS;
    case KeyType::kEcdsaP256:
      return signer::v1::KEY_TYPE_ECDSA_P256;
    case KeyType::kEcdsaP384:
      return signer::v1::KEY_TYPE_ECDSA_P384;
    case KeyType::kEcdsaP521:
      return signer::v1::KEY_TYPE_ECDSA_P521;
    case KeyType::kEd25519:
      return signer::v1::KEY_TYPE_ED25519;
    case KeyType::kEd448:
      return signer::v1::KEY_TYPE_ED448;
  }
  return signer::v1::KEY_TYPE_UNSPECIFIED;
}

void AddPermissions(const CallerView& caller, const CatalogKey& key, Key& out) {
  const PolicyKey policy_key{key.id, key.roles};
  const UsageSet usages = caller.policy.AllowedUsages(policy_key);
  for (int value = signer::v1::Usage_MIN; value <= signer::v1::Usage_MAX;
       ++value) {
    const Usage usage = static_cast<Usage>(value);
    if (usages.Contains(usage)) out.add_usages(usage);
  }
  const SchemeSet schemes = caller.policy.GrantedSchemes(policy_key, usages);
  for (const SignatureScheme scheme : key.preferences) {
    if (schemes.Contains(scheme)) {
      out.add_schemes(static_cast<uint32_t>(scheme));
    }
  }
}

Key Describe(const CallerView& caller, const CatalogKey& key,
             EngineNames engine_name, bool include_chain) {
  Key out;
  out.set_id(key.id);
  out.set_label(key.label);
  out.set_type(ToProto(key.public_key.type()));
  out.set_engine(engine_name(key.public_key.type()));
  out.set_bits(static_cast<uint32_t>(key.public_key.bits()));
  out.set_spki(std::string(key.public_key.spki()));
  out.set_spki_sha256(std::string(key.public_key.spki_sha256()));
  AddPermissions(caller, key, out);
  for (const std::string& name : key.dns_names) out.add_server_names(name);
  if (include_chain) {
    for (const SharedDer& der : key.chain) out.add_certificate_chain(*der);
  }
  if (key.not_after.has_value()) {
    out.mutable_not_after()->set_seconds(absl::ToUnixSeconds(*key.not_after));
  }
  return out;
}

// What the selector names and the caller may know of. By id and by hash, a key
// of others costs the same look-ups as none; what names a certificate has is
// public.
std::vector<const CatalogKey*> Select(const CallerView& caller,
                                      const KeySelector& selector) {
  const KeyCatalog& catalog = caller.snapshot->catalog();
  std::vector<const CatalogKey*> keys;
  if (selector.by_case() == KeySelector::kServerName) {
    for (const CatalogKey* key :
         catalog.FindByServerName(selector.server_name())) {
      if (caller.policy.MayKnow(key->id)) keys.push_back(key);
    }
    return keys;
  }
  if (selector.by_case() == KeySelector::kSpkiSha256) {
    const CatalogKey* key = catalog.FindBySpkiSha256(selector.spki_sha256());
    const bool known = caller.policy.MayKnow(key == nullptr ? "" : key->id);
    if (key != nullptr && known) keys.push_back(key);
    return keys;
  }
  if (!caller.policy.MayKnow(selector.id())) return keys;
  for (const CatalogKey& key : catalog.FindById(selector.id())) {
    keys.push_back(&key);
  }
  return keys;
}

// Those of `keys`, a part of the catalog, that the caller may know of, in
// order. Finds them by the rules, so keys of others cost nothing.
std::vector<const CatalogKey*> KnownKeys(const CallerView& caller,
                                         absl::Span<const CatalogKey> keys) {
  std::vector<const CatalogKey*> known;
  for (const PrefixPattern* pattern : caller.policy.KeyPatterns()) {
    const auto before = [](const CatalogKey& key, absl::string_view text) {
      return key.id < text;
    };
    auto key = std::lower_bound(keys.begin(), keys.end(),
                                absl::string_view(pattern->text()), before);
    for (; key != keys.end() && pattern->Matches(key->id); ++key) {
      known.push_back(&*key);
    }
  }
  // Several patterns may name a key. The catalog's order is that of memory.
  std::sort(known.begin(), known.end());
  known.erase(std::unique(known.begin(), known.end()), known.end());
  return known;
}

// A token is the id and label of the last key that was given, so that pages
// stay in step when keys come and go in between.
std::string PageToken(const CatalogKey& last) {
  return absl::WebSafeBase64Escape(
      absl::StrCat(last.id, absl::string_view("\0", 1), last.label));
}

struct PageStart {
  std::string id;
  std::string label;
};

absl::StatusOr<PageStart> ParsePageToken(absl::string_view token) {
  std::string text;
  const bool decoded = absl::WebSafeBase64Unescape(token, &text);
  const size_t zero = text.find('\0');
  if (!decoded || zero == std::string::npos) {
    return WithReason(
        absl::InvalidArgumentError(
            "page_token: expected the next_page_token of an earlier answer"),
        ErrorReason::kInvalidRequest);
  }
  return PageStart{text.substr(0, zero), text.substr(zero + 1)};
}

absl::Status TooManyKeysError() {
  return WithReason(
      absl::ResourceExhaustedError(absl::StrCat(
          "the keys that the selector names take more than ", kPageBytes,
          " bytes with their chains; ListKeys gives them in pages")),
      ErrorReason::kFrameTooLarge);
}

// The keys that the caller may know of from the page's start on, in order: all,
// or those that the selector names.
absl::StatusOr<std::vector<const CatalogKey*>> Candidates(
    const CallerView& caller, const signer::v1::ListKeysRequest& request) {
  const KeyCatalog& catalog = caller.snapshot->catalog();
  PageStart start;
  if (!request.page_token().empty()) {
    ASSIGN_OR_RETURN(start, ParsePageToken(request.page_token()));
  }
  std::vector<const CatalogKey*> keys;
  if (!request.has_selector()) {
    return KnownKeys(caller, request.page_token().empty()
                                 ? catalog.keys()
                                 : catalog.KeysAfter(start.id, start.label));
  }
  RETURN_IF_ERROR(CheckKeySelector(request.selector()));
  const auto place = [](const CatalogKey& key) {
    return std::tie(key.id, key.label);
  };
  for (const CatalogKey* key : Select(caller, request.selector())) {
    if (request.page_token().empty() ||
        place(*key) > std::tie(start.id, start.label)) {
      keys.push_back(key);
    }
  }
  std::sort(keys.begin(), keys.end(),
            [&](const CatalogKey* a, const CatalogKey* b) {
              return place(*a) < place(*b);
            });
  return keys;
}

}  // namespace

absl::StatusOr<signer::v1::ListKeysResponse> ListKeys(
    const CallerView& caller, const signer::v1::ListKeysRequest& request,
    EngineNames engine_name) {
  const uint32_t page_size =
      request.page_size() == 0 ? kDefaultPageSize : request.page_size();
  if (page_size > kMaxPageSize) {
    return WithReason(
        absl::InvalidArgumentError(absl::StrCat(
            "page_size: expected at most ", kMaxPageSize, ", got ", page_size)),
        ErrorReason::kInvalidRequest);
  }
  ASSIGN_OR_RETURN(const std::vector<const CatalogKey*> candidates,
                   Candidates(caller, request));
  signer::v1::ListKeysResponse response;
  response.set_policy_version(caller.snapshot->policy_version());
  size_t bytes = 0;
  const CatalogKey* last = nullptr;
  for (const CatalogKey* key : candidates) {
    if (static_cast<uint32_t>(response.keys_size()) == page_size ||
        bytes > kPageBytes) {
      response.set_next_page_token(PageToken(*last));
      break;
    }
    Key described =
        Describe(caller, *key, engine_name, request.include_chains());
    bytes += described.ByteSizeLong();
    *response.add_keys() = std::move(described);
    last = key;
  }
  return response;
}

absl::StatusOr<signer::v1::GetKeyResponse> GetKey(
    const CallerView& caller, const signer::v1::GetKeyRequest& request,
    EngineNames engine_name) {
  RETURN_IF_ERROR(CheckKeySelector(request.selector()));
  signer::v1::GetKeyResponse response;
  size_t bytes = 0;
  response.set_policy_version(caller.snapshot->policy_version());
  for (const CatalogKey* key : Select(caller, request.selector())) {
    Key described = Describe(caller, *key, engine_name, /*include_chain=*/true);
    bytes += described.ByteSizeLong();
    if (bytes > kPageBytes) return TooManyKeysError();
    *response.add_keys() = std::move(described);
  }
  if (response.keys_size() == 0) return KeyNotFoundError();
  return response;
}

}  // namespace keyhold
