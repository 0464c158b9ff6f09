#include "signer_service/vault/algorithm_identifier.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "tls_lib/base/der.h"

namespace keyhold {
namespace {

// Contents of OBJECT IDENTIFIERs, without their last byte where that names the
// hash.
constexpr absl::string_view kPkcs1 = "\x2a\x86\x48\x86\xf7\x0d\x01\x01";
constexpr absl::string_view kEcdsaWithSha2 = "\x2a\x86\x48\xce\x3d\x04\x03";
constexpr absl::string_view kHashes = "\x60\x86\x48\x01\x65\x03\x04\x02";
constexpr absl::string_view kEd25519 = "\x2b\x65\x70";
constexpr absl::string_view kEd448 = "\x2b\x65\x71";
constexpr char kMgf1 = '\x08';
constexpr char kRsaPss = '\x0a';

std::string Sequence(absl::string_view contents) {
  return DerElement(kDerSequence, contents);
}

std::string Oid(absl::string_view contents) {
  return DerElement(kDerOid, contents);
}

std::string Oid(absl::string_view contents, char last) {
  return Oid(absl::StrCat(contents, absl::string_view(&last, 1)));
}

// The byte by which a hash differs from the first in OIDs that count them.
char WithHash(char first, HashAlgorithm hash) {
  switch (hash) {
    case HashAlgorithm::kSha384:
      return static_cast<char>(first + 1);
    case HashAlgorithm::kSha512:
      return static_cast<char>(first + 2);
    case HashAlgorithm::kNone:
    case HashAlgorithm::kSha256:
      break;
  }
  return first;
}

// RSASSA-PSS-params: the hash, MGF1 with it, and a salt of its size.
std::string PssParameters(HashAlgorithm hash) {
  const std::string hash_algorithm = Sequence(absl::StrCat(
      Oid(kHashes, WithHash('\x01', hash)), DerElement(kDerNull, "")));
  const char salt = static_cast<char>(DigestSize(hash));
  return Sequence(absl::StrCat(
      DerElement(DerExplicit(0), hash_algorithm),
      DerElement(DerExplicit(1),
                 Sequence(absl::StrCat(Oid(kPkcs1, kMgf1), hash_algorithm))),
      DerElement(DerExplicit(2),
                 DerElement(kDerInteger, absl::string_view(&salt, 1)))));
}

}  // namespace

std::string AlgorithmIdentifier(SignatureScheme scheme) {
  const SchemeInfo& info = *FindScheme(scheme);
  switch (info.algorithm) {
    case SignatureAlgorithm::kRsaPkcs1:
      return Sequence(absl::StrCat(Oid(kPkcs1, WithHash('\x0b', info.hash)),
                                   DerElement(kDerNull, "")));
    case SignatureAlgorithm::kRsaPss:
      return Sequence(
          absl::StrCat(Oid(kPkcs1, kRsaPss), PssParameters(info.hash)));
    case SignatureAlgorithm::kEcdsa:
      return Sequence(Oid(kEcdsaWithSha2, WithHash('\x02', info.hash)));
    case SignatureAlgorithm::kEddsa:
      break;
  }
  return Sequence(Oid(scheme == SignatureScheme::kEd448 ? kEd448 : kEd25519));
}

}  // namespace keyhold
