// The gRPC service of the TCP listeners.
#ifndef KEYHOLD_SIGNER_SERVICE_FRONT_TLS_SIGNER_SERVICE_H_
#define KEYHOLD_SIGNER_SERVICE_FRONT_TLS_SIGNER_SERVICE_H_

#include "keyhold/signer/v1/service.grpc.pb.h"
#include "signer_service/front/signer_methods.h"

namespace keyhold {

// Sign is answered by SignCallQueue.
using TlsSignerService = SignerMethods<
    signer::v1::Signer::WithAsyncMethod_Sign<signer::v1::Signer::Service>>;

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_FRONT_TLS_SIGNER_SERVICE_H_
