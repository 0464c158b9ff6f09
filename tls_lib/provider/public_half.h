// What libcrypto asks about a key, answered without its private half.
#ifndef KEYHOLD_TLS_LIB_PROVIDER_PUBLIC_HALF_H_
#define KEYHOLD_TLS_LIB_PROVIDER_PUBLIC_HALF_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "openssl/params.h"
#include "tls_lib/base/openssl_ptr.h"
#include "tls_lib/core/public_key.h"

namespace keyhold::provider {

inline void FreeOsslParams(OSSL_PARAM* params) { OSSL_PARAM_free(params); }
using OsslParamsPtr =
    std::unique_ptr<OSSL_PARAM, OpensslDelete<FreeOsslParams>>;

// Parsed once for each certificate and shared by all its handshakes.
// Immutable, thread-safe.
class PublicHalf {
 public:
  // Internal if OpenSSL cannot read what PublicKey could.
  static absl::StatusOr<std::shared_ptr<const PublicHalf>> Create(
      PublicKey key, OSSL_LIB_CTX* library);

  const PublicKey& key() const { return key_; }
  // The name of the key's type in OpenSSL: "RSA", "RSA-PSS", "EC" ….
  const char* openssl_type() const;
  // As OpenSSL counts them, which for EdDSA differs from PublicKey::bits.
  int bits() const { return bits_; }
  int security_bits() const { return security_bits_; }
  // The curve's name in OpenSSL, empty unless the key is an ECDSA one.
  const std::string& group() const { return group_; }
  // As the default provider's key management exports a public key.
  const OSSL_PARAM* params() const { return params_.get(); }

 private:
  PublicHalf(PublicKey key, OsslParamsPtr params)
      : key_(std::move(key)), params_(std::move(params)) {}

  PublicKey key_;
  OsslParamsPtr params_;
  int bits_ = 0;
  int security_bits_ = 0;
  std::string group_;
};

// The name of a type of key in OpenSSL.
const char* OpensslKeyType(KeyType type);

// Whether two exports of public keys are of the same key. Compares those
// parameters that make up a key: modulus and exponent, or curve and point.
bool SamePublicParams(const OSSL_PARAM* a, const OSSL_PARAM* b);

}  // namespace keyhold::provider

#endif  // KEYHOLD_TLS_LIB_PROVIDER_PUBLIC_HALF_H_
