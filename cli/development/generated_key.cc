#include "cli/development/generated_key.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "openssl/pem.h"
#include "tls_lib/base/openssl_error.h"

namespace keyhold {
namespace {

constexpr size_t kRsaBits = 2048;

EvpPkeyPtr Generate(KeyType type) {
  const auto ec = [](const char* curve) {
    return EvpPkeyPtr(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", curve));
  };
  const auto other = [](const char* name) {
    return EvpPkeyPtr(EVP_PKEY_Q_keygen(nullptr, nullptr, name));
  };
  switch (type) {
    case KeyType::kRsa:
      return EvpPkeyPtr(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", kRsaBits));
    case KeyType::kRsaPss: {
      EvpPkeyCtxPtr context(
          EVP_PKEY_CTX_new_from_name(nullptr, "RSA-PSS", nullptr));
      EVP_PKEY* pkey = nullptr;
      if (context == nullptr || EVP_PKEY_keygen_init(context.get()) <= 0 ||
          EVP_PKEY_CTX_set_rsa_keygen_bits(context.get(), kRsaBits) <= 0 ||
          EVP_PKEY_generate(context.get(), &pkey) <= 0) {
        return nullptr;
      }
      return EvpPkeyPtr(pkey);
    }
    case KeyType::kEcdsaP256:
      return ec("P-256");
    case KeyType::kEcdsaP384:
      return ec("P-384");
    case KeyType::kEcdsaP521:
      return ec("P-521");
    case KeyType::kEd25519:
      return other("ED25519");
    case KeyType::kEd448:
      return other("ED448");
  }
  return nullptr;
}

}  // namespace

absl::StatusOr<GeneratedKey> GeneratedKey::Create(KeyType type) {
  EvpPkeyPtr pkey = Generate(type);
  if (pkey == nullptr) {
    return OpensslError(
        absl::StatusCode::kInternal,
        absl::StrCat("making a new ", KeyTypeName(type), " key"));
  }
  return GeneratedKey(std::move(pkey));
}

absl::StatusOr<SecretBytes> GeneratedKey::ToPem() const {
  BioPtr bio(BIO_new(BIO_s_secmem()));
  if (bio == nullptr ||
      PEM_write_bio_PKCS8PrivateKey(bio.get(), pkey_.get(), nullptr, nullptr, 0,
                                    nullptr, nullptr) != 1) {
    return OpensslError(absl::StatusCode::kInternal,
                        "writing a new private key as PEM");
  }
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return SecretBytes::CopyOf(
      absl::string_view(data, static_cast<size_t>(size)));
}

absl::StatusOr<std::string> GeneratedKey::ToPublicPem() const {
  BioPtr bio(BIO_new(BIO_s_mem()));
  if (bio == nullptr || PEM_write_bio_PUBKEY(bio.get(), pkey_.get()) != 1) {
    return OpensslError(absl::StatusCode::kInternal,
                        "writing a new public key as PEM");
  }
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return std::string(data, static_cast<size_t>(size));
}

}  // namespace keyhold
