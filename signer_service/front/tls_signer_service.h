// The generated service of the TCP listeners: no callbacks in it, since one
// would give gRPC threads of its own.
#ifndef KEYHOLD_SIGNER_SERVICE_FRONT_TLS_SIGNER_SERVICE_H_
#define KEYHOLD_SIGNER_SERVICE_FRONT_TLS_SIGNER_SERVICE_H_

#include "keyhold/signer/v1/service.grpc.pb.h"

namespace keyhold {

using TlsSignerService = signer::v1::Signer::WithAsyncMethod_ListKeys<
    signer::v1::Signer::WithAsyncMethod_GetKey<
        signer::v1::Signer::WithAsyncMethod_ChooseScheme<
            signer::v1::Signer::WithAsyncMethod_Sign<
                signer::v1::Signer::WithRawMethod_SignStream<
                    signer::v1::Signer::Service>>>>>;

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_FRONT_TLS_SIGNER_SERVICE_H_
