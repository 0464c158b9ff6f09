#include "tls_lib/core/internal/spki_parser.h"

#include <memory>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "openssl/core_names.h"
#include "openssl/param_build.h"
#include "tls_lib/base/der.h"
#include "tls_lib/base/openssl_error.h"
#include "tls_lib/base/status_macros.h"
#include "tls_lib/core/internal/library_context.h"

namespace keyhold::internal {
namespace {

using absl::string_view;

constexpr int kLeastRsaBits = 2048;
// Above it a signature costs tens of milliseconds: more a way to stop a
// signer than to protect a site.
constexpr int kMostRsaBits = 8192;
// A longer exponent makes verification slow without making anything safer.
constexpr int kMostExponentBits = 64;

using ParamBldPtr =
    std::unique_ptr<OSSL_PARAM_BLD, OpensslDelete<OSSL_PARAM_BLD_free>>;
using ParamPtr = std::unique_ptr<OSSL_PARAM, OpensslDelete<OSSL_PARAM_free>>;

const uint8_t* Bytes(string_view bytes) {
  return reinterpret_cast<const uint8_t*>(bytes.data());
}

absl::Status MalformedError(string_view what) {
  return absl::InvalidArgumentError(
      absl::StrCat("the public key is not valid DER: ", what));
}

absl::Status RsaSizeError(int bits) {
  return absl::InvalidArgumentError(
      absl::StrCat("the RSA key has ", bits, " bits; it needs at least ",
                   kLeastRsaBits, " and at most ", kMostRsaBits));
}

absl::Status RsaNumbersError() {
  return absl::InvalidArgumentError(absl::StrCat(
      "the RSA key's numbers are no RSA key's: modulus and exponent must be "
      "odd, the exponent above 1 and at most ",
      kMostExponentBits, " bits long"));
}

absl::Status PointError(const EcCurve& curve) {
  return absl::InvalidArgumentError(absl::StrCat(
      "the public point of the ", KeyTypeName(curve.key_type),
      " key is not an uncompressed point on its curve (a compressed one is "
      "converted with: openssl ec -conv_form uncompressed)"));
}

absl::Status EddsaSizeError(KeyType type, size_t size) {
  return absl::InvalidArgumentError(
      absl::StrCat("the ", KeyTypeName(type), " public key has ", size,
                   " bytes, which is not its size"));
}

absl::StatusOr<EvpPkeyPtr> KeyFromParams(const char* type, OSSL_PARAM* params) {
  EvpPkeyCtxPtr context(
      EVP_PKEY_CTX_new_from_name(LibraryContext(), type, nullptr));
  EVP_PKEY* key = nullptr;
  if (context == nullptr || EVP_PKEY_fromdata_init(context.get()) <= 0 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params) <=
          0) {
    return OpensslError(absl::StatusCode::kInvalidArgument,
                        "OpenSSL does not take the public key");
  }
  return EvpPkeyPtr(key);
}

absl::StatusOr<ParsedSpki> ParseRsa(string_view encoded) {
  DerReader outer(encoded);
  std::optional<string_view> sequence = outer.Read(kDerSequence);
  if (!sequence || !outer.empty()) return MalformedError("RSAPublicKey");
  DerReader reader(*sequence);
  std::optional<string_view> modulus = reader.ReadUnsigned();
  std::optional<string_view> exponent = reader.ReadUnsigned();
  if (!modulus || !exponent || !reader.empty()) {
    return MalformedError("RSAPublicKey");
  }
  BignumPtr n(
      BN_bin2bn(Bytes(*modulus), static_cast<int>(modulus->size()), nullptr));
  BignumPtr e(
      BN_bin2bn(Bytes(*exponent), static_cast<int>(exponent->size()), nullptr));
  ParsedSpki result;
  result.bits = BN_num_bits(n.get());
  result.max_signature_size = modulus->size();
  if (result.bits < kLeastRsaBits || result.bits > kMostRsaBits) {
    return RsaSizeError(result.bits);
  }
  if (BN_is_odd(n.get()) == 0 || BN_is_odd(e.get()) == 0 ||
      BN_is_one(e.get()) != 0 || BN_num_bits(e.get()) > kMostExponentBits) {
    return RsaNumbersError();
  }
  ParamBldPtr builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get());
  ParamPtr params(OSSL_PARAM_BLD_to_param(builder.get()));
  ASSIGN_OR_RETURN(result.key, KeyFromParams("RSA", params.get()));
  return result;
}

