#include "tls_lib/local/internal/eddsa_private_key.h"

#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
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

absl::Status MalformedError(KeyType type, size_t size) {
  return absl::InvalidArgumentError(absl::StrCat(
      "the ", KeyTypeName(type), " private key is not an OCTET STRING of ",
      size, " bytes (RFC 8410 section 7)"));
}

absl::Status PublicKeyMismatchError(KeyType type) {
  return absl::InvalidArgumentError(absl::StrCat(
      "the ", KeyTypeName(type),
      " private key does not belong to the public key in the same file; the "
      "file is damaged or was put together by hand"));
}

class EddsaEngine final : public KeyEngine {
 public:
  // `ready`: set up for signing with `key`. Copying it is cheaper than setting
  // another up.
  EddsaEngine(EvpPkeyPtr key, EvpMdCtxPtr ready, size_t key_size,
              size_t signature_size)
      : key_(std::move(key)),
        ready_(std::move(ready)),
        key_size_(key_size),
        signature_size_(signature_size) {}

  absl::StatusOr<std::string> Sign(const SchemeInfo& scheme,
                                   string_view message) const override {
    EvpMdCtxPtr context(EVP_MD_CTX_new());
    std::string signature(signature_size_, '\0');
    size_t size = signature.size();
    if (context == nullptr ||
        EVP_MD_CTX_copy_ex(context.get(), ready_.get()) != 1 ||
        EVP_DigestSign(context.get(),
                       reinterpret_cast<uint8_t*>(signature.data()), &size,
                       Bytes(message), message.size()) != 1 ||
        size != signature.size()) {
      return PrivateKeyOperationError(
          absl::StrCat("cannot sign with ", scheme.name));
    }
    return signature;
  }

  absl::StatusOr<SecretBytes> PrivateNumber() const override {
    ASSIGN_OR_RETURN(SecretBytes number, SecretBytes::OfSize(key_size_));
    size_t size = number.size();
    if (EVP_PKEY_get_raw_private_key(key_.get(), number.data(), &size) != 1 ||
        size != number.size()) {
      return PrivateKeyOperationError("cannot read an EdDSA private key");
    }
    return number;
  }

 private:
  const EvpPkeyPtr key_;
  const EvpMdCtxPtr ready_;
  const size_t key_size_;
  const size_t signature_size_;
};

}  // namespace

absl::StatusOr<ParsedPrivateKey> ParseEddsaPrivateKey(string_view der,
                                                      KeyType type,
                                                      string_view public_key) {
  const bool is_25519 = type == KeyType::kEd25519;
  const size_t key_size = is_25519 ? 32 : 57;
  DerReader reader(der);
  std::optional<string_view> bytes = reader.Read(kDerOctetString);
  if (!bytes || !reader.empty() || bytes->size() != key_size) {
    return MalformedError(type, key_size);
  }
  EvpPkeyPtr key(
      EVP_PKEY_new_raw_private_key(is_25519 ? EVP_PKEY_ED25519 : EVP_PKEY_ED448,
                                   nullptr, Bytes(*bytes), bytes->size()));
  std::string computed(key_size, '\0');
  size_t computed_size = computed.size();
  if (key == nullptr ||
      EVP_PKEY_get_raw_public_key(key.get(),
                                  reinterpret_cast<uint8_t*>(computed.data()),
                                  &computed_size) != 1) {
    return PrivateKeyOperationError(
        absl::StrCat("cannot hold an ", KeyTypeName(type), " private key"));
  }
  if (!public_key.empty() && public_key != computed) {
    return PublicKeyMismatchError(type);
  }
  EvpMdCtxPtr ready(EVP_MD_CTX_new());
  if (ready == nullptr ||
      EVP_DigestSignInit_ex(ready.get(), nullptr, nullptr, nullptr, nullptr,
                            key.get(), nullptr) != 1) {
    return PrivateKeyOperationError(
        absl::StrCat("cannot set up an ", KeyTypeName(type), " private key"));
  }
  ParsedPrivateKey result;
  result.spki = EncodeSpki(EncodeKeyAlgorithm(type), computed);
  result.engine = std::make_unique<EddsaEngine>(
      std::move(key), std::move(ready), key_size, is_25519 ? 64 : 114);
  return result;
}

}  // namespace keyhold::internal
