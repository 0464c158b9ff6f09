// What a RemoteSigningKey shares with the Signers that it makes.
#ifndef KEYHOLD_TLS_LIB_REMOTE_REMOTE_KEY_STATE_H_
#define KEYHOLD_TLS_LIB_REMOTE_REMOTE_KEY_STATE_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>

#include "tls_lib/core/public_key.h"
#include "tls_lib/core/signing_context.h"
#include "tls_lib/remote/scheme_choice_cache.h"
#include "tls_lib/remote/signer_client.h"

namespace keyhold {

// Thread-safe.
struct RemoteKeyState {
  RemoteKeyState(std::shared_ptr<SignerClient> the_client, PublicKey key,
                 SchemeChoiceCache::Options options)
      : client(std::move(the_client)),
        public_key(std::move(key)),
        choices(std::move(options)) {}

  const std::shared_ptr<SignerClient> client;
  const PublicKey public_key;
  SchemeChoiceCache choices;
  // The scheme of the last choice in each role and version, as its code
  // point; 0: none yet, or it was refused.
  std::atomic<uint16_t> last_choices[2][2] = {};

  std::atomic<uint16_t>& LastChoice(const SigningContext& context) {
    return last_choices[context.role == Role::kServer ? 0 : 1]
                       [context.version == TlsVersion::kTls13 ? 0 : 1];
  }
};

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_REMOTE_REMOTE_KEY_STATE_H_
