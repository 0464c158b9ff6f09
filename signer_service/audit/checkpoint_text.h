// What the signature of a checkpoint is over.
#ifndef KEYHOLD_SIGNER_SERVICE_AUDIT_CHECKPOINT_TEXT_H_
#define KEYHOLD_SIGNER_SERVICE_AUDIT_CHECKPOINT_TEXT_H_

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "signer_service/audit/hash_chain.h"

namespace keyhold {

constexpr absl::string_view kCheckpointEvent = "checkpoint";

// `head` is that of the record before the checkpoint.
inline std::string CheckpointText(absl::string_view log,
                                  const AuditHead& head) {
  return absl::StrCat("keyhold audit checkpoint\n", log, "\n", head.ToString(),
                      "\n");
}

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_AUDIT_CHECKPOINT_TEXT_H_
