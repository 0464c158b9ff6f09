#include "tls_lib/provider/public_half.h"

#include <cstring>

#include "openssl/core_names.h"
#include "tls_lib/base/openssl_error.h"

namespace keyhold::provider {
namespace {

absl::Status UnreadablePublicKeyError() {
  return OpensslError(absl::StatusCode::kInternal,
                      "OpenSSL cannot read the public key of a certificate");
}

bool SameParam(const OSSL_PARAM* a, const OSSL_PARAM* b) {
  if (a == nullptr || b == nullptr) return a == b;
  return a->data_type == b->data_type && a->data_size == b->data_size &&
         memcmp(a->data, b->data, a->data_size) == 0;
}

}  // namespace

const char* OpensslKeyType(KeyType type) {
  switch (type) {
    case KeyType::kRsa:
      return "RSA";
    case KeyType::kRsaPss:
      return "RSA-PSS";
    case KeyType::kEcdsaP256:
    case KeyType::kEcdsaP384:
    case KeyType::kEcdsaP521:
      return "EC";
    case KeyType::kEd25519:
      return "ED25519";
    case KeyType::kEd448:
      return "ED448";
  }
  return "";
}

bool SamePublicParams(const OSSL_PARAM* a, const OSSL_PARAM* b) {
  constexpr const char* kNames[] = {
      OSSL_PKEY_PARAM_RSA_N, OSSL_PKEY_PARAM_RSA_E, OSSL_PKEY_PARAM_GROUP_NAME,
      OSSL_PKEY_PARAM_PUB_KEY};
  bool any = false;
  for (const char* name : kNames) {
    const OSSL_PARAM* in_a = OSSL_PARAM_locate_const(a, name);
    if (!SameParam(in_a, OSSL_PARAM_locate_const(b, name))) return false;
    any = any || in_a != nullptr;
  }
  return any;
}

absl::StatusOr<std::shared_ptr<const PublicHalf>> PublicHalf::Create(
    PublicKey key, OSSL_LIB_CTX* library) {
  auto bytes = reinterpret_cast<const unsigned char*>(key.spki().data());
  EvpPkeyPtr pkey(d2i_PUBKEY_ex(
      nullptr, &bytes, static_cast<long>(key.spki().size()), library, nullptr));
  if (pkey == nullptr) return UnreadablePublicKeyError();
  OSSL_PARAM* params = nullptr;
  if (EVP_PKEY_todata(pkey.get(), EVP_PKEY_PUBLIC_KEY, &params) != 1) {
    return UnreadablePublicKeyError();
  }
  std::shared_ptr<PublicHalf> half(
      new PublicHalf(std::move(key), OsslParamsPtr(params)));
  half->bits_ = EVP_PKEY_get_bits(pkey.get());
  half->security_bits_ = EVP_PKEY_get_security_bits(pkey.get());
  if (EVP_PKEY_is_a(pkey.get(), "EC") == 1) {
    char group[64];
    if (EVP_PKEY_get_group_name(pkey.get(), group, sizeof(group), nullptr) !=
        1) {
      return UnreadablePublicKeyError();
    }
    half->group_ = group;
  }
  return half;
}

const char* PublicHalf::openssl_type() const {
  return OpensslKeyType(key_.type());
}

}  // namespace keyhold::provider
