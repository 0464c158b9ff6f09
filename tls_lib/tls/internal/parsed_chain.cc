#include "tls_lib/tls/internal/parsed_chain.h"

#include <algorithm>
#include <string>
#include <utility>

#include "tls_lib/base/openssl_error.h"
#include "tls_lib/base/status_macros.h"
#include "tls_lib/provider/crypto_library.h"

namespace keyhold::tls_internal {

absl::StatusOr<X509Ptr> ParseX509(absl::string_view der) {
  ASSIGN_OR_RETURN(OSSL_LIB_CTX * library, provider::CryptoLibrary());
  auto bytes = reinterpret_cast<const unsigned char*>(der.data());
  const unsigned char* end = bytes + der.size();
  X509* certificate = X509_new_ex(library, nullptr);
  X509Ptr owner(certificate);
  if (certificate == nullptr ||
      d2i_X509(&certificate, &bytes, static_cast<long>(der.size())) ==
          nullptr) {
    // d2i_X509 has freed what it was given.
    if (certificate == nullptr) owner.release();
    return OpensslError(absl::StatusCode::kInvalidArgument,
                        "OpenSSL does not take a certificate");
  }
  if (bytes != end) {
    return absl::InvalidArgumentError("bytes after the end of a certificate");
  }
  return owner;
}

absl::StatusOr<std::shared_ptr<const ParsedChain>> ParseChain(
    const CertifiedKey& key) {
  ASSIGN_OR_RETURN(OSSL_LIB_CTX * library, provider::CryptoLibrary());
  auto chain = std::make_shared<ParsedChain>();
  chain->intermediates.reset(sk_X509_new_null());
  for (const std::string& der : key.chain_der()) {
    ASSIGN_OR_RETURN(X509Ptr certificate, ParseX509(der));
    if (chain->leaf == nullptr) {
      chain->leaf = std::move(certificate);
    } else if (sk_X509_push(chain->intermediates.get(), certificate.get()) >
               0) {
      certificate.release();
    } else {
      return OpensslError(absl::StatusCode::kInternal, "certificate chain");
    }
  }
  ASSIGN_OR_RETURN(chain->public_half, provider::PublicHalf::Create(
                                           key.key().public_key(), library));
  return chain;
}

absl::StatusOr<std::shared_ptr<const ParsedChain>> ParsedChainCache::Get(
    const std::shared_ptr<const CertifiedKey>& key) {
  if (std::shared_ptr<const ParsedChain> found = Find(key)) return found;
  // Two threads may both parse: the second result replaces an equal first.
  ASSIGN_OR_RETURN(std::shared_ptr<const ParsedChain> chain, ParseChain(*key));
  absl::MutexLock lock(&mutex_);
  entries_[key.get()] = {key, chain};
  if (entries_.size() >= sweep_at_) DropDead();
  return chain;
}

size_t ParsedChainCache::size() const {
  absl::ReaderMutexLock lock(&mutex_);
  return entries_.size();
}

std::shared_ptr<const ParsedChain> ParsedChainCache::Find(
    const std::shared_ptr<const CertifiedKey>& key) const {
  absl::ReaderMutexLock lock(&mutex_);
  auto it = entries_.find(key.get());
  if (it == entries_.end() || it->second.key.expired()) return nullptr;
  return it->second.chain;
}

void ParsedChainCache::DropDead() {
  absl::erase_if(entries_,
                 [](const auto& item) { return item.second.key.expired(); });
  sweep_at_ = std::max<size_t>(16, 2 * entries_.size());
}

}  // namespace keyhold::tls_internal
