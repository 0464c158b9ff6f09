#include "signer_service/vault/certificate_content.h"

#include <algorithm>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/repeated_field.h"
#include "openssl/rand.h"
#include "signer_service/vault/algorithm_identifier.h"
#include "tls_lib/base/der.h"
#include "tls_lib/base/status_macros.h"
#include "tls_lib/core/error_reason.h"
#include "tls_lib/core/internal/dns_name.h"

namespace keyhold {
namespace {

constexpr int kMaxDnsNames = 100;
constexpr size_t kMaxCommonName = 64;
constexpr uint32_t kDefaultDays = 30;
constexpr uint32_t kMaxDays = 90;
constexpr size_t kSerialBytes = 16;

constexpr uint8_t kUtf8String = 0x0c;
constexpr uint8_t kSet = 0x31;
constexpr uint8_t kDnsNameTag = DerImplicit(2);

// Contents of OBJECT IDENTIFIERs.
constexpr absl::string_view kCommonNameOid = "\x55\x04\x03";
constexpr absl::string_view kKeyUsageOid = "\x55\x1d\x0f";
constexpr absl::string_view kSubjectAltNameOid = "\x55\x1d\x11";
constexpr absl::string_view kBasicConstraintsOid = "\x55\x1d\x13";
constexpr absl::string_view kExtendedKeyUsageOid = "\x55\x1d\x25";
constexpr absl::string_view kServerAuthOid = "\x2b\x06\x01\x05\x05\x07\x03\x01";
constexpr absl::string_view kClientAuthOid = "\x2b\x06\x01\x05\x05\x07\x03\x02";
constexpr absl::string_view kExtensionRequestOid =
    "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x0e";

absl::Status InvalidField(absl::string_view field, absl::string_view problem) {
  return WithReason(
      absl::InvalidArgumentError(absl::StrCat(field, ": ", problem)),
      ErrorReason::kInvalidRequest);
}

absl::Status CheckCommonName(absl::string_view name) {
  if (name.size() <= kMaxCommonName &&
      std::all_of(name.begin(), name.end(),
                  [](unsigned char c) { return absl::ascii_isprint(c); })) {
    return absl::OkStatus();
  }
  return InvalidField("csr.common_name",
                      "expected at most 64 printable ASCII characters");
}

absl::Status CheckDnsNames(
    absl::string_view field,
    const google::protobuf::RepeatedPtrField<std::string>& names) {
  if (names.size() > kMaxDnsNames) {
    return InvalidField(field, absl::StrCat("expected at most ", kMaxDnsNames,
                                            " names, got ", names.size()));
  }
  for (int i = 0; i < names.size(); ++i) {
    if (internal::IsDnsName(names[i]) || internal::IsWildcardName(names[i])) {
      continue;
    }
    return InvalidField(absl::StrCat(field, "[", i, "]"),
                        "expected a DNS name, or \"*.\" and one");
  }
  return absl::OkStatus();
}

std::string Oid(absl::string_view contents) {
  return DerElement(kDerOid, contents);
}

std::string Sequence(absl::string_view contents) {
  return DerElement(kDerSequence, contents);
}

// Name: empty, or the common name alone.
std::string Name(absl::string_view common_name) {
  if (common_name.empty()) return Sequence("");
  return Sequence(DerElement(
      kSet, Sequence(absl::StrCat(Oid(kCommonNameOid),
                                  DerElement(kUtf8String, common_name)))));
}

std::string Extension(absl::string_view oid, bool critical,
                      absl::string_view value) {
  return Sequence(absl::StrCat(
      Oid(oid), critical ? DerElement(kDerBoolean, "\xff") : std::string(),
      DerElement(kDerOctetString, value)));
}

// Critical where the subject is empty (RFC 5280 §4.2.1.6).
std::string SubjectAltName(
    const google::protobuf::RepeatedPtrField<std::string>& names,
    bool critical) {
  std::string entries;
  for (const std::string& name : names) {
    absl::StrAppend(&entries,
                    DerElement(kDnsNameTag, absl::AsciiStrToLower(name)));
  }
  return Extension(kSubjectAltNameOid, critical, Sequence(entries));
}

// Up to 2049 UTCTime, then GeneralizedTime (RFC 5280 §4.1.2.5).
std::string Time(absl::Time time) {
  const bool late = absl::ToCivilYear(time, absl::UTCTimeZone()).year() >= 2050;
  return DerElement(late ? kDerGeneralizedTime : kDerUtcTime,
                    absl::FormatTime(late ? "%Y%m%d%H%M%SZ" : "%y%m%d%H%M%SZ",
                                     time, absl::UTCTimeZone()));
}

absl::StatusOr<std::string> RandomSerial() {
  unsigned char bytes[kSerialBytes];
  if (RAND_bytes(bytes, sizeof(bytes)) != 1) {
    return absl::InternalError("no random bytes for a serial number");
  }
  // Positive, and without leading zeros.
  bytes[0] = static_cast<unsigned char>((bytes[0] & 0x7f) | 0x40);
  return DerElement(
      kDerInteger,
      absl::string_view(reinterpret_cast<const char*>(bytes), sizeof(bytes)));
}

std::string ExtendedKeyUsage(UsageSet usages) {
  std::string purposes;
  if (!usages.Intersect(UsageSet::TlsFormsOf(signer::v1::ROLE_SERVER))
           .empty()) {
    purposes += Oid(kServerAuthOid);
  }
  if (!usages.Intersect(UsageSet::TlsFormsOf(signer::v1::ROLE_CLIENT))
           .empty()) {
    purposes += Oid(kClientAuthOid);
  }
  if (purposes.empty()) return "";
  return Extension(kExtendedKeyUsageOid, false, Sequence(purposes));
}

}  // namespace

absl::StatusOr<std::string> CertificationRequestContent(
    const signer::v1::CertificateSigningRequest& fields, const PublicKey& key) {
  if (fields.common_name().empty() && fields.dns_names().empty()) {
    return InvalidField("csr", "required: common_name, dns_names or both");
  }
  RETURN_IF_ERROR(CheckCommonName(fields.common_name()));
  RETURN_IF_ERROR(CheckDnsNames("csr.dns_names", fields.dns_names()));
  std::string attributes;
  if (!fields.dns_names().empty()) {
    attributes = Sequence(absl::StrCat(
        Oid(kExtensionRequestOid),
        DerElement(kSet,
                   Sequence(SubjectAltName(fields.dns_names(),
                                           fields.common_name().empty())))));
  }
  const std::string version =
      DerElement(kDerInteger, absl::string_view("\0", 1));
  return Sequence(absl::StrCat(version, Name(fields.common_name()), key.spki(),
                               DerElement(DerExplicit(0), attributes)));
}

absl::StatusOr<std::string> SelfSignedContent(
    const signer::v1::SelfSignedCertificate& fields, const PublicKey& key,
    SignatureScheme scheme, UsageSet usages, absl::Time now) {
  constexpr absl::string_view kNames = "self_signed_certificate.dns_names";
  if (fields.dns_names().empty()) {
    return InvalidField(kNames, "required: 1 to 100 names");
  }
  RETURN_IF_ERROR(CheckDnsNames(kNames, fields.dns_names()));
  if (fields.valid_days() > kMaxDays) {
    return InvalidField("self_signed_certificate.valid_days",
                        absl::StrCat("expected 1 to ", kMaxDays, ", got ",
                                     fields.valid_days()));
  }
  const uint32_t days =
      fields.valid_days() == 0 ? kDefaultDays : fields.valid_days();
  ASSIGN_OR_RETURN(const std::string serial, RandomSerial());
  const std::string& first = fields.dns_names(0);
  const std::string name =
      Name(first.size() <= kMaxCommonName ? absl::AsciiStrToLower(first) : "");
  const std::string extensions = Sequence(absl::StrCat(
      Extension(kBasicConstraintsOid, true, Sequence("")),
      // digitalSignature
      Extension(kKeyUsageOid, true, "\x03\x02\x07\x80"),
      ExtendedKeyUsage(usages),
      SubjectAltName(fields.dns_names(), first.size() > kMaxCommonName)));
  const std::string v3 =
      DerElement(DerExplicit(0), DerElement(kDerInteger, "\x02"));
  return Sequence(
      absl::StrCat(v3, serial, AlgorithmIdentifier(scheme), name,
                   Sequence(absl::StrCat(Time(now - absl::Hours(1)),
                                         Time(now + days * absl::Hours(24)))),
                   name, key.spki(), DerElement(DerExplicit(3), extensions)));
}

std::string SignedObject(absl::string_view content, SignatureScheme scheme,
                         absl::string_view signature) {
  return Sequence(absl::StrCat(content, AlgorithmIdentifier(scheme),
                               DerBitString(signature)));
}

}  // namespace keyhold
