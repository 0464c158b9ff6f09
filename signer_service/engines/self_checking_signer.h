// Signs with the engine of each key, and releases no signature that fails a
// check.
#ifndef KEYHOLD_SIGNER_SERVICE_ENGINES_SELF_CHECKING_SIGNER_H_
#define KEYHOLD_SIGNER_SERVICE_ENGINES_SELF_CHECKING_SIGNER_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "signer_service/engines/batch_signing_engine.h"
#include "signer_service/engines/engine_key.h"
#include "signer_service/engines/engine_table.h"
#include "signer_service/engines/verify_after_sign.h"
#include "tls_lib/core/key_type.h"
#include "tls_lib/core/signature_scheme.h"

namespace keyhold {

// One signature to make. The key and the bytes outlive the call.
struct SigningItem {
  const EngineKey* key;
  SignatureScheme scheme;
  // Whether `bytes` is a digest by the scheme's hash, or the message itself.
  bool is_digest;
  absl::string_view bytes;
};

// A signature that failed a check, its engine's own or its verification.
struct FailedCheck {
  // Valid as long as the signer.
  absl::string_view engine;
  // The key's name; valid during the call.
  absl::string_view spki_sha256;
  // Whether OpenSSL made a good signature after that.
  bool recovered;
  // Whether the engine is off from now on, by this failure.
  bool engine_switched_off;
};

struct EngineState {
  absl::string_view name;
  // False once a signature of it failed a check: from then on OpenSSL serves
  // its keys, until the process ends.
  bool on;
  // Signatures that failed a check.
  uint64_t failed_checks;
};

struct SelfCheckingSignerOptions {
  VerifyAfterSign verify_after_sign = VerifyAfterSign::kRsa;
  // Called on the signing thread; must not block. May be empty.
  std::function<void(const FailedCheck&)> on_failed_check;
};

// Thread-safe. Signs on the calling thread. One object serves the process:
// what it knows of faulty engines is lost with it.
class SelfCheckingSigner {
 public:
  explicit SelfCheckingSigner(SelfCheckingSignerOptions options = {},
                              EngineTable engines = EngineTable::Default());

  // One result for each item, in order; a failed item does not touch the
  // others. Items may have different keys, types and schemes.
  //
  // A signature that fails a check is thrown away, and made again and
  // verified by OpenSSL alone; the engine that made it is switched off. If
  // that one fails too: DataLoss, reason kSignatureCheckFailed, and the key or
  // the machine is damaged. An engine that fails otherwise stays on, and
  // OpenSSL signs in its place.
  //
  // InvalidArgument: the key cannot make the scheme (reason
  // kSchemeDoesNotFitKey), a digest of the wrong size, or one for EdDSA.
  // ResourceExhausted: the secure heap is full. Internal: OpenSSL fails
  // otherwise.
  EngineResults Sign(absl::Span<const SigningItem> items) const;

  // The engine that signs with such a key now.
  absl::string_view EngineName(KeyType type) const;
  // Whether that engine is another one than OpenSSL.
  bool HasFastEngine(KeyType type) const { return !EngineFor(type).is_openssl; }
  // OpenSSL is never off.
  std::vector<EngineState> engines() const;

 private:
  struct Engine {
    const BatchSigningEngine* engine;
    bool is_openssl;
    std::atomic<bool> on{true};
    std::atomic<uint64_t> failed_checks{0};
  };

  Engine& EngineFor(KeyType type) const;
  bool MustVerify(const EngineItem& item) const;
  // What becomes of an engine's result.
  absl::StatusOr<std::string> Release(const EngineItem& item, Engine& engine,
                                      absl::StatusOr<std::string> made) const;
  absl::StatusOr<std::string> SignAgain(const EngineItem& item,
                                        Engine& engine) const;
  absl::StatusOr<std::string> SignByOpenssl(const EngineItem& item) const;

  const SelfCheckingSignerOptions options_;
  const EngineTable table_;
  // By the engines' numbers in the table.
  const std::unique_ptr<Engine[]> engines_;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_ENGINES_SELF_CHECKING_SIGNER_H_
