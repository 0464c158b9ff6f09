#include "signer_service/keys/key_catalog.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "openssl/evp.h"
#include "tls_lib/base/openssl_ptr.h"

namespace keyhold {

namespace {

std::pair<absl::string_view, absl::string_view> NameOf(const CatalogKey& key) {
  return {key.id, key.label};
}

// A digest over fields that cannot run into each other.
class Fingerprint {
 public:
  Fingerprint() : context_(EVP_MD_CTX_new()) {
    EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr);
  }

  void Number(uint64_t number) {
    uint8_t bytes[8];
    for (int i = 0; i < 8; ++i) {
      bytes[i] = static_cast<uint8_t>(number >> (8 * (7 - i)));
    }
    EVP_DigestUpdate(context_.get(), bytes, sizeof(bytes));
  }

  void Bytes(absl::string_view bytes) {
    Number(bytes.size());
    EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size());
  }

  void Key(const CatalogKey& key) {
    Bytes(key.id);
    Bytes(key.label);
    Bytes(key.public_key.spki());
    // Names and validity follow from the chain.
    Number(key.chain.size());
    for (const SharedDer& der : key.chain) Bytes(*der);
    Bytes(key.roles.ToString());
    Number(key.preferences.size());
    for (SignatureScheme scheme : key.preferences) {
      Number(static_cast<uint64_t>(scheme));
    }
  }

  std::string Finish() && {
    std::string digest(32, '\0');
    EVP_DigestFinal_ex(context_.get(),
                       reinterpret_cast<unsigned char*>(&digest[0]), nullptr);
    return digest;
  }

 private:
  EvpMdCtxPtr context_;
};

}  // namespace

std::shared_ptr<const KeyCatalog> KeyCatalog::Create(
    std::vector<CatalogKey> keys) {
  return std::shared_ptr<const KeyCatalog>(new KeyCatalog(std::move(keys)));
}

KeyCatalog::KeyCatalog(std::vector<CatalogKey> keys) : keys_(std::move(keys)) {
  absl::c_sort(keys_, [](const CatalogKey& a, const CatalogKey& b) {
    return NameOf(a) < NameOf(b);
  });
  keys_.shrink_to_fit();
  Index();
  Fingerprint fingerprint;
  fingerprint.Number(keys_.size());
  for (const CatalogKey& key : keys_) fingerprint.Key(key);
  fingerprint_ = std::move(fingerprint).Finish();
}

void KeyCatalog::Index() {
  by_spki_sha256_.reserve(keys_.size());
  for (uint32_t i = 0; i < keys_.size(); ++i) {
    const CatalogKey& key = keys_[i];
    by_spki_sha256_.emplace(key.public_key.spki_sha256(), i);
    IdRange& range = by_id_.try_emplace(key.id, IdRange{i, 0}).first->second;
    ++range.count;
    for (const std::string& name : key.dns_names) {
      by_dns_name_[name].push_back(i);
    }
  }
}

absl::Span<const CatalogKey> KeyCatalog::KeysAfter(
    absl::string_view id, absl::string_view label) const {
  const auto name = std::make_pair(id, label);
  auto first = std::upper_bound(
      keys_.begin(), keys_.end(), name,
      [](const auto& a, const CatalogKey& b) { return a < NameOf(b); });
  return absl::MakeConstSpan(keys_).subspan(
      static_cast<size_t>(first - keys_.begin()));
}

const CatalogKey* KeyCatalog::FindBySpkiSha256(
    absl::string_view spki_sha256) const {
  auto it = by_spki_sha256_.find(spki_sha256);
  return it == by_spki_sha256_.end() ? nullptr : &keys_[it->second];
}

const CatalogKey* KeyCatalog::Find(absl::string_view id,
                                   absl::string_view label) const {
  absl::Span<const CatalogKey> keys = FindById(id);
  auto it = absl::c_lower_bound(
      keys, label, [](const CatalogKey& key, absl::string_view wanted) {
        return key.label < wanted;
      });
  return it == keys.end() || it->label != label ? nullptr : &*it;
}

absl::Span<const CatalogKey> KeyCatalog::FindById(absl::string_view id) const {
  auto it = by_id_.find(id);
  if (it == by_id_.end()) return {};
  return absl::MakeConstSpan(keys_).subspan(it->second.first, it->second.count);
}

std::vector<const CatalogKey*> KeyCatalog::FindByServerName(
    absl::string_view name) const {
  const std::string lower = absl::AsciiStrToLower(name);
  std::vector<const CatalogKey*> found;
  // A literal "*.example.org" is a pattern, not a name.
  if (absl::StrContains(lower, '*')) return found;
  auto exact = by_dns_name_.find(lower);
  if (exact != by_dns_name_.end()) {
    for (uint32_t i : exact->second) found.push_back(&keys_[i]);
  }
  const size_t dot = lower.find('.');
  if (dot == std::string::npos || dot == 0) return found;
  auto wildcard = by_dns_name_.find(absl::StrCat("*", lower.substr(dot)));
  if (wildcard == by_dns_name_.end()) return found;
  const auto exact_end = found.end() - found.begin();
  for (uint32_t i : wildcard->second) {
    const CatalogKey* key = &keys_[i];
    if (std::find(found.begin(), found.begin() + exact_end, key) ==
        found.begin() + exact_end) {
      found.push_back(key);
    }
  }
  return found;
}

}  // namespace keyhold
