#include "tls_lib/core/signed_content.h"

#include "absl/strings/str_cat.h"
#include "tls_lib/base/byte_reader.h"
#include "tls_lib/core/internal/ec_curve.h"

namespace keyhold {
namespace {

using absl::string_view;

constexpr size_t kRandomSize = 32;
constexpr uint32_t kNamedCurveType = 3;
constexpr uint16_t kX25519 = 29;
constexpr uint16_t kX448 = 30;

// RFC 8446 §4.4.3: 64 spaces, the context, and a zero byte.
constexpr size_t kPaddingSize = 64;
constexpr string_view kServerContext("TLS 1.3, server CertificateVerify\0", 34);
constexpr string_view kClientContext("TLS 1.3, client CertificateVerify\0", 34);

bool IsTls13HashSize(size_t size) { return size == 32 || size == 48; }

// 0 for a curve that is not listed.
size_t PointSize(uint16_t curve) {
  if (curve == kX25519) return 32;
  if (curve == kX448) return 56;
  const internal::EcCurve* nist = internal::FindCurveByNamedCurve(curve);
  return nist != nullptr ? 1 + 2 * nist->field_bytes : 0;
}

absl::Status SizeError(string_view field, size_t size, string_view expected) {
  return absl::InvalidArgumentError(
      absl::StrCat(field, " has ", size, " bytes; expected ", expected));
}

absl::Status UnlistedCurveError(uint16_t curve) {
  return absl::InvalidArgumentError(absl::StrCat(
      "curve ", curve,
      " is not listed; expected 23 (P-256), 24 (P-384), 25 (P-521), 29 "
      "(X25519) or 30 (X448)"));
}

absl::Status PointNotOnCurveError(uint16_t curve) {
  return absl::InvalidArgumentError(
      absl::StrCat("public_point is not an uncompressed point on curve ", curve,
                   " (RFC 8422 section 5.4.1)"));
}

}  // namespace

absl::StatusOr<std::string> AssembleTls13CertificateVerify(
    const Tls13SignedContent& content) {
  if (!IsTls13HashSize(content.transcript_hash.size())) {
    return SizeError("transcript_hash", content.transcript_hash.size(),
                     "32 (SHA-256) or 48 (SHA-384)");
  }
  return absl::StrCat(
      std::string(kPaddingSize, ' '),
      content.role == Role::kServer ? kServerContext : kClientContext,
      content.transcript_hash);
}

std::optional<Tls13SignedContent> ParseTls13CertificateVerify(
    string_view message) {
  ByteReader reader(message);
  std::optional<string_view> padding = reader.ReadBytes(kPaddingSize);
  std::optional<string_view> context = reader.ReadBytes(kServerContext.size());
  if (!context || !IsTls13HashSize(reader.rest().size()) ||
      padding->find_first_not_of(' ') != string_view::npos) {
    return std::nullopt;
  }
  if (*context != kServerContext && *context != kClientContext) {
    return std::nullopt;
  }
  return Tls13SignedContent{
      *context == kServerContext ? Role::kServer : Role::kClient,
      std::string(reader.rest())};
}

absl::StatusOr<std::string> AssembleTls12ServerKeyExchange(
    const Tls12ServerKeyExchangeContent& content) {
  if (content.client_random.size() != kRandomSize) {
    return SizeError("client_random", content.client_random.size(), "32");
  }
  if (content.server_random.size() != kRandomSize) {
    return SizeError("server_random", content.server_random.size(), "32");
  }
  const size_t point_size = PointSize(content.curve);
  if (point_size == 0) return UnlistedCurveError(content.curve);
  if (content.public_point.size() != point_size) {
    return SizeError("public_point", content.public_point.size(),
                     absl::StrCat(point_size, " for curve ", content.curve));
  }
  const internal::EcCurve* nist =
      internal::FindCurveByNamedCurve(content.curve);
  if (nist != nullptr &&
      !internal::IsPointOnCurve(*nist, content.public_point)) {
    return PointNotOnCurveError(content.curve);
  }
  // RFC 8422 §5.4: curve_type, NamedCurve, and the point with its length.
  const char header[] = {
      static_cast<char>(kNamedCurveType), static_cast<char>(content.curve >> 8),
      static_cast<char>(content.curve & 0xff), static_cast<char>(point_size)};
  return absl::StrCat(content.client_random, content.server_random,
                      string_view(header, sizeof(header)),
                      content.public_point);
}

std::optional<Tls12ServerKeyExchangeContent> ParseTls12ServerKeyExchange(
    string_view message) {
  ByteReader reader(message);
  std::optional<string_view> client_random = reader.ReadBytes(kRandomSize);
  std::optional<string_view> server_random = reader.ReadBytes(kRandomSize);
  std::optional<uint32_t> curve_type = reader.ReadNumber(1);
  std::optional<uint32_t> curve = reader.ReadNumber(2);
  std::optional<string_view> point = reader.ReadVector(1);
  if (!client_random || !server_random || !curve_type || !curve || !point ||
      !reader.empty() || *curve_type != kNamedCurveType) {
    return std::nullopt;
  }
  const auto named_curve = static_cast<uint16_t>(*curve);
  if (point->empty() || point->size() != PointSize(named_curve)) {
    return std::nullopt;
  }
  Tls12ServerKeyExchangeContent content;
  content.client_random = std::string(*client_random);
  content.server_random = std::string(*server_random);
  content.curve = named_curve;
  content.public_point = std::string(*point);
  return content;
}

}  // namespace keyhold
