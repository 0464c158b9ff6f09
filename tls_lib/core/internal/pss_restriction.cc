#include "tls_lib/core/internal/pss_restriction.h"

#include <optional>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "tls_lib/base/der.h"
#include "tls_lib/base/status_macros.h"

namespace keyhold::internal {
namespace {

using absl::string_view;

constexpr string_view kMgf1Oid("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x08", 9);
// id-sha256, id-sha384, id-sha512 differ in their last byte.
constexpr string_view kSha256Oid("\x60\x86\x48\x01\x65\x03\x04\x02\x01", 9);
constexpr string_view kSha384Oid("\x60\x86\x48\x01\x65\x03\x04\x02\x02", 9);
constexpr string_view kSha512Oid("\x60\x86\x48\x01\x65\x03\x04\x02\x03", 9);

absl::Status MalformedError() {
  return absl::InvalidArgumentError(
      "the RSASSA-PSS parameters are not valid DER (RFC 4055 section 3.1)");
}

absl::Status NoSchemeError(string_view why) {
  return absl::InvalidArgumentError(absl::StrCat(
      "the RSASSA-PSS parameters leave no TLS signature scheme: ", why,
      "; use a key without parameters, or with one of SHA-256, SHA-384 and "
      "SHA-512 for both the hash and MGF1 and a salt no longer than the hash"));
}

// The hash of an AlgorithmIdentifier; kNone if it is one that TLS does not
// use. Null if it is no DER.
std::optional<HashAlgorithm> ParseHash(string_view algorithm_contents) {
  DerReader reader(algorithm_contents);
  std::optional<string_view> oid = reader.Read(kDerOid);
  // RFC 4055 §2.1: parameters are NULL, and absent ones mean the same.
  if (!oid || (reader.Next(kDerNull) && !reader.Read(kDerNull)) ||
      !reader.empty()) {
    return std::nullopt;
  }
  if (*oid == kSha256Oid) return HashAlgorithm::kSha256;
  if (*oid == kSha384Oid) return HashAlgorithm::kSha384;
  if (*oid == kSha512Oid) return HashAlgorithm::kSha512;
  return HashAlgorithm::kNone;
}

// The contents of [n] EXPLICIT SEQUENCE; null if it is no DER.
std::optional<string_view> ReadTaggedSequence(DerReader& reader, int n) {
  std::optional<string_view> tagged = reader.Read(DerExplicit(n));
  if (!tagged) return std::nullopt;
  DerReader inner(*tagged);
  std::optional<string_view> contents = inner.Read(kDerSequence);
  if (!contents || !inner.empty()) return std::nullopt;
  return contents;
}

absl::StatusOr<HashAlgorithm> ReadHash(DerReader& reader) {
  if (!reader.Next(DerExplicit(0))) {
    return NoSchemeError("they mean SHA-1, the default");
  }
  std::optional<string_view> algorithm = ReadTaggedSequence(reader, 0);
  if (!algorithm) return MalformedError();
  std::optional<HashAlgorithm> hash = ParseHash(*algorithm);
  if (!hash) return MalformedError();
  if (*hash == HashAlgorithm::kNone) {
    return NoSchemeError("their hash is not one that TLS uses");
  }
  return *hash;
}

absl::Status CheckMaskGeneration(DerReader& reader, HashAlgorithm hash) {
  if (!reader.Next(DerExplicit(1))) {
    return NoSchemeError("MGF1 has another hash (SHA-1, the default)");
  }
  std::optional<string_view> algorithm = ReadTaggedSequence(reader, 1);
  if (!algorithm) return MalformedError();
  DerReader inner(*algorithm);
  std::optional<string_view> oid = inner.Read(kDerOid);
  std::optional<string_view> parameters = inner.Read(kDerSequence);
  if (!oid || !parameters || !inner.empty()) return MalformedError();
  if (*oid != kMgf1Oid) return NoSchemeError("their mask is not MGF1");
  std::optional<HashAlgorithm> mask_hash = ParseHash(*parameters);
  if (!mask_hash) return MalformedError();
  if (*mask_hash != hash) return NoSchemeError("MGF1 has another hash");
  return absl::OkStatus();
}

// [n] EXPLICIT INTEGER, at most 255. `absent` if it is not there.
absl::StatusOr<uint8_t> ReadSmallNumber(DerReader& reader, int n,
                                        uint8_t absent) {
  if (!reader.Next(DerExplicit(n))) return absent;
  std::optional<string_view> tagged = reader.Read(DerExplicit(n));
  if (!tagged) return MalformedError();
  DerReader inner(*tagged);
  std::optional<string_view> number = inner.ReadUnsigned();
  if (!number || !inner.empty()) return MalformedError();
  if (number->size() > 1) return NoSchemeError("a number in them is too large");
  return number->empty() ? 0 : static_cast<uint8_t>((*number)[0]);
}

}  // namespace

absl::StatusOr<HashAlgorithm> ParsePssRestriction(string_view contents) {
  constexpr uint8_t kDefaultSalt = 20;
  constexpr uint8_t kTrailerField = 1;
  DerReader reader(contents);
  ASSIGN_OR_RETURN(HashAlgorithm hash, ReadHash(reader));
  RETURN_IF_ERROR(CheckMaskGeneration(reader, hash));
  ASSIGN_OR_RETURN(uint8_t least_salt,
                   ReadSmallNumber(reader, 2, kDefaultSalt));
  ASSIGN_OR_RETURN(uint8_t trailer, ReadSmallNumber(reader, 3, kTrailerField));
  if (!reader.empty()) return MalformedError();
  if (least_salt > DigestSize(hash)) {
    return NoSchemeError("the least salt is longer than the hash");
  }
  if (trailer != kTrailerField) return NoSchemeError("the trailer is not 1");
  return hash;
}

}  // namespace keyhold::internal
