// Whether the agent that a key file names answers, and a signature comes back.
#ifndef KEYHOLD_CLI_DOCTOR_AGENT_CHECK_H_
#define KEYHOLD_CLI_DOCTOR_AGENT_CHECK_H_

#include <vector>

#include "absl/time/time.h"
#include "cli/doctor/finding.h"
#include "tls_lib/agent/client/key_file.h"

namespace keyhold {

// As this process's user: connects to the agent and checks who runs it, then
// has a TLS 1.3 CertificateVerify over a random transcript hash signed (as a
// server; as a client if the key is one's) and verifies it with the file's own
// public key. So agent, its rules, its way to the signer, the signer's policy
// and the key are all tried; whatever fails first is told with what to do.
std::vector<Finding> CheckAgent(const agent::KeyFile& file,
                                absl::Duration at_most);

}  // namespace keyhold

#endif  // KEYHOLD_CLI_DOCTOR_AGENT_CHECK_H_
