#include "signer_service/vault/signing_cost.h"

#include <algorithm>

#include "tls_lib/core/key_type.h"

namespace keyhold {

int SigningCost(const PublicKey& key, bool has_fast_engine) {
  switch (key.type()) {
    case KeyType::kRsa:
    case KeyType::kRsaPss: {
      // The time grows with the cube of the modulus's size.
      const int kilobits = std::max(2, static_cast<int>(key.bits()) / 1024);
      return kilobits * kilobits * kilobits / 8;
    }
    case KeyType::kEcdsaP384:
      return has_fast_engine ? 0 : 3;
    case KeyType::kEcdsaP521:
    case KeyType::kEd448:
      return has_fast_engine ? 0 : 1;
    case KeyType::kEcdsaP256:
    case KeyType::kEd25519:
      return 0;
  }
  return 1;
}

}  // namespace keyhold
