#include "tls_lib/local/internal/eddsa_private_key.h"

#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "openssl/core_names.h"
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

// OpenSSL's own key, for one signature. `public_key` empty: computes it, which
// costs as much as a signature.
EvpPkeyPtr MakeKey(KeyType type, const SecretBytes& secret,
                   string_view public_key) {
  const char* name = type == KeyType::kEd25519 ? "ED25519" : "ED448";
  EvpPkeyCtxPtr context(EVP_PKEY_CTX_new_from_name(nullptr, name, nullptr));
  // OSSL_PARAM has no const form; nothing is written through it.
  OSSL_PARAM params[] = {
      OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PRIV_KEY,
                                        const_cast<uint8_t*>(secret.data()),
                                        secret.size()),
      OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY,
                                        const_cast<char*>(public_key.data()),
                                        public_key.size()),
      OSSL_PARAM_construct_end()};
  if (public_key.empty()) params[1] = OSSL_PARAM_construct_end();
  EVP_PKEY* key = nullptr;
  if (context == nullptr || EVP_PKEY_fromdata_init(context.get()) <= 0 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_KEYPAIR, params) <= 0) {
    return nullptr;
  }
  return EvpPkeyPtr(key);
}

// Keeps the secret itself, not OpenSSL's key: OpenSSL 3.0 holds one that was
// made of bytes on the ordinary heap, not in the secure heap. So there is a
// copy there only while a signature is made, and it is wiped; it costs a tenth
// of a signature.
class EddsaEngine final : public KeyEngine {
 public:
  EddsaEngine(KeyType type, SecretBytes secret, std::string public_key)
      : type_(type),
        secret_(std::move(secret)),
        public_key_(std::move(public_key)) {}

  absl::StatusOr<std::string> Sign(const SchemeInfo& scheme,
                                   string_view message) const override {
    EvpPkeyPtr key = MakeKey(type_, secret_, public_key_);
    EvpMdCtxPtr context(EVP_MD_CTX_new());
    std::string signature(type_ == KeyType::kEd25519 ? 64 : 114, '\0');
    size_t size = signature.size();
    if (key == nullptr || context == nullptr ||
        EVP_DigestSignInit_ex(context.get(), nullptr, nullptr, nullptr, nullptr,
                              key.get(), nullptr) != 1 ||
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
    return SecretBytes::CopyOf(secret_.Reveal());
  }

 private:
  const KeyType type_;
  const SecretBytes secret_;
  const std::string public_key_;
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
  ASSIGN_OR_RETURN(SecretBytes secret, SecretBytes::CopyOf(*bytes));
  EvpPkeyPtr key = MakeKey(type, secret, "");
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
  ParsedPrivateKey result;
  result.spki = EncodeSpki(EncodeKeyAlgorithm(type), computed);
  result.engine = std::make_unique<EddsaEngine>(type, std::move(secret),
                                                std::move(computed));
  return result;
}

}  // namespace keyhold::internal
