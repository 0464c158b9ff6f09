#include "tls_lib/local/internal/private_key_parser.h"

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "tls_lib/base/der.h"
#include "tls_lib/base/status_macros.h"
#include "tls_lib/core/internal/key_algorithm.h"
#include "tls_lib/local/internal/ec_private_key.h"
#include "tls_lib/local/internal/eddsa_private_key.h"
#include "tls_lib/local/internal/key_file.h"
#include "tls_lib/local/internal/rsa_private_key.h"

namespace keyhold::internal {
namespace {

using absl::string_view;

absl::Status TrailingBytesError() {
  return absl::InvalidArgumentError(
      "bytes follow the private key; is the file two files put together?");
}

absl::Status PublicOnlyError() {
  return absl::InvalidArgumentError(
      "not a private key but a public key or a certificate");
}

absl::Status MalformedPkcs8Error() {
  return absl::InvalidArgumentError(
      "the PKCS#8 private key is not valid DER (RFC 5208 section 5, RFC 5958 "
      "section 2)");
}

// `reader` stands behind the version.
absl::StatusOr<ParsedPrivateKey> ParsePkcs8(DerReader reader) {
  std::optional<DerReader::Element> identifier = reader.ReadElement();
  if (!identifier) return MalformedPkcs8Error();
  std::optional<string_view> key = reader.Read(kDerOctetString);
  if (!key) return MalformedPkcs8Error();
  if (reader.Next(DerExplicit(0)) && !reader.Read(DerExplicit(0))) {
    return MalformedPkcs8Error();
  }
  // [1] IMPLICIT BIT STRING: its first byte counts unused bits.
  string_view public_key;
  if (reader.Next(DerImplicit(1))) {
    std::optional<string_view> bits = reader.Read(DerImplicit(1));
    if (!bits || bits->size() < 2 || (*bits)[0] != 0) {
      return MalformedPkcs8Error();
    }
    public_key = bits->substr(1);
  }
  if (!reader.empty()) return MalformedPkcs8Error();
  ASSIGN_OR_RETURN(KeyAlgorithm algorithm,
                   ParseKeyAlgorithm(identifier->contents));
  switch (algorithm.type) {
    case KeyType::kRsa:
      return ParseRsaPrivateKey(*key, EncodeKeyAlgorithm(KeyType::kRsa));
    case KeyType::kRsaPss:
      // As it stands: the certificate's parameters were copied from it.
      return ParseRsaPrivateKey(*key, identifier->whole);
    case KeyType::kEcdsaP256:
    case KeyType::kEcdsaP384:
    case KeyType::kEcdsaP521:
      return ParseEcPrivateKey(*key, algorithm.curve, public_key);
    case KeyType::kEd25519:
    case KeyType::kEd448:
      return ParseEddsaPrivateKey(*key, algorithm.type, public_key);
  }
  return absl::InternalError("a key type without a parser");
}

// Not a private key, but something that people take for one.
absl::Status OtherContentError(DerReader reader) {
  if (reader.Read(kDerSequence)) {
    if (reader.Next(kDerOctetString)) return EncryptedKeyError();
    if (reader.Next(kDerBitString) || reader.Next(kDerSequence)) {
      return PublicOnlyError();
    }
  }
  return NotAPrivateKeyError();
}

}  // namespace

absl::StatusOr<ParsedPrivateKey> ParsePrivateKeyDer(string_view der) {
  DerReader outer(der);
  std::optional<string_view> sequence = outer.Read(kDerSequence);
  if (!sequence) return NotAPrivateKeyError();
  if (!outer.empty()) return TrailingBytesError();
  DerReader reader(*sequence);
  if (!reader.Next(kDerInteger)) return OtherContentError(reader);
  if (!reader.ReadUnsigned()) return NotAPrivateKeyError();
  if (reader.Next(kDerSequence)) return ParsePkcs8(reader);
  if (reader.Next(kDerOctetString)) return ParseEcPrivateKey(der, nullptr, "");
  if (reader.Next(kDerInteger)) {
    return ParseRsaPrivateKey(der, EncodeKeyAlgorithm(KeyType::kRsa));
  }
  return NotAPrivateKeyError();
}

}  // namespace keyhold::internal
