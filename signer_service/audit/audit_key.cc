#include "signer_service/audit/audit_key.h"

#include "absl/strings/str_cat.h"
#include "signer_service/audit/checkpoint_text.h"
#include "signer_service/audit/record_text.h"
#include "tls_lib/base/status_macros.h"

namespace keyhold {

absl::StatusOr<AuditKey> AuditKey::Parse(const SecretBytes& encoded) {
  ASSIGN_OR_RETURN(PrivateKey key, PrivateKey::Parse(encoded));
  if (key.public_key().type() != KeyType::kEd25519) {
    return absl::InvalidArgumentError(
        "the audit key is not an Ed25519 key; make one with `keyhold audit "
        "init-key`");
  }
  return AuditKey(std::move(key));
}

absl::Status AuditKey::AppendCheckpointBody(absl::string_view log,
                                            const AuditHead& head,
                                            absl::Time time,
                                            std::string& out) const {
  ASSIGN_OR_RETURN(
      const std::string signature,
      key_.Sign(SignatureScheme::kEd25519, CheckpointText(log, head)));
  AppendAuditTime(out, "time", time);
  AppendAuditText(out, "event", kCheckpointEvent);
  AppendAuditText(out, "log", log);
  AppendAuditHex(out, "audit_key", public_key().spki_sha256());
  AppendAuditHex(out, "signature", signature);
  return absl::OkStatus();
}

}  // namespace keyhold
