#include "tls_lib/local/internal/ec_private_key.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "openssl/core_names.h"
#include "openssl/err.h"
#include "tls_lib/base/der.h"
#include "tls_lib/base/openssl_ptr.h"
#include "tls_lib/base/secret_bytes.h"
#include "tls_lib/base/secure_heap.h"
#include "tls_lib/base/status_macros.h"
#include "tls_lib/core/internal/key_algorithm.h"
#include "tls_lib/core/internal/spki_parser.h"

namespace keyhold::internal {
namespace {

using absl::string_view;

const uint8_t* Bytes(string_view bytes) {
  return reinterpret_cast<const uint8_t*>(bytes.data());
}

absl::Status MalformedError() {
  return absl::InvalidArgumentError(
      "the EC private key is not valid DER (RFC 5915 section 3)");
}

absl::Status NoCurveError() {
  return absl::InvalidArgumentError(
      "the EC private key does not name its curve; convert it to PKCS#8 with: "
      "openssl pkcs8 -topk8 -nocrypt");
}

absl::Status TwoCurvesError() {
  return absl::InvalidArgumentError(
      "the EC private key names another curve than the PKCS#8 around it");
}

absl::Status PrivateNumberError(const EcCurve& curve) {
  return absl::InvalidArgumentError(
      absl::StrCat("the private number of the ", KeyTypeName(curve.key_type),
                   " key is not between 1 and the order of the curve"));
}

absl::Status PublicKeyMismatchError() {
  return absl::InvalidArgumentError(
      "the private number of the EC key does not belong to the public point "
      "in the same file; the file is damaged or was put together by hand");
}

// What ECPrivateKey holds; views into the file.
struct EcPrivateKeyFields {
  string_view private_key;
  const EcCurve* curve = nullptr;  // null if absent
  string_view public_key;          // empty if absent
};

absl::StatusOr<EcPrivateKeyFields> ReadFields(string_view der) {
  DerReader outer(der);
  std::optional<string_view> sequence = outer.Read(kDerSequence);
  if (!sequence || !outer.empty()) return MalformedError();
  DerReader reader(*sequence);
  std::optional<string_view> version = reader.ReadUnsigned();
  std::optional<string_view> private_key = reader.Read(kDerOctetString);
  if (version != string_view("\x01") || !private_key) return MalformedError();
  EcPrivateKeyFields fields;
  fields.private_key = *private_key;
  if (reader.Next(DerExplicit(0))) {
    std::optional<string_view> parameters = reader.Read(DerExplicit(0));
    if (!parameters) return MalformedError();
    ASSIGN_OR_RETURN(fields.curve, ParseEcParameters(*parameters));
  }
  if (reader.Next(DerExplicit(1))) {
    std::optional<string_view> tagged = reader.Read(DerExplicit(1));
    DerReader inner(tagged.value_or(""));
    std::optional<string_view> point = inner.ReadBitString();
    if (!point || point->empty() || !inner.empty()) return MalformedError();
    fields.public_key = *point;
  }
  if (!reader.empty()) return MalformedError();
  return fields;
}

absl::StatusOr<BignumPtr> ReadPrivateNumber(const EcCurve& curve,
                                            string_view bytes) {
  if (bytes.size() > curve.field_bytes) return PrivateNumberError(curve);
  BignumPtr number(BN_secure_new());
  if (number == nullptr ||
      BN_bin2bn(Bytes(bytes), static_cast<int>(bytes.size()), number.get()) ==
          nullptr) {
    return PrivateKeyOperationError("cannot hold an EC private key");
  }
  BN_set_flags(number.get(), BN_FLG_CONSTTIME);
  const BIGNUM* order = EC_GROUP_get0_order(CurveGroup(curve));
  if (BN_is_zero(number.get()) != 0 || BN_cmp(number.get(), order) >= 0) {
    return PrivateNumberError(curve);
  }
  return number;
}

absl::StatusOr<EcPointPtr> ComputePublicPoint(const EcCurve& curve,
                                              const BIGNUM* private_number) {
  const EC_GROUP* group = CurveGroup(curve);
  EcPointPtr point(EC_POINT_new(group));
  BnCtxPtr context(BN_CTX_secure_new());
  if (point == nullptr || context == nullptr ||
      EC_POINT_mul(group, point.get(), private_number, nullptr, nullptr,
                   context.get()) != 1) {
    return PrivateKeyOperationError("cannot compute an EC public key");
  }
  return point;
}

// A file may hold the point in any of its forms (RFC 5480 §2.2), or none.
absl::Status CheckPublicPoint(const EcCurve& curve, const EC_POINT* computed,
                              string_view stated) {
  if (stated.empty()) return absl::OkStatus();
  const EC_GROUP* group = CurveGroup(curve);
  EcPointPtr point(EC_POINT_new(group));
  if (EC_POINT_oct2point(group, point.get(), Bytes(stated), stated.size(),
                         nullptr) != 1 ||
      EC_POINT_cmp(group, point.get(), computed, nullptr) != 0) {
    ERR_clear_error();
    return PublicKeyMismatchError();
  }
  return absl::OkStatus();
}

std::string EncodePoint(const EcCurve& curve, const EC_POINT* point) {
  std::string encoded(1 + 2 * curve.field_bytes, '\0');
  EC_POINT_point2oct(CurveGroup(curve), point, POINT_CONVERSION_UNCOMPRESSED,
                     reinterpret_cast<uint8_t*>(encoded.data()), encoded.size(),
                     nullptr);
  return encoded;
}

// Made from its numbers, the key lives in OpenSSL's provider at once. A key
// from d2i_ECPrivateKey would be copied there by its first signature, which
// doubles its memory and that in the secure heap.
absl::StatusOr<EvpPkeyPtr> MakeKey(const EcCurve& curve,
                                   const BIGNUM* private_number,
                                   std::string point) {
  ASSIGN_OR_RETURN(SecretBytes native, SecretBytes::OfSize(curve.field_bytes));
  EvpPkeyCtxPtr context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
  // OSSL_PARAM has no const form; nothing is written through it.
  OSSL_PARAM params[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME,
                                       const_cast<char*>(curve.group_name), 0),
      OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                        point.size()),
      OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_PRIV_KEY, native.data(),
                              native.size()),
      OSSL_PARAM_construct_end()};
  EVP_PKEY* key = nullptr;
  if (BN_bn2nativepad(private_number, native.data(),
                      static_cast<int>(native.size())) < 0 ||
      context == nullptr || EVP_PKEY_fromdata_init(context.get()) <= 0 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_KEYPAIR, params) <= 0) {
    return PrivateKeyOperationError("cannot hold an EC private key");
  }
  return EvpPkeyPtr(key);
}

