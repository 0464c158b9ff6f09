#include "tls_lib/tls/internal/certificate_request_parser.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "tls_lib/base/byte_reader.h"
#include "tls_lib/base/status_macros.h"
#include "tls_lib/tls/internal/hello_extensions.h"

namespace keyhold::tls_internal {
namespace {

constexpr uint32_t kCertificateRequestType = 13;
constexpr uint32_t kSignatureAlgorithms = 13;
constexpr uint32_t kCertificateAuthorities = 47;

absl::Status MalformedError() {
  return absl::InvalidArgumentError(
      "the server sent a malformed CertificateRequest");
}

absl::StatusOr<std::vector<std::string>> ParseNames(absl::string_view list) {
  std::vector<std::string> names;
  ByteReader reader(list);
  while (!reader.empty()) {
    std::optional<absl::string_view> name = reader.ReadVector(2);
    if (!name || name->empty()) return MalformedError();
    names.emplace_back(*name);
  }
  return names;
}

absl::StatusOr<CertificateRequest> ParseTls12(absl::string_view body) {
  ByteReader reader(body);
  std::optional<absl::string_view> certificate_types = reader.ReadVector(1);
  std::optional<absl::string_view> schemes = reader.ReadVector(2);
  std::optional<absl::string_view> authorities = reader.ReadVector(2);
  if (!certificate_types || !schemes || !authorities || !reader.empty()) {
    return MalformedError();
  }
  CertificateRequest request;
  ASSIGN_OR_RETURN(std::vector<uint16_t> numbers,
                   ParseNumbers(*schemes, "CertificateRequest"));
  for (uint16_t number : numbers) {
    request.signature_schemes.push_back(static_cast<SignatureScheme>(number));
  }
  ASSIGN_OR_RETURN(request.acceptable_cas, ParseNames(*authorities));
  return request;
}

absl::Status ReadExtension(uint32_t type, absl::string_view body,
                           CertificateRequest& request) {
  if (type == kSignatureAlgorithms) {
    ASSIGN_OR_RETURN(request.signature_schemes, ParseSignatureAlgorithms(body));
  } else if (type == kCertificateAuthorities) {
    ASSIGN_OR_RETURN(request.acceptable_cas, ParseCertificateAuthorities(body));
  }
  return absl::OkStatus();
}

absl::StatusOr<CertificateRequest> ParseTls13(absl::string_view body) {
  ByteReader reader(body);
  std::optional<absl::string_view> context = reader.ReadVector(1);
  std::optional<absl::string_view> extensions = reader.ReadVector(2);
  if (!context || !extensions || !reader.empty()) return MalformedError();
  CertificateRequest request;
  ByteReader rest(*extensions);
  while (!rest.empty()) {
    std::optional<uint32_t> type = rest.ReadNumber(2);
    std::optional<absl::string_view> extension = rest.ReadVector(2);
    if (!type || !extension) return MalformedError();
    RETURN_IF_ERROR(ReadExtension(*type, *extension, request));
  }
  return request;
}

}  // namespace

absl::StatusOr<CertificateRequest> ParseCertificateRequest(
    TlsVersion version, absl::string_view message) {
  ByteReader reader(message);
  std::optional<uint32_t> type = reader.ReadNumber(1);
  std::optional<absl::string_view> body = reader.ReadVector(3);
  if (!type || *type != kCertificateRequestType || !body || !reader.empty()) {
    return MalformedError();
  }
  ASSIGN_OR_RETURN(CertificateRequest request, version == TlsVersion::kTls13
                                                   ? ParseTls13(*body)
                                                   : ParseTls12(*body));
  request.version = version;
  return request;
}

}  // namespace keyhold::tls_internal
