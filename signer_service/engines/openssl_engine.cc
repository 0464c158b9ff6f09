#include "signer_service/engines/openssl_engine.h"

namespace keyhold {

EngineResults OpensslEngine::Sign(absl::Span<const EngineItem> items) const {
  EngineResults results;
  results.reserve(items.size());
  for (const EngineItem& item : items) results.push_back(SignOne(item));
  return results;
}

absl::StatusOr<std::string> OpensslEngine::SignOne(const EngineItem& item) {
  const PrivateKey& key = item.key->private_key();
  if (item.scheme->hash == HashAlgorithm::kNone) {
    return key.Sign(item.scheme->scheme, item.input);
  }
  return key.SignDigest(item.scheme->scheme, item.input);
}

}  // namespace keyhold