class EcEngine final : public KeyEngine {
 public:
  // `ready`: set up for signing with the key. Copying it is cheaper than
  // setting another up.
  EcEngine(EvpPkeyCtxPtr ready, const EcCurve& curve)
      : ready_(std::move(ready)), curve_(curve) {}

  absl::StatusOr<std::string> Sign(const SchemeInfo& scheme,
                                   string_view digest) const override {
    EvpPkeyCtxPtr context(EVP_PKEY_CTX_dup(ready_.get()));
    std::string signature(curve_.max_signature_size, '\0');
    size_t size = signature.size();
    if (context == nullptr ||
        EVP_PKEY_sign(context.get(),
                      reinterpret_cast<uint8_t*>(signature.data()), &size,
                      Bytes(digest), digest.size()) <= 0) {
      return PrivateKeyOperationError(
          absl::StrCat("cannot sign with ", scheme.name));
    }
    signature.resize(size);
    return signature;
  }

  absl::StatusOr<SecretBytes> PrivateNumber() const override {
    ASSIGN_OR_RETURN(SecretBytes number,
                     SecretBytes::OfSize(curve_.field_bytes));
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_PRIV_KEY, number.data(),
                                number.size()),
        OSSL_PARAM_construct_end()};
    if (EVP_PKEY_get_params(EVP_PKEY_CTX_get0_pkey(ready_.get()), params) !=
            1 ||
        params[0].return_size != number.size()) {
      return PrivateKeyOperationError("cannot read an EC private key");
    }
    // OSSL_PARAM has numbers in the machine's order of bytes.
    std::reverse(number.data(), number.data() + number.size());
    return number;
  }

 private:
  const EvpPkeyCtxPtr ready_;
  const EcCurve& curve_;
};

}  // namespace

absl::StatusOr<ParsedPrivateKey> ParseEcPrivateKey(string_view der,
                                                   const EcCurve* curve,
                                                   string_view public_key) {
  ASSIGN_OR_RETURN(EcPrivateKeyFields fields, ReadFields(der));
  if (curve == nullptr) curve = fields.curve;
  if (curve == nullptr) return NoCurveError();
  if (fields.curve != nullptr && fields.curve != curve) {
    return TwoCurvesError();
  }
  ASSIGN_OR_RETURN(BignumPtr number,
                   ReadPrivateNumber(*curve, fields.private_key));
  ASSIGN_OR_RETURN(EcPointPtr point, ComputePublicPoint(*curve, number.get()));
  RETURN_IF_ERROR(CheckPublicPoint(*curve, point.get(), fields.public_key));
  RETURN_IF_ERROR(CheckPublicPoint(*curve, point.get(), public_key));
  std::string encoded = EncodePoint(*curve, point.get());
  ASSIGN_OR_RETURN(EvpPkeyPtr key, MakeKey(*curve, number.get(), encoded));
  EvpPkeyCtxPtr ready(EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr));
  if (ready == nullptr || EVP_PKEY_sign_init(ready.get()) <= 0) {
    return PrivateKeyOperationError("cannot set up an EC private key");
  }
  ParsedPrivateKey result;
  result.spki = EncodeSpki(EncodeKeyAlgorithm(curve->key_type), encoded);
  result.engine = std::make_unique<EcEngine>(std::move(ready), *curve);
  return result;
}

}  // namespace keyhold::internal
