// What the record of a signature has of what was signed.
#ifndef KEYHOLD_SIGNER_SERVICE_AUDIT_SIGNED_INPUT_HASH_H_
#define KEYHOLD_SIGNER_SERVICE_AUDIT_SIGNED_INPUT_HASH_H_

#include <array>
#include <cstdint>

#include "absl/strings/string_view.h"
#include "keyhold/signer/v1/sign.pb.h"
#include "signer_service/audit/audit_record.h"

namespace keyhold {

// Of a TLS 1.3 form the transcript hash and of a digest the digest, as they
// came; of the TLS 1.2 forms and of a message SHA-256 of the whole content.
// kNone for what the service builds by itself. Whether the input is well-formed
// is for others to check; one that is not has some hash too.
//
// May point into the request, which must outlive this.
class SignedInputHash {
 public:
  explicit SignedInputHash(const signer::v1::SignRequest& request);
  SignedInputHash(const SignedInputHash&) = delete;
  SignedInputHash& operator=(const SignedInputHash&) = delete;

  AuditRecord::Input kind() const { return kind_; }
  absl::string_view hash() const { return hash_; }

 private:
  void HashContent(absl::string_view content);

  AuditRecord::Input kind_ = AuditRecord::Input::kNone;
  absl::string_view hash_;
  std::array<uint8_t, 32> own_;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_AUDIT_SIGNED_INPUT_HASH_H_
