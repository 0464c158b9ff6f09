// Tests that a configuration brings for its own policy.
#ifndef KEYHOLD_SIGNER_SERVICE_CONFIG_POLICY_TESTS_H_
#define KEYHOLD_SIGNER_SERVICE_CONFIG_POLICY_TESTS_H_

#include "keyhold/signer/v1/config.pb.h"
#include "proto/yaml/fault_list.h"
#include "signer_service/keys/key_settings.h"
#include "signer_service/policy/policy.h"

namespace keyhold {

// Adds a fault for each of policy.tests that does not hold, with what the
// policy says instead, and for each that asks nothing that can be answered.
void RunPolicyTests(const signer::v1::Policy& tests, const Policy& policy,
                    const KeyStoreSettings& keys, FaultList& faults);

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_CONFIG_POLICY_TESTS_H_
