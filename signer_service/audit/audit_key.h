// The key that signs an audit log's checkpoints.
#ifndef KEYHOLD_SIGNER_SERVICE_AUDIT_AUDIT_KEY_H_
#define KEYHOLD_SIGNER_SERVICE_AUDIT_AUDIT_KEY_H_

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "signer_service/audit/hash_chain.h"
#include "tls_lib/base/secret_bytes.h"
#include "tls_lib/core/public_key.h"
#include "tls_lib/local/private_key.h"

namespace keyhold {

// An Ed25519 key that signs nothing else. Whoever has it can write a log anew;
// whoever has its public half (`keyhold audit init-key` writes it) can check
// one.
//
// Thread-safe; movable.
class AuditKey {
 public:
  // PKCS#8. InvalidArgument: not a key, or one of another type.
  static absl::StatusOr<AuditKey> Parse(const SecretBytes& encoded);

  const PublicKey& public_key() const { return key_.public_key(); }

  // Appends the body of a checkpoint of the log named `log` up to `head`.
  // Errors as PrivateKey::Sign.
  absl::Status AppendCheckpointBody(absl::string_view log,
                                    const AuditHead& head, absl::Time time,
                                    std::string& out) const;

 private:
  explicit AuditKey(PrivateKey key) : key_(std::move(key)) {}

  PrivateKey key_;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_AUDIT_AUDIT_KEY_H_
