#include "signer_service/front/request_check.h"

#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/repeated_field.h"
#include "signer_service/policy/patterns.h"
#include "tls_lib/base/status_macros.h"
#include "tls_lib/core/error_reason.h"
#include "tls_lib/core/signature_scheme.h"
#include "tls_lib/core/signed_content.h"

namespace keyhold {
namespace {

using signer::v1::SignRequest;

constexpr size_t kSpkiSha256Bytes = 32;
constexpr size_t kRequestIdBytes = 16;
constexpr size_t kRandomBytes = 32;
constexpr size_t kMaxPublicPointBytes = 133;
constexpr size_t kMaxKeyIdBytes = 255;
constexpr int kMaxDnsNames = 100;

absl::Status InvalidFieldError(absl::string_view field,
                               absl::string_view what) {
  return WithReason(absl::InvalidArgumentError(absl::StrCat(field, ": ", what)),
                    ErrorReason::kInvalidRequest);
}

absl::Status WrongSizeError(absl::string_view field, absl::string_view expected,
                            size_t got) {
  return InvalidFieldError(
      field, absl::StrCat("expected ", expected, " bytes, got ", got));
}

absl::Status TooManyBytesError(absl::string_view field, size_t most,
                               size_t got) {
  return WithReason(
      absl::ResourceExhaustedError(absl::StrCat(
          field, ": at most ", most, " bytes are accepted, got ", got)),
      ErrorReason::kFrameTooLarge);
}

absl::Status InputNotAcceptedError(absl::string_view field) {
  return WithReason(absl::InvalidArgumentError(absl::StrCat(
                        field,
                        ": this version of the service does not build it; see "
                        "accepted_usages in the stream's first frame")),
                    ErrorReason::kInputNotAccepted);
}

absl::Status CheckRole(absl::string_view field, signer::v1::Role role) {
  if (role == signer::v1::ROLE_SERVER || role == signer::v1::ROLE_CLIENT) {
    return absl::OkStatus();
  }
  return InvalidFieldError(field, "required: ROLE_SERVER or ROLE_CLIENT");
}

absl::Status CheckSpkiSha256(absl::string_view field, absl::string_view value) {
  if (value.size() == kSpkiSha256Bytes) return absl::OkStatus();
  return InvalidFieldError(
      field, absl::StrCat("expected 32 bytes, the SHA-256 of the key's "
                          "SubjectPublicKeyInfo, got ",
                          value.size()));
}

absl::Status CheckServerName(absl::string_view field, absl::string_view name) {
  if (CheckDnsName(name).ok()) return absl::OkStatus();
  return InvalidFieldError(
      field,
      "expected a DNS name: at most 255 bytes, labels of 1 to 63 "
      "letters, digits, \"-\" and \"_\", no final dot");
}

absl::Status CheckOffered(absl::string_view field, int count) {
  if (count <= kMaxOfferedSchemes) return absl::OkStatus();
  return InvalidFieldError(field,
                           absl::StrCat("expected at most ", kMaxOfferedSchemes,
                                        " schemes, got ", count));
}

// 00-TRACEID-PARENTID-FLAGS in lower-case hexadecimal (W3C Trace Context
// §3.2).
bool IsTraceparent(absl::string_view text) {
  constexpr absl::string_view kForm =
      "hh-hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh-hhhhhhhhhhhhhhhh-hh";
  if (text.size() != kForm.size()) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool is_hex =
        absl::ascii_isdigit(text[i]) || (text[i] >= 'a' && text[i] <= 'f');
    if (kForm[i] == '-' ? text[i] != '-' : !is_hex) return false;
  }
  return true;
}

absl::Status CheckHash(absl::string_view field, const signer::v1::Digest& in) {
  size_t expected = 0;
  switch (in.hash()) {
    case signer::v1::HASH_SHA256:
      expected = 32;
      break;
    case signer::v1::HASH_SHA384:
      expected = 48;
      break;
    case signer::v1::HASH_SHA512:
      expected = 64;
      break;
    default:
      return InvalidFieldError(absl::StrCat(field, ".hash"),
                               "required: SHA-256, SHA-384 or SHA-512");
  }
  if (in.value().size() == expected) return absl::OkStatus();
  return WrongSizeError(absl::StrCat(field, ".value"), absl::StrCat(expected),
                        in.value().size());
}

absl::Status CheckServerKeyExchange(
    const signer::v1::Tls12ServerKeyExchange& in) {
  constexpr absl::string_view kField = "tls12_server_key_exchange";
  if (in.client_random().size() != kRandomBytes) {
    return WrongSizeError(absl::StrCat(kField, ".client_random"), "32",
                          in.client_random().size());
  }
  if (in.server_random().size() != kRandomBytes) {
    return WrongSizeError(absl::StrCat(kField, ".server_random"), "32",
                          in.server_random().size());
  }
  if (in.curve() == 0) {
    return InvalidFieldError(absl::StrCat(kField, ".curve"),
                             "required: 23, 24, 25, 29 or 30");
  }
  if (in.public_point().empty() ||
      in.public_point().size() > kMaxPublicPointBytes) {
    return WrongSizeError(absl::StrCat(kField, ".public_point"), "1 to 133",
                          in.public_point().size());
  }
  return absl::OkStatus();
}

absl::Status CheckTls13(const signer::v1::Tls13CertificateVerify& in) {
  RETURN_IF_ERROR(CheckRole("tls13_certificate_verify.role", in.role()));
  const size_t size = in.transcript_hash().size();
  if (size == 32 || size == 48) return absl::OkStatus();
  return WrongSizeError("tls13_certificate_verify.transcript_hash", "32 or 48",
                        size);
}

absl::Status CheckHandshake(const signer::v1::Tls12CertificateVerify& in) {
  constexpr absl::string_view kField =
      "tls12_certificate_verify.handshake_messages";
  const size_t size = in.handshake_messages().size();
  if (size == 0) return InvalidFieldError(kField, "required");
  if (size <= kMaxTls12HandshakeBytes) return absl::OkStatus();
  return TooManyBytesError(kField, kMaxTls12HandshakeBytes, size);
}

// What policy looks at; the vault looks at the rest.
absl::Status CheckDnsNames(
    absl::string_view field,
    const google::protobuf::RepeatedPtrField<std::string>& names) {
  if (names.size() > kMaxDnsNames) {
    return InvalidFieldError(
        field, absl::StrCat("expected at most ", kMaxDnsNames, " names, got ",
                            names.size()));
  }
  for (int i = 0; i < names.size(); ++i) {
    RETURN_IF_ERROR(
        CheckServerName(absl::StrCat(field, "[", i, "]"), names[i]));
  }
  return absl::OkStatus();
}

absl::Status CheckInput(const SignRequest& request, size_t max_message_bytes) {
  switch (request.input_case()) {
    case SignRequest::kTls13CertificateVerify:
      return CheckTls13(request.tls13_certificate_verify());
    case SignRequest::kTls12ServerKeyExchange:
      return CheckServerKeyExchange(request.tls12_server_key_exchange());
    case SignRequest::kTls12CertificateVerify:
      return CheckHandshake(request.tls12_certificate_verify());
    case SignRequest::kDigest:
      return CheckHash("digest", request.digest());
    case SignRequest::kMessage:
      if (request.message().size() <= max_message_bytes) {
        return absl::OkStatus();
      }
      return TooManyBytesError("message", max_message_bytes,
                               request.message().size());
    case SignRequest::kCsr:
      return CheckDnsNames("csr.dns_names", request.csr().dns_names());
    case SignRequest::kSelfSignedCertificate:
      return CheckDnsNames("self_signed_certificate.dns_names",
                           request.self_signed_certificate().dns_names());
    case SignRequest::kDelegatedCredential:
      return InputNotAcceptedError("delegated_credential");
    case SignRequest::INPUT_NOT_SET:
      return InvalidFieldError("input",
                               "required: what is to be signed, for example "
                               "tls13_certificate_verify");
  }
  return InputNotAcceptedError("input");
}

// A code point is stated, or offered ones are: one of the two.
absl::Status CheckSchemes(const SignRequest& request) {
  if (request.offered_schemes_size() > 0) {
    if (request.scheme() != 0) {
      return InvalidFieldError(
          "scheme", "expected either scheme or offered_schemes, got both");
    }
    return CheckOffered("offered_schemes", request.offered_schemes_size());
  }
  if (request.scheme() == 0) {
    return InvalidFieldError("scheme",
                             "required, unless offered_schemes is set");
  }
  if (request.scheme() <= UINT16_MAX &&
      FindScheme(static_cast<SignatureScheme>(request.scheme())) != nullptr) {
    return absl::OkStatus();
  }
  return InvalidFieldError(
      "scheme", absl::StrCat("unknown scheme 0x",
                             absl::Hex(request.scheme(), absl::kZeroPad4),
                             "; this service makes RSA-PKCS1, RSA-PSS, ECDSA "
                             "and EdDSA schemes of RFC 8446 §4.2.3"));
}

}  // namespace

