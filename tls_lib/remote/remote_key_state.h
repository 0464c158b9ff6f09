// What a RemoteSigningKey shares with the Signers that it makes.
#ifndef KEYHOLD_TLS_LIB_REMOTE_REMOTE_KEY_STATE_H_
#define KEYHOLD_TLS_LIB_REMOTE_REMOTE_KEY_STATE_H_

#include <memory>
#include <utility>

#include "tls_lib/core/public_key.h"
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
};

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_REMOTE_REMOTE_KEY_STATE_H_
