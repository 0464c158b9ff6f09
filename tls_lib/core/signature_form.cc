#include "tls_lib/core/signature_form.h"

#include <cstdint>

#include "absl/strings/str_cat.h"

namespace keyhold {
namespace {

constexpr uint8_t kDerSequence = 0x30;
constexpr uint8_t kDerOneLengthByte = 0x81;

absl::Status WrongSize(const PublicKey& key, size_t size) {
  return absl::InternalError(absl::StrCat(
      "the service answered with ", size, " bytes where a ",
      KeyTypeName(key.type()), " signature has ", key.max_signature_size()));
}

absl::Status NoEcdsaSignature(const PublicKey& key, size_t size) {
  return absl::InternalError(absl::StrCat(
      "the service answered with ", size, " bytes that are no whole ",
      KeyTypeName(key.type()), " signature, which is DER of at most ",
      key.max_signature_size(), " bytes"));
}

bool IsEcdsa(KeyType type) {
  return type == KeyType::kEcdsaP256 || type == KeyType::kEcdsaP384 ||
         type == KeyType::kEcdsaP521;
}

// X.690 §8.1.3: one length byte up to 127, two up to 255; no curve needs
// more.
bool IsOneDerSequence(absl::string_view bytes) {
  if (bytes.size() < 2 || static_cast<uint8_t>(bytes[0]) != kDerSequence) {
    return false;
  }
  const auto first = static_cast<uint8_t>(bytes[1]);
  if (first < 0x80) return bytes.size() == 2u + first;
  return first == kDerOneLengthByte && bytes.size() > 2 &&
         bytes.size() == 3u + static_cast<uint8_t>(bytes[2]);
}

}  // namespace

absl::Status CheckSignatureForm(const PublicKey& key,
                                absl::string_view signature) {
  if (!IsEcdsa(key.type())) {
    return signature.size() == key.max_signature_size()
               ? absl::OkStatus()
               : WrongSize(key, signature.size());
  }
  return signature.size() <= key.max_signature_size() &&
                 IsOneDerSequence(signature)
             ? absl::OkStatus()
             : NoEcdsaSignature(key, signature.size());
}

}  // namespace keyhold