absl::Status CheckSignRequest(const SignRequest& request,
                              size_t max_message_bytes) {
  RETURN_IF_ERROR(CheckSpkiSha256("spki_sha256", request.spki_sha256()));
  if (!request.request_id().empty() &&
      request.request_id().size() != kRequestIdBytes) {
    return WrongSizeError("request_id", "16 or no",
                          request.request_id().size());
  }
  if (!request.traceparent().empty() && !IsTraceparent(request.traceparent())) {
    return InvalidFieldError("traceparent",
                             "expected the 55 characters of W3C Trace Context, "
                             "in lower case");
  }
  if (!request.server_name().empty()) {
    RETURN_IF_ERROR(CheckServerName("server_name", request.server_name()));
  }
  RETURN_IF_ERROR(CheckSchemes(request));
  return CheckInput(request, max_message_bytes);
}

absl::Status CheckChooseSchemeRequest(
    const signer::v1::ChooseSchemeRequest& request) {
  RETURN_IF_ERROR(CheckSpkiSha256("spki_sha256", request.spki_sha256()));
  RETURN_IF_ERROR(CheckRole("role", request.role()));
  if (request.tls_version() != signer::v1::TLS_VERSION_1_2 &&
      request.tls_version() != signer::v1::TLS_VERSION_1_3) {
    return InvalidFieldError("tls_version",
                             "required: TLS_VERSION_1_2 or TLS_VERSION_1_3");
  }
  if (!request.server_name().empty()) {
    RETURN_IF_ERROR(CheckServerName("server_name", request.server_name()));
  }
  return CheckOffered("offered", request.offered_size());
}

absl::Status CheckKeySelector(const signer::v1::KeySelector& selector) {
  switch (selector.by_case()) {
    case signer::v1::KeySelector::kId:
      if (!selector.id().empty() && selector.id().size() <= kMaxKeyIdBytes) {
        return absl::OkStatus();
      }
      return WrongSizeError("selector.id", "1 to 255", selector.id().size());
    case signer::v1::KeySelector::kSpkiSha256:
      return CheckSpkiSha256("selector.spki_sha256", selector.spki_sha256());
    case signer::v1::KeySelector::kServerName:
      return CheckServerName("selector.server_name", selector.server_name());
    case signer::v1::KeySelector::BY_NOT_SET:
      break;
  }
  return InvalidFieldError("selector",
                           "required: id, spki_sha256 or server_name");
}

}  // namespace keyhold
