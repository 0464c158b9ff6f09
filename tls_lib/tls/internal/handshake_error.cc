#include "tls_lib/tls/internal/handshake_error.h"

#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "openssl/err.h"
#include "tls_lib/base/openssl_error.h"
#include "tls_lib/tls/unexpected_eof.h"

namespace keyhold::tls_internal {
namespace {

absl::Status PeerAlertError(int alert, const ConnectionState& state) {
  std::string text = absl::StrCat("the peer sent the alert ", AlertName(alert));
  if (!state.withheld.ok()) {
    absl::StrAppend(&text, " (no client certificate was sent to it: ",
                    state.withheld.message(), ")");
  }
  return absl::AbortedError(text);
}

absl::Status ClosedInHandshakeError() {
  return absl::UnavailableError(
      "the peer closed the connection during the TLS handshake");
}

absl::Status VerificationError(const ConnectionState& state) {
  return absl::UnauthenticatedError(state.verify_problem);
}

absl::Status NoClientCertificateError() {
  return absl::UnauthenticatedError(
      "the client sent no certificate, and one is required");
}

absl::Status ProtocolError(Phase phase, int reason) {
  const char* words = ERR_reason_error_string(ERR_PACK(ERR_LIB_SSL, 0, reason));
  return absl::InvalidArgumentError(absl::StrCat(
      phase == Phase::kHandshake ? "no TLS handshake with this peer: "
                                 : "the peer broke the TLS protocol: ",
      words == nullptr ? absl::StrCat("libssl's reason ", reason) : words));
}

// tls_lib keeps kDataLoss for the unexpected EOF.
absl::Status WithoutDataLoss(const absl::Status& status) {
  if (!absl::IsDataLoss(status)) return status;
  absl::Status internal = absl::InternalError(status.message());
  status.ForEachPayload([&](absl::string_view url, const absl::Cord& payload) {
    internal.SetPayload(url, payload);
  });
  return internal;
}

// libssl's own reasons in the thread's queue, oldest first. Those common to
// all of OpenSSL (out of memory, "internal error") are left out. `all` gets the
// whole queue as text.
std::vector<int> TakeSslReasons(std::string* all) {
  std::vector<int> reasons;
  while (unsigned long code = ERR_get_error()) {  // NOLINT: OpenSSL's type
    if (ERR_GET_LIB(code) == ERR_LIB_SSL && !ERR_COMMON_ERROR(code)) {
      reasons.push_back(ERR_GET_REASON(code));
    }
    char text[256];
    ERR_error_string_n(code, text, sizeof(text));
    absl::StrAppend(all, all->empty() ? "" : "; ", text);
  }
  return reasons;
}

absl::Status StatusOf(int reason, Phase phase, const ConnectionState& state) {
  if (reason >= SSL_AD_REASON_OFFSET && reason < SSL_AD_REASON_OFFSET + 256) {
    return PeerAlertError(reason - SSL_AD_REASON_OFFSET, state);
  }
  switch (reason) {
    case SSL_R_UNEXPECTED_EOF_WHILE_READING:
      return phase == Phase::kHandshake ? ClosedInHandshakeError()
                                        : UnexpectedEofError();
    case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
      return NoClientCertificateError();
    default:
      return ProtocolError(phase, reason);
  }
}

}  // namespace

absl::Status HandshakeError(Phase phase, const ConnectionState& state) {
  std::string all;
  std::vector<int> reasons = TakeSslReasons(&all);
  if (!state.error.ok()) return WithoutDataLoss(state.error);
  if (!state.verify_problem.empty()) return VerificationError(state);
  if (!reasons.empty()) return StatusOf(reasons.front(), phase, state);
  if (all.empty()) {
    return phase == Phase::kHandshake ? ClosedInHandshakeError()
                                      : UnexpectedEofError();
  }
  return absl::InternalError(absl::StrCat("OpenSSL failed: ", all));
}

std::string AlertName(int alert) {
  const char* words = SSL_alert_desc_string_long(alert);
  if (words == nullptr || absl::string_view(words) == "unknown") {
    return absl::StrCat("alert ", alert);
  }
  return absl::StrReplaceAll(absl::AsciiStrToLower(words), {{" ", "_"}});
}

}  // namespace keyhold::tls_internal
