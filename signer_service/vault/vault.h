// Holds private keys and signs. Behind this interface a vault may be in the
// same process, a process of its own, or an HSM.
#ifndef KEYHOLD_SIGNER_SERVICE_VAULT_VAULT_H_
#define KEYHOLD_SIGNER_SERVICE_VAULT_VAULT_H_

#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "keyhold/signer/v1/sign.pb.h"
#include "signer_service/core/hop_context.h"
#include "signer_service/core/usage_set.h"
#include "tls_lib/base/unique_fd.h"
#include "tls_lib/core/key_type.h"
#include "tls_lib/core/public_key.h"
#include "tls_lib/core/signature_scheme.h"

namespace keyhold {

// One key file, opened by whoever may open it.
struct KeyFile {
  std::string id;
  std::string label;
  // For messages only.
  std::string path;
  // Open for reading. Read once and closed. None if the file could not be
  // opened: refused, so that the last good key stays.
  UniqueFd fd;
  // What any rule allows for this key: the vault refuses all else, whatever
  // the front says.
  UsageSet usage_ceiling;
  // DER SubjectPublicKeyInfo of the certificate beside the file, if there is
  // one: a key that differs is refused.
  std::optional<std::string> expected_spki;
  // What the operator's settings leave of the key's schemes: a key that can
  // make none of them is refused. Empty: any.
  std::vector<SignatureScheme> schemes;
};

// What became of one KeyFile.
struct KeyFileOutcome {
  // Why the file was refused; OK if it was taken. Says what to do; names the
  // path; holds no key bytes.
  absl::Status status;
  // What is served under the file's id and label now: the new key, or the
  // last good one if the file was refused. Null if there is none.
  std::optional<PublicKey> serving;
};

// One signature to make. The front has authorised it; the vault checks again
// what does not depend on the identity.
struct SignJob {
  // `scheme` is set; `offered_schemes` is not used here.
  signer::v1::SignRequest request;
  HopContext hop;
  // Null, or set once nobody waits for the signature any more.
  std::shared_ptr<const std::atomic<bool>> cancelled;
};

// What became of one job.
struct JobResult {
  // Its place in the batch.
  size_t job;
  // Of what the vault builds (certificate requests, self-signed certificates)
  // the whole object.
  absl::StatusOr<std::string> signature;
};

// Thread-safe.
class Vault {
 public:
  // The most signatures of expensive keys in one call of OnResults.
  static constexpr size_t kMaxSlowResults = 8;

  // Called from any thread, also from several at once; each job of the batch
  // is in exactly one call, and no call is empty.
  using OnResults = absl::AnyInvocable<void(std::vector<JobResult>) const>;

  virtual ~Vault() = default;

  // Makes `files` the whole set of keys, in one swap: a signature is made
  // wholly before or wholly after it. Keys that are in no file are gone. A
  // refused file leaves the last good key of its id and label in place, under
  // the file's own usage ceiling. Two files with one id and label, or with one
  // public key: the second is refused (AlreadyExists). A load that does not
  // fit in the secure heap is refused (ResourceExhausted); signing goes on.
  //
  // One outcome for each file, in order. Blocks while it reads.
  virtual std::vector<KeyFileOutcome> ReplaceKeys(
      std::vector<KeyFile> files) = 0;

  // Makes the signatures. Every job is answered, and on its own: cheap ones
  // perhaps before Sign returns, others when it is their turn; what they do
  // not have in common is an order. Never blocks for long. Whatever
  // `on_results` refers to must live until all are answered; it must not
  // block, and may call Sign.
  //
  // Cheap signatures never wait for expensive ones (RSA, and whatever else
  // takes as long). Those wait in a queue, where identities take turns, and
  // are checked again when their turn comes: what has been cancelled, is too
  // late, or has lost its key by then is not signed.
  //
  // NotFound: no such key. PermissionDenied: outside the usage ceiling.
  // InvalidArgument: the input or the scheme does not fit. DeadlineExceeded:
  // its time had passed, not signed. Cancelled: likewise. ResourceExhausted:
  // the queue is full, or the identity's part of it. Unavailable: the vault
  // has ended meanwhile. DataLoss: the signature failed its
  // check twice and is not released; the key answers so until its file is
  // read again. Internal: signing failed. Each with its ErrorReason.
  virtual void Sign(std::vector<SignJob> jobs, OnResults on_results) = 0;

  // What signs with keys of this type just now, for operators: "openssl",
  // "nettle-p384" … An engine that fails a check is switched off, so ask each
  // time.
  virtual std::string EngineName(KeyType type) const = 0;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_VAULT_VAULT_H_
