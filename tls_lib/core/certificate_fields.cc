#include "tls_lib/core/certificate_fields.h"

#include <optional>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "tls_lib/base/der.h"
#include "tls_lib/base/status_macros.h"
#include "tls_lib/core/internal/dns_name.h"

namespace keyhold {
namespace {

using absl::string_view;

constexpr string_view kSubjectAltNameOid("\x55\x1d\x11", 3);
constexpr string_view kExtendedKeyUsageOid("\x55\x1d\x25", 3);
constexpr string_view kAnyUsageOid("\x55\x1d\x25\x00", 4);
constexpr string_view kServerAuthOid("\x2b\x06\x01\x05\x05\x07\x03\x01", 8);
constexpr string_view kClientAuthOid("\x2b\x06\x01\x05\x05\x07\x03\x02", 8);

absl::Status MalformedError(string_view field) {
  return absl::InvalidArgumentError(absl::StrCat(
      "not a certificate: ", field, " is not as RFC 5280 section 4.1 has it"));
}

std::optional<absl::Time> ParseTime(uint8_t tag, string_view text) {
  const size_t year_digits = tag == kDerUtcTime ? 2 : 4;
  if (text.size() != year_digits + 11 || text.back() != 'Z') {
    return std::nullopt;
  }
  for (char c : text.substr(0, text.size() - 1)) {
    if (!absl::ascii_isdigit(c)) return std::nullopt;
  }
  auto number = [&text](size_t digits) {
    int value = 0;
    (void)absl::SimpleAtoi(text.substr(0, digits), &value);
    text.remove_prefix(digits);
    return value;
  };
  int year = number(year_digits);
  // RFC 5280 §4.1.2.5.1.
  if (tag == kDerUtcTime) year += year < 50 ? 2000 : 1900;
  const int month = number(2);
  const int day = number(2);
  const int hour = number(2);
  const int minute = number(2);
  const int second = number(2);
  const absl::CivilSecond civil(year, month, day, hour, minute, second);
  if (civil.month() != month || civil.day() != day || civil.hour() != hour ||
      civil.minute() != minute || civil.second() != second) {
    return std::nullopt;
  }
  return absl::FromCivil(civil, absl::UTCTimeZone());
}

std::optional<absl::Time> ReadTime(DerReader& reader) {
  if (!reader.Next(kDerUtcTime) && !reader.Next(kDerGeneralizedTime)) {
    return std::nullopt;
  }
  std::optional<DerReader::Element> element = reader.ReadElement();
  if (!element) return std::nullopt;
  return ParseTime(element->tag, element->contents);
}

absl::Status ReadValidity(DerReader& tbs, CertificateFields& fields) {
  std::optional<string_view> sequence = tbs.Read(kDerSequence);
  if (!sequence) return MalformedError("validity");
  DerReader reader(*sequence);
  std::optional<absl::Time> not_before = ReadTime(reader);
  std::optional<absl::Time> not_after = ReadTime(reader);
  if (!not_before || !not_after || !reader.empty()) {
    return MalformedError("validity");
  }
  fields.not_before = *not_before;
  fields.not_after = *not_after;
  return absl::OkStatus();
}

absl::Status ReadSubjectAltName(string_view der, CertificateFields& fields) {
  constexpr uint8_t kDnsName = DerImplicit(2);
  DerReader outer(der);
  std::optional<string_view> sequence = outer.Read(kDerSequence);
  if (!sequence || !outer.empty()) return MalformedError("subjectAltName");
  DerReader reader(*sequence);
  while (!reader.empty()) {
    std::optional<DerReader::Element> name = reader.ReadElement();
    if (!name) return MalformedError("subjectAltName");
    if (name->tag != kDnsName) continue;
    std::string lower = absl::AsciiStrToLower(name->contents);
    const bool is_name =
        internal::IsDnsName(lower) || internal::IsWildcardName(lower);
    if (is_name && !absl::c_linear_search(fields.dns_names, lower)) {
      fields.dns_names.push_back(std::move(lower));
    }
  }
  return absl::OkStatus();
}

absl::Status ReadExtendedKeyUsage(string_view der, CertificateFields& fields) {
  DerReader outer(der);
  std::optional<string_view> sequence = outer.Read(kDerSequence);
  if (!sequence || !outer.empty()) return MalformedError("extKeyUsage");
  fields.server_auth = false;
  fields.client_auth = false;
  DerReader reader(*sequence);
  while (!reader.empty()) {
    std::optional<string_view> usage = reader.Read(kDerOid);
    if (!usage) return MalformedError("extKeyUsage");
    const bool any = *usage == kAnyUsageOid;
    if (any || *usage == kServerAuthOid) fields.server_auth = true;
    if (any || *usage == kClientAuthOid) fields.client_auth = true;
  }
  return absl::OkStatus();
}

absl::Status ReadExtensions(DerReader& tbs, CertificateFields& fields) {
  if (!tbs.Next(DerExplicit(3))) return absl::OkStatus();
  std::optional<string_view> tagged = tbs.Read(DerExplicit(3));
  DerReader outer(tagged.value_or(""));
  std::optional<string_view> sequence = outer.Read(kDerSequence);
  if (!sequence || !outer.empty()) return MalformedError("extensions");
  DerReader list(*sequence);
  while (!list.empty()) {
    std::optional<string_view> extension = list.Read(kDerSequence);
    DerReader reader(extension.value_or(""));
    std::optional<string_view> oid = reader.Read(kDerOid);
    const bool critical_ok =
        !reader.Next(kDerBoolean) || reader.Read(kDerBoolean).has_value();
    std::optional<string_view> value = reader.Read(kDerOctetString);
    if (!oid || !critical_ok || !value || !reader.empty()) {
      return MalformedError("extensions");
    }
    if (*oid == kSubjectAltNameOid) {
      RETURN_IF_ERROR(ReadSubjectAltName(*value, fields));
    } else if (*oid == kExtendedKeyUsageOid) {
      RETURN_IF_ERROR(ReadExtendedKeyUsage(*value, fields));
    }
  }
  return absl::OkStatus();
}

// Reads over an optional element. False if it is there and malformed.
bool SkipOptional(DerReader& reader, uint8_t tag) {
  return !reader.Next(tag) || reader.Read(tag).has_value();
}

absl::StatusOr<CertificateFields> ReadTbsCertificate(string_view contents) {
  CertificateFields fields;
  DerReader tbs(contents);
  if (!SkipOptional(tbs, DerExplicit(0))) return MalformedError("version");
  if (!tbs.Read(kDerInteger)) return MalformedError("serialNumber");
  if (!tbs.Read(kDerSequence)) return MalformedError("signature");
  if (!tbs.Read(kDerSequence)) return MalformedError("issuer");
  RETURN_IF_ERROR(ReadValidity(tbs, fields));
  if (!tbs.Read(kDerSequence)) return MalformedError("subject");
  std::optional<DerReader::Element> spki;
  if (tbs.Next(kDerSequence)) spki = tbs.ReadElement();
  if (!spki) return MalformedError("subjectPublicKeyInfo");
  fields.spki = std::string(spki->whole);
  if (!SkipOptional(tbs, DerImplicit(1)) ||
      !SkipOptional(tbs, DerImplicit(2))) {
    return MalformedError("a unique identifier");
  }
  RETURN_IF_ERROR(ReadExtensions(tbs, fields));
  if (!tbs.empty()) return MalformedError("the end of tbsCertificate");
  return fields;
}

}  // namespace

absl::StatusOr<CertificateFields> ReadCertificateFields(string_view der) {
  DerReader outer(der);
  std::optional<string_view> certificate = outer.Read(kDerSequence);
  if (!certificate) return MalformedError("the outer SEQUENCE");
  if (!outer.empty()) return MalformedError("what follows it");
  DerReader reader(*certificate);
  std::optional<string_view> tbs = reader.Read(kDerSequence);
  if (!tbs) return MalformedError("tbsCertificate");
  if (!reader.Read(kDerSequence)) return MalformedError("signatureAlgorithm");
  if (!reader.ReadBitString() || !reader.empty()) {
    return MalformedError("signatureValue");
  }
  return ReadTbsCertificate(*tbs);
}

}  // namespace keyhold
