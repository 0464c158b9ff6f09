// The provider's decoders: OSSL_OP_DECODER (provider-decoder(7)), from a PEM
// block with the label KEYHOLD KEY to a key of this provider.
#ifndef KEYHOLD_TLS_LIB_PROVIDER_KEY_FILE_DECODER_H_
#define KEYHOLD_TLS_LIB_PROVIDER_KEY_FILE_DECODER_H_

#include "openssl/core.h"

namespace keyhold::provider {

// For the answer to OSSL_OP_DECODER queries; the provider's context is a
// ModuleContext. Static.
//
// libcrypto shows every key that it loads, of whatever kind, to every decoder.
// What is no KEYHOLD KEY they leave alone without an error; one that is
// damaged ends the search with an error that says so. Decoding asks nobody
// over any network or socket.
const OSSL_ALGORITHM* DecoderAlgorithms();

}  // namespace keyhold::provider

#endif  // KEYHOLD_TLS_LIB_PROVIDER_KEY_FILE_DECODER_H_