absl::StatusOr<ParsedSpki> ParseEc(const EcCurve& curve, string_view point) {
  if (!IsPointOnCurve(curve, point)) return PointError(curve);
  // OSSL_PARAM has no const form; nothing is written through it.
  OSSL_PARAM params[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME,
                                       const_cast<char*>(curve.group_name), 0),
      OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY,
                                        const_cast<char*>(point.data()),
                                        point.size()),
      OSSL_PARAM_construct_end()};
  ParsedSpki result;
  result.bits = curve.bits;
  result.max_signature_size = curve.max_signature_size;
  ASSIGN_OR_RETURN(result.key, KeyFromParams("EC", params));
  return result;
}

absl::StatusOr<ParsedSpki> ParseEddsa(KeyType type, string_view key) {
  const bool is_25519 = type == KeyType::kEd25519;
  if (key.size() != (is_25519 ? 32 : 57)) {
    return EddsaSizeError(type, key.size());
  }
  ParsedSpki result;
  result.bits = is_25519 ? 255 : 448;
  result.max_signature_size = is_25519 ? 64 : 114;
  result.key.reset(EVP_PKEY_new_raw_public_key_ex(
      LibraryContext(), is_25519 ? "ED25519" : "ED448", nullptr, Bytes(key),
      key.size()));
  if (result.key == nullptr) {
    return OpensslError(absl::StatusCode::kInvalidArgument,
                        "OpenSSL does not take the public key");
  }
  return result;
}

absl::StatusOr<ParsedSpki> ParseOfAlgorithm(const KeyAlgorithm& algorithm,
                                            string_view key) {
  switch (algorithm.type) {
    case KeyType::kRsa:
    case KeyType::kRsaPss:
      return ParseRsa(key);
    case KeyType::kEcdsaP256:
    case KeyType::kEcdsaP384:
    case KeyType::kEcdsaP521:
      return ParseEc(*algorithm.curve, key);
    case KeyType::kEd25519:
    case KeyType::kEd448:
      return ParseEddsa(algorithm.type, key);
  }
  return absl::InternalError("a key type without a parser");
}

}  // namespace

absl::StatusOr<ParsedSpki> ParseSpki(string_view der) {
  DerReader outer(der);
  std::optional<string_view> sequence = outer.Read(kDerSequence);
  if (!sequence) return MalformedError("SubjectPublicKeyInfo");
  if (!outer.empty()) {
    return MalformedError("bytes follow the SubjectPublicKeyInfo");
  }
  DerReader reader(*sequence);
  std::optional<string_view> identifier = reader.Read(kDerSequence);
  std::optional<string_view> key = reader.ReadBitString();
  if (!identifier || !key || !reader.empty()) {
    return MalformedError("SubjectPublicKeyInfo");
  }
  ASSIGN_OR_RETURN(KeyAlgorithm algorithm, ParseKeyAlgorithm(*identifier));
  ASSIGN_OR_RETURN(ParsedSpki parsed, ParseOfAlgorithm(algorithm, *key));
  parsed.algorithm = algorithm;
  return parsed;
}

std::string EncodeSpki(string_view algorithm_der, string_view public_key) {
  return DerElement(kDerSequence,
                    absl::StrCat(algorithm_der, DerBitString(public_key)));
}

}  // namespace keyhold::internal
