#include "tls_lib/core/internal/key_algorithm.h"

#include <cstring>
#include <memory>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "openssl/asn1.h"
#include "openssl/err.h"
#include "openssl/objects.h"
#include "tls_lib/base/der.h"
#include "tls_lib/base/openssl_ptr.h"
#include "tls_lib/base/status_macros.h"
#include "tls_lib/core/internal/pss_restriction.h"

namespace keyhold::internal {
namespace {

using absl::string_view;

constexpr string_view kEcOid("\x2a\x86\x48\xce\x3d\x02\x01", 7);

struct PlainAlgorithm {
  KeyType type;
  string_view oid;
};

constexpr PlainAlgorithm kAlgorithms[] = {
    {KeyType::kRsa, string_view("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01", 9)},
    {KeyType::kRsaPss, string_view("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a", 9)},
    {KeyType::kEd25519, string_view("\x2b\x65\x70", 3)},
    {KeyType::kEd448, string_view("\x2b\x65\x71", 3)},
};

using ObjectPtr = std::unique_ptr<ASN1_OBJECT, OpensslDelete<ASN1_OBJECT_free>>;

// "secp256k1" if OpenSSL knows it, else "1.2.3.4".
std::string OidName(string_view oid) {
  const std::string der = DerElement(kDerOid, oid);
  const auto* data = reinterpret_cast<const uint8_t*>(der.data());
  ObjectPtr object(
      d2i_ASN1_OBJECT(nullptr, &data, static_cast<int64_t>(der.size())));
  char text[128] = "of unreadable name";
  if (object != nullptr) OBJ_obj2txt(text, sizeof(text), object.get(), 0);
  ERR_clear_error();
  return text;
}

absl::Status MalformedError() {
  return absl::InvalidArgumentError(
      "the key's AlgorithmIdentifier is not valid DER (RFC 5280 section "
      "4.1.1.2)");
}

absl::Status UnlistedAlgorithmError(string_view oid) {
  return absl::InvalidArgumentError(
      absl::StrCat("keys of the algorithm ", OidName(oid),
                   " are not served; use RSA, RSA-PSS, ECDSA on P-256, P-384 "
                   "or P-521, Ed25519 or Ed448"));
}

absl::Status UnlistedCurveError(string_view oid) {
  return absl::InvalidArgumentError(
      absl::StrCat("ECDSA keys on the curve ", OidName(oid),
                   " are not served; use P-256, P-384 or P-521"));
}

absl::Status ExplicitCurveError() {
  return absl::InvalidArgumentError(
      "the EC key writes out the parameters of its curve instead of naming "
      "it; convert it with: openssl ec -param_enc named_curve");
}

absl::Status ParametersError(KeyType type) {
  return absl::InvalidArgumentError(
      absl::StrCat("the AlgorithmIdentifier of the ", KeyTypeName(type),
                   " key has parameters that it must not have"));
}

// RSA's parameters are NULL, EdDSA's are absent (RFC 8410 §3).
absl::StatusOr<KeyAlgorithm> ParsePlain(KeyType type, DerReader parameters) {
  KeyAlgorithm algorithm;
  algorithm.type = type;
  if (type == KeyType::kRsaPss && !parameters.empty()) {
    std::optional<string_view> contents = parameters.Read(kDerSequence);
    if (!contents || !parameters.empty()) return MalformedError();
    ASSIGN_OR_RETURN(algorithm.pss_hash, ParsePssRestriction(*contents));
    return algorithm;
  }
  if (type == KeyType::kRsa && parameters.Next(kDerNull)) {
    std::optional<string_view> contents = parameters.Read(kDerNull);
    if (!contents || !contents->empty()) return MalformedError();
  }
  if (!parameters.empty()) return ParametersError(type);
  return algorithm;
}

}  // namespace

absl::StatusOr<const EcCurve*> ParseEcParameters(string_view der) {
  DerReader reader(der);
  if (reader.Next(kDerSequence)) return ExplicitCurveError();
  std::optional<string_view> oid = reader.Read(kDerOid);
  if (!oid || !reader.empty()) return MalformedError();
  const EcCurve* curve = FindCurveByOid(*oid);
  if (curve == nullptr) return UnlistedCurveError(*oid);
  return curve;
}

absl::StatusOr<KeyAlgorithm> ParseKeyAlgorithm(string_view contents) {
  DerReader reader(contents);
  std::optional<string_view> oid = reader.Read(kDerOid);
  if (!oid) return MalformedError();
  if (*oid == kEcOid) {
    std::optional<DerReader::Element> parameters = reader.ReadElement();
    if (!parameters || !reader.empty()) return MalformedError();
    KeyAlgorithm algorithm;
    ASSIGN_OR_RETURN(algorithm.curve, ParseEcParameters(parameters->whole));
    algorithm.type = algorithm.curve->key_type;
    return algorithm;
  }
  for (const PlainAlgorithm& known : kAlgorithms) {
    if (known.oid == *oid) return ParsePlain(known.type, reader);
  }
  return UnlistedAlgorithmError(*oid);
}

std::string EncodeKeyAlgorithm(KeyType type) {
  if (const EcCurve* curve = FindCurveByKeyType(type); curve != nullptr) {
    return DerElement(kDerSequence,
                      absl::StrCat(DerElement(kDerOid, kEcOid),
                                   DerElement(kDerOid, curve->oid)));
  }
  std::string contents;
  for (const PlainAlgorithm& known : kAlgorithms) {
    if (known.type == type) contents = DerElement(kDerOid, known.oid);
  }
  if (type == KeyType::kRsa) contents += DerElement(kDerNull, "");
  return DerElement(kDerSequence, contents);
}

}  // namespace keyhold::internal
