#include "signer_service/engines/engine_test_input.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tls_lib/base/secret_bytes.h"
#include "tls_lib/core/internal/evp_digest.h"
#include "tls_lib/local/private_key.h"

namespace keyhold {

namespace {

// What stands before and after the secret in a file.
struct FileForm {
  absl::string_view before;
  absl::string_view after;
};

// SEC1 for ECDSA (RFC 5915 §3), PKCS#8 for Ed25519 (RFC 8410 §7).
FileForm FormOf(TestKeyKind kind) {
  using namespace std::literals;  // NOLINT
  constexpr auto kP256Before = "\x30\x31\x02\x01\x01\x04\x20"sv;
  constexpr auto kP256After =
      "\xa0\x0a\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07"sv;
  constexpr auto kP384Before = "\x30\x3e\x02\x01\x01\x04\x30"sv;
  constexpr auto kP384After = "\xa0\x07\x06\x05\x2b\x81\x04\x00\x22"sv;
  constexpr auto kEd25519Before =
      "\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20"sv;
  const auto view = [](std::string_view bytes) {
    return absl::string_view(bytes.data(), bytes.size());
  };
  switch (kind) {
    case TestKeyKind::kP256:
      return {view(kP256Before), view(kP256After)};
    case TestKeyKind::kP384:
      return {view(kP384Before), view(kP384After)};
    default:
      return {view(kEd25519Before), {}};
  }
}

std::unique_ptr<const EngineKey> MakeFrom(const SecretBytes& encoded) {
  absl::StatusOr<PrivateKey> key = PrivateKey::Parse(encoded);
  absl::StatusOr<EngineKey> engine_key = EngineKey::Create(*std::move(key));
  return std::make_unique<EngineKey>(*std::move(engine_key));
}

}  // namespace

std::unique_ptr<const EngineKey> MakeEngineKey(TestKeyKind kind, int index) {
  return MakeFrom(*SecretBytes::CopyOf(TestKeyPem(kind, index)));
}

std::unique_ptr<const EngineKey> MakeEngineKeyFromSecret(
    TestKeyKind kind, absl::string_view secret) {
  const FileForm form = FormOf(kind);
  SecretBytes der = *SecretBytes::OfSize(form.before.size() + secret.size() +
                                         form.after.size());
  uint8_t* position = der.data();
  for (absl::string_view part : {form.before, secret, form.after}) {
    position = std::copy(part.begin(), part.end(), position);
  }
  return MakeFrom(der);
}

void EngineTestBatch::Add(const EngineKey& key, SignatureScheme scheme,
                          absl::string_view message) {
  const SchemeInfo* info = FindScheme(scheme);
  inputs_.push_back(info->hash == HashAlgorithm::kNone
                        ? std::string(message)
                        : *internal::ComputeDigest(info->hash, message));
  items_.push_back({&key, info, inputs_.back()});
}

void EngineTestBatch::AddMany(const EngineKey& key, size_t count) {
  const SignatureScheme scheme = key.public_key().DefaultPreferences().front();
  for (size_t i = 0; i < count; ++i) {
    Add(key, scheme, absl::StrCat("message ", items_.size()));
  }
}

absl::Status EngineTestBatch::Verify(size_t index,
                                     absl::string_view signature) const {
  return VerifyItem(items_[index], signature);
}

absl::Status VerifyItem(const EngineItem& item, absl::string_view signature) {
  const PublicKey& key = item.key->public_key();
  const SignatureScheme scheme = item.scheme->scheme;
  return item.scheme->hash == HashAlgorithm::kNone
             ? key.Verify(scheme, item.input, signature)
             : key.VerifyDigest(scheme, item.input, signature);
}

}  // namespace keyhold
