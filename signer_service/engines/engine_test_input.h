// Items for tests and benchmarks of engines: test keys, and what they sign.
#ifndef KEYHOLD_SIGNER_SERVICE_ENGINES_ENGINE_TEST_INPUT_H_
#define KEYHOLD_SIGNER_SERVICE_ENGINES_ENGINE_TEST_INPUT_H_

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "signer_service/engines/batch_signing_engine.h"
#include "signer_service/engines/engine_key.h"
#include "tls_lib/core/signature_scheme.h"
#include "tls_lib/local/test_keys.h"

namespace keyhold {

// The key that TestKeyPem gives, ready for its engine.
std::unique_ptr<const EngineKey> MakeEngineKey(TestKeyKind kind, int index = 0);

// A key with this secret: the private number of P-256 or P-384, big-endian, 32
// or 48 bytes, or the private key of Ed25519. No copy of it is left behind.
std::unique_ptr<const EngineKey> MakeEngineKeyFromSecret(
    TestKeyKind kind, absl::string_view secret);

// Items and what they point to. Not thread-safe; the spans die with it.
class EngineTestBatch {
 public:
  // Adds `message`, or its digest if the scheme has a hash. `key` outlives
  // this object.
  void Add(const EngineKey& key, SignatureScheme scheme,
           absl::string_view message);
  // Adds `count` items with the same key, its preferred scheme, and messages
  // that all differ.
  void AddMany(const EngineKey& key, size_t count);

  absl::Span<const EngineItem> items() const { return items_; }

  // OK if `signature` is the one of items()[index], as OpenSSL sees it.
  absl::Status Verify(size_t index, absl::string_view signature) const;

 private:
  std::deque<std::string> inputs_;
  std::vector<EngineItem> items_;
};

// OK if `signature` is the one of `item`, as OpenSSL sees it.
absl::Status VerifyItem(const EngineItem& item, absl::string_view signature);

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_ENGINES_ENGINE_TEST_INPUT_H_
