#include "cli/doctor/agent_check.h"

#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "openssl/rand.h"
#include "tls_lib/agent/client/agent_client.h"
#include "tls_lib/agent/client/agent_connection.h"
#include "tls_lib/base/openssl_error.h"
#include "tls_lib/base/status_macros.h"
#include "tls_lib/core/error_reason.h"
#include "tls_lib/core/signed_content.h"

namespace keyhold {
namespace {

constexpr size_t kHashBytes = 32;

std::string WhoAmI() {
  return absl::StrCat("uid ", geteuid(), ", gid ", getegid());
}

// Whether the socket's own permissions keep this user away.
bool IsKeptOut(const agent::AgentAddress& address) {
  return address.text()[0] == '/' &&
         access(address.text().c_str(), R_OK | W_OK) != 0 && errno == EACCES;
}

Finding AgentFault(const agent::KeyFile& file, const absl::Status& status) {
  const std::string what(status.message());
  if (status.code() == absl::StatusCode::kUnavailable) {
    return Fault("agent", what,
                 "start it (systemctl start keyhold-agent) and read its log; "
                 "if it listens elsewhere, write the key file anew with "
                 "--agent");
  }
  if (IsKeptOut(file.agent.address)) {
    return Fault(
        "agent", what,
        absl::StrCat("add the server's user to the group that owns ",
                     file.agent.address.text(),
                     " (keyhold), and restart the server; this ran as ",
                     WhoAmI()));
  }
  return Fault("agent", what,
               "find out who listens there (ss -xlp) and stop him; if it is "
               "the agent, write the key file anew with --agent-uid and the "
               "user that it runs as");
}

std::string AdviceFor(const absl::Status& status) {
  switch (GetReason(status).value_or(ErrorReason::kSigningFailed)) {
    case ErrorReason::kNoClientIdentity:
    case ErrorReason::kLocalCallerNotAllowed:
      return absl::StrCat(
          "add this user (", WhoAmI(),
          ") and the key to a rule of agent.yaml, and reload the agent");
    case ErrorReason::kKeyNotFound:
      return "compare the certificate with `keyhold keys list`, and give the "
             "agent's identity a rule for the key in signer.yaml";
    case ErrorReason::kUsageNotAllowed:
    case ErrorReason::kSchemeNotAllowed:
    case ErrorReason::kServerNameNotAllowed:
      return "widen the rule for the agent's identity in signer.yaml";
    case ErrorReason::kTooManyInFlight:
    case ErrorReason::kRateLimited:
      return "try again when there is less load, or raise the limit";
    default:
      break;
  }
  switch (status.code()) {
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
      return "is the signer running, and reachable from here? Read the agent's "
             "log, and look at signer.endpoints and the certificates in "
             "agent.yaml";
    case absl::StatusCode::kUnauthenticated:
      return "renew the agent's certificate: the signer does not know it";
    default:
      return "read the logs of the agent and the signer";
  }
}

std::optional<SignatureScheme> Tls13SchemeOf(const PublicKey& key) {
  for (const SignatureScheme scheme : key.DefaultPreferences()) {
    if (key.CanMake(scheme, TlsVersion::kTls13)) return scheme;
  }
  return std::nullopt;
}

absl::StatusOr<std::string> RandomHash() {
  std::string hash(kHashBytes, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(hash.data()),
                 static_cast<int>(hash.size())) != 1) {
    return OpensslError(absl::StatusCode::kInternal, "no random bytes");
  }
  return hash;
}

struct Trial {
  agent::AgentClient& client;
  const PublicKey& key;
  SignatureScheme scheme;
  absl::Duration at_most;
};

absl::Status SignOnce(const Trial& trial, Role role) {
  ASSIGN_OR_RETURN(const std::string hash, RandomHash());
  const Tls13SignedContent content = {role, hash};
  agent::PollWait wait;
  ASSIGN_OR_RETURN(
      const std::string signature,
      trial.client.Sign(trial.key.spki_sha256(), trial.scheme, content, wait,
                        agent::SteadyClock::now() +
                            absl::ToChronoMilliseconds(trial.at_most)));
  ASSIGN_OR_RETURN(const std::string message,
                   AssembleTls13CertificateVerify(content));
  return trial.key.Verify(trial.scheme, message, signature);
}

// As a client only if the key is none of a server's.
absl::Status SignInEitherRole(const Trial& trial, Role& role) {
  role = Role::kServer;
  const absl::Status status = SignOnce(trial, role);
  if (GetReason(status) != ErrorReason::kUsageNotAllowed) return status;
  const absl::Status as_client = SignOnce(trial, Role::kClient);
  if (!as_client.ok()) return status;
  role = Role::kClient;
  return as_client;
}

Finding TrialSignature(const agent::KeyFile& file, absl::Duration at_most) {
  const std::optional<SignatureScheme> scheme = Tls13SchemeOf(file.key);
  absl::StatusOr<std::unique_ptr<agent::AgentClient>> client =
      agent::AgentClient::Create(file.agent);
  if (!client.ok() || !scheme.has_value()) {
    return Unknown("signature", "could not be tried");
  }
  const absl::Time begin = absl::Now();
  Role role = Role::kServer;
  const absl::Status status =
      SignInEitherRole({**client, file.key, *scheme, at_most}, role);
  if (status.ok()) {
    return Good(
        "signature",
        absl::StrCat("a trial signature (TLS 1.3, ",
                     role == Role::kServer ? "server, " : "client, ",
                     SchemeName(*scheme), ") by key ", file.key_id,
                     " verifies; it took ",
                     absl::FormatDuration(absl::Trunc(
                         absl::Now() - begin, absl::Microseconds(10)))));
  }
  if (status.code() == absl::StatusCode::kInvalidArgument &&
      !GetReason(status).has_value()) {
    return Fault("signature",
                 absl::StrCat("the signature does not verify with the key "
                              "file's public key: ",
                              status.message()),
                 "take this signer out of service and read its log");
  }
  return Fault("signature", std::string(status.message()), AdviceFor(status));
}

}  // namespace

std::vector<Finding> CheckAgent(const agent::KeyFile& file,
                                absl::Duration at_most) {
  const auto connection = agent::AgentConnection::Open(file.agent);
  if (!connection.ok()) {
    return {AgentFault(file, connection.status()),
            Unknown("signature", "not tried, since there is no agent")};
  }
  return {Good("agent", absl::StrCat(file.agent.address.text(),
                                     ": answers, and runs as a user that the "
                                     "key file trusts")),
          TrialSignature(file, at_most)};
}

}  // namespace keyhold
