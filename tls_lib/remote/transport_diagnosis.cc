#include "tls_lib/remote/transport_diagnosis.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tls_lib/remote/server_certificate_probe.h"
#include "tls_lib/remote/tls_file_check.h"

namespace keyhold {
namespace {

constexpr absl::Duration kExamineEvery = absl::Seconds(10);
constexpr absl::Duration kExamineFor = absl::Seconds(1);
constexpr absl::Duration kReadEvery = absl::Milliseconds(100);

// What gRPC 1.51 says.
bool ServerWasRefused(absl::string_view grpc_message) {
  return absl::StrContains(grpc_message, "certificate verify failed");
}

// In TLS 1.3 the client has finished before the server looks at its
// certificate, so a refusal looks like this.
bool WasClosedAtOnce(absl::string_view grpc_message) {
  return absl::StrContains(grpc_message, "failed to connect") &&
         (absl::StrContains(grpc_message, "Socket closed") ||
          absl::StrContains(grpc_message, "Connection reset"));
}

}  // namespace

void TransportDiagnosis::Examine(absl::string_view grpc_message,
                                 absl::Time deadline) {
  if (!ServerWasRefused(grpc_message)) return;
  const absl::Time now = absl::Now();
  {
    absl::MutexLock lock(&mutex_);
    if (now < examined_ + kExamineEvery) return;
    examined_ = now;
  }
  std::string fault = ProbeServerCertificate(
      endpoint_, files_, std::min(deadline, now + kExamineFor));
  absl::MutexLock lock(&mutex_);
  fault_ = std::move(fault);
}

absl::Status TransportDiagnosis::OwnFiles() const {
  const absl::Time now = absl::Now();
  absl::MutexLock lock(&mutex_);
  if (now >= own_read_ + kReadEvery) {
    own_ = CheckTlsFiles(files_, now);
    own_read_ = now;
  }
  return own_;
}

std::string TransportDiagnosis::Explain(absl::string_view grpc_message) const {
  const absl::Status own = OwnFiles();
  if (!own.ok()) return std::string(own.message());
  if (ServerWasRefused(grpc_message)) {
    absl::MutexLock lock(&mutex_);
    return fault_.empty() ? "" : absl::StrCat("at the service, ", fault_);
  }
  if (!WasClosedAtOnce(grpc_message)) return "";
  return absl::StrCat(
      "the service closed the connection: it may not trust this client's "
      "certificate, ",
      files_.certificate_file);
}

}  // namespace keyhold
