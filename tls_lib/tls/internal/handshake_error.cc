#include "tls_lib/tls/internal/handshake_error.h"

#include <utility>
#include <vector>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "openssl/err.h"
#include "tls_lib/base/openssl_error.h"
#include "tls_lib/tls/unexpected_eof.h"

namespace keyhold::tls_internal {
namespace {

// libssl's own texts lack some and differ from the standards' names.
constexpr std::pair<int, absl::string_view> kAlerts[] = {
    {0, "close_notify"},
    {10, "unexpected_message"},
    {20, "bad_record_mac"},
    {22, "record_overflow"},
    {30, "decompression_failure"},
    {40, "handshake_failure"},
    {42, "bad_certificate"},
    {43, "unsupported_certificate"},
    {44, "certificate_revoked"},
    {45, "certificate_expired"},
    {46, "certificate_unknown"},
    {47, "illegal_parameter"},
    {48, "unknown_ca"},
    {49, "access_denied"},
    {50, "decode_error"},
    {51, "decrypt_error"},
    {60, "export_restriction"},
    {70, "protocol_version"},
    {71, "insufficient_security"},
    {80, "internal_error"},
    {86, "inappropriate_fallback"},
    {90, "user_canceled"},
    {100, "no_renegotiation"},
    {109, "missing_extension"},
    {110, "unsupported_extension"},
    {111, "certificate_unobtainable"},
    {112, "unrecognized_name"},
    {113, "bad_certificate_status_response"},
    {115, "unknown_psk_identity"},
    {116, "certificate_required"},
    {120, "no_application_protocol"},
};

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
  for (const auto& [value, name] : kAlerts) {
    if (value == alert) return std::string(name);
  }
  return absl::StrCat("number ", alert);
}

}  // namespace keyhold::tls_internal
