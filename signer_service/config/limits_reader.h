// Limits on signatures, from the configuration.
#ifndef KEYHOLD_SIGNER_SERVICE_CONFIG_LIMITS_READER_H_
#define KEYHOLD_SIGNER_SERVICE_CONFIG_LIMITS_READER_H_

#include "keyhold/signer/v1/config.pb.h"
#include "proto/yaml/fault_list.h"
#include "signer_service/config/signature_limits.h"

namespace keyhold {

// Adds to `faults`: a number out of its range, a limit that limits nothing, a
// burst without a rate. The result is of use only if there are none.
SignatureLimits ReadSignatureLimits(const signer::v1::Limits& limits,
                                    FaultList& faults);

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_CONFIG_LIMITS_READER_H_
