#include "signer_service/engines/sodium_ed25519_engine.h"

#include <cstdint>
#include <string>

#include "absl/memory/memory.h"
#include "absl/status/status.h"
#include "signer_service/engines/openssl_random.h"
#include "sodium.h"

namespace keyhold {
namespace {

const char* ImplementationName() { return "openssl"; }

uint32_t RandomNumber() {
  uint32_t number;
  FillPrivateRandom(&number, sizeof(number));
  return number;
}

// Without `uniform`, libsodium draws it from `random`.
randombytes_implementation* OpensslRandomBytes() {
  static randombytes_implementation implementation = {
      ImplementationName, RandomNumber, nullptr, nullptr,
      FillPrivateRandom,  nullptr};
  return &implementation;
}

// libsodium's own source of random bytes opens a file, which the vault may
// not; it has to be replaced before sodium_init uses it.
bool InitializeSodium() {
  return randombytes_set_implementation(OpensslRandomBytes()) == 0 &&
         sodium_init() >= 0;
}

absl::StatusOr<std::string> SignOne(const EngineItem& item) {
  const SecretBytes& secret = item.key->secret();
  if (secret.size() != crypto_sign_ed25519_SECRETKEYBYTES) {
    return absl::InternalError("this key is not ready for Ed25519");
  }
  std::string signature(crypto_sign_ed25519_BYTES, '\0');
  if (crypto_sign_ed25519_detached(
          reinterpret_cast<unsigned char*>(signature.data()), nullptr,
          reinterpret_cast<const unsigned char*>(item.input.data()),
          item.input.size(), secret.data()) != 0) {
    return absl::InternalError("libsodium cannot sign with ed25519");
  }
  return signature;
}

}  // namespace

absl::StatusOr<std::unique_ptr<SodiumEd25519Engine>>
SodiumEd25519Engine::Create() {
  static const bool ready = InitializeSodium();
  if (!ready) return absl::InternalError("libsodium cannot be set up");
  return absl::WrapUnique(new SodiumEd25519Engine());
}

EngineResults SodiumEd25519Engine::Sign(
    absl::Span<const EngineItem> items) const {
  EngineResults results;
  results.reserve(items.size());
  for (const EngineItem& item : items) results.push_back(SignOne(item));
  return results;
}

}  // namespace keyhold
