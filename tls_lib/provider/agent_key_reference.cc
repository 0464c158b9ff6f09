#include "tls_lib/provider/agent_key_reference.h"

#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "openssl/async.h"
#include "tls_lib/base/status_macros.h"
#include "tls_lib/core/error_reason.h"
#include "tls_lib/core/signature_form.h"
#include "tls_lib/provider/agent_clients.h"
#include "tls_lib/provider/async_job_wait.h"
#include "tls_lib/provider/module_library.h"

namespace keyhold::provider {
namespace {

bool IsOfTls(const ContentToSign& input) {
  return !std::holds_alternative<DigestToSign>(input) &&
         !std::holds_alternative<MessageToSign>(input);
}

// What to do instead, if what was refused is no handshake's.
std::string Advice(const absl::Status& status, const ContentToSign& input,
                   absl::string_view key_id) {
  if (GetReason(status) != ErrorReason::kUsageNotAllowed || IsOfTls(input)) {
    return "";
  }
  return absl::StrCat(
      "; this key signs TLS handshakes: for a certificate request, use "
      "keyhold csr ",
      key_id,
      "; for other data, the signer's policy must allow digests or messages");
}

absl::Status KeyError(absl::string_view key_id, const absl::Status& status,
                      absl::string_view advice) {
  return absl::Status(status.code(), absl::StrCat("key ", key_id, ": ",
                                                  status.message(), advice));
}

}  // namespace

absl::StatusOr<std::shared_ptr<AgentKeyReference>> AgentKeyReference::Create(
    agent::KeyFile file, const ModuleSettings& settings) {
  ASSIGN_OR_RETURN(OSSL_LIB_CTX * library, ModuleLibrary());
  ASSIGN_OR_RETURN(std::shared_ptr<const PublicHalf> half,
                   PublicHalf::Create(std::move(file.key), library));
  ASSIGN_OR_RETURN(
      agent::AgentClient * client,
      FindAgentClient(settings.agent.value_or(std::move(file.agent))));
  return std::shared_ptr<AgentKeyReference>(new AgentKeyReference(
      std::move(file.key_id), std::move(half), client, settings.timeout));
}

AgentKeyReference::AgentKeyReference(
    std::string key_id, std::shared_ptr<const PublicHalf> public_half,
    agent::AgentClient* client, std::chrono::milliseconds timeout)
    : key_id_(std::move(key_id)),
      public_half_(std::move(public_half)),
      client_(client),
      timeout_(timeout) {}

absl::StatusOr<std::string> AgentKeyReference::Sign(SignatureScheme scheme,
                                                    absl::string_view message) {
  const absl::StatusOr<ContentToSign> input = FormOf(scheme, message);
  if (!input.ok()) return KeyError(key_id_, input.status(), "");
  return Ask(scheme, *input);
}

absl::StatusOr<std::string> AgentKeyReference::SignDigest(
    SignatureScheme scheme, absl::string_view digest) {
  return Ask(scheme,
             DigestToSign{FindScheme(scheme)->hash, std::string(digest)});
}

absl::StatusOr<std::string> AgentKeyReference::Ask(
    SignatureScheme scheme, const ContentToSign& input) const {
  const PublicKey& key = public_half_->key();
  const agent::SteadyTime deadline = agent::SteadyClock::now() + timeout_;
  ASYNC_JOB* job = ASYNC_get_current_job();
  AsyncJobWait pausing(job);
  agent::PollWait blocking;
  agent::Wait& wait = job != nullptr ? static_cast<agent::Wait&>(pausing)
                                     : static_cast<agent::Wait&>(blocking);
  absl::StatusOr<std::string> signature =
      client_->Sign(key.spki_sha256(), scheme, input, wait, deadline);
  absl::Status status = signature.status();
  if (status.ok()) status = CheckSignatureForm(key, *signature);
  if (status.ok()) return signature;
  return KeyError(key_id_, status, Advice(status, input, key_id_));
}

}  // namespace keyhold::provider
