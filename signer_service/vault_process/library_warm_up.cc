#include "signer_service/vault_process/library_warm_up.h"

#include "absl/strings/str_cat.h"
#include "openssl/crypto.h"
#include "openssl/evp.h"
#include "openssl/rand.h"
#include "sodium.h"
#include "tls_lib/base/openssl_error.h"

namespace keyhold {
namespace {

constexpr const char* kDigests[] = {"SHA256", "SHA384", "SHA512"};
constexpr const char* kSignatures[] = {"RSA", "ECDSA", "ED25519", "ED448"};

absl::Status NoSodium() {
  return absl::InternalError("libsodium cannot be initialised");
}

}  // namespace

void InitializeOpensslWithoutConfiguration() {
  OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr);
}

absl::Status WarmUpLibraries() {
  unsigned char bytes[1];
  if (RAND_bytes(bytes, sizeof(bytes)) != 1 ||
      RAND_priv_bytes(bytes, sizeof(bytes)) != 1) {
    return OpensslError(absl::StatusCode::kInternal, "random bytes");
  }
  if (sodium_init() < 0) return NoSodium();
  for (const char* name : kDigests) {
    EVP_MD* digest = EVP_MD_fetch(nullptr, name, nullptr);
    if (digest == nullptr) {
      return OpensslError(absl::StatusCode::kInternal, name);
    }
    EVP_MD_free(digest);
  }
  for (const char* name : kSignatures) {
    EVP_SIGNATURE* signature = EVP_SIGNATURE_fetch(nullptr, name, nullptr);
    if (signature == nullptr) {
      return OpensslError(absl::StatusCode::kInternal, name);
    }
    EVP_SIGNATURE_free(signature);
  }
  return absl::OkStatus();
}

}  // namespace keyhold
