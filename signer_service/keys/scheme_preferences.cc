// Apart from key_rules.cc, which needs no cryptography.
#include "signer_service/keys/key_rules.h"

namespace keyhold {

SchemePreferences DecidePreferences(
    const PublicKey& key, absl::Span<const SignatureScheme> configured) {
  SchemePreferences preferences;
  if (configured.empty()) {
    preferences.usable = key.DefaultPreferences();
  }
  for (SignatureScheme scheme : configured) {
    const bool usable = key.CanMake(scheme, TlsVersion::kTls12) ||
                        key.CanMake(scheme, TlsVersion::kTls13);
    (usable ? preferences.usable : preferences.unusable).push_back(scheme);
  }
  preferences.usable.shrink_to_fit();
  return preferences;
}

}  // namespace keyhold
