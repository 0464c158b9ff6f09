// A key of a key file.
#ifndef KEYHOLD_TLS_LIB_PROVIDER_AGENT_KEY_REFERENCE_H_
#define KEYHOLD_TLS_LIB_PROVIDER_AGENT_KEY_REFERENCE_H_

#include <chrono>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "tls_lib/agent/client/agent_client.h"
#include "tls_lib/agent/client/key_file.h"
#include "tls_lib/core/content_to_sign.h"
#include "tls_lib/provider/key_reference.h"
#include "tls_lib/provider/module_settings.h"
#include "tls_lib/provider/public_half.h"

namespace keyhold::provider {

// Signs through the agent: pausing the OpenSSL job that it is called in, or
// blocking where it is called in none. What TLS signs goes to the signer in
// parts; anything else as digest or message, which policy refuses by default.
//
// Errors name the key. Thread-safe, and before and after forks.
class AgentKeyReference final : public KeyReference {
 public:
  // Asks nobody. Internal: OpenSSL. ResourceExhausted: no memory.
  static absl::StatusOr<std::shared_ptr<AgentKeyReference>> Create(
      agent::KeyFile file, const ModuleSettings& settings);

  const PublicHalf& public_half() const override { return *public_half_; }
  absl::StatusOr<std::string> Sign(SignatureScheme scheme,
                                   absl::string_view message) override;
  absl::StatusOr<std::string> SignDigest(SignatureScheme scheme,
                                         absl::string_view digest) override;

 private:
  AgentKeyReference(std::string key_id,
                    std::shared_ptr<const PublicHalf> public_half,
                    agent::AgentClient* client,
                    std::chrono::milliseconds timeout);

  absl::StatusOr<std::string> Ask(SignatureScheme scheme,
                                  const ContentToSign& input) const;

  const std::string key_id_;
  const std::shared_ptr<const PublicHalf> public_half_;
  agent::AgentClient* const client_;
  const std::chrono::milliseconds timeout_;
};

}  // namespace keyhold::provider

#endif  // KEYHOLD_TLS_LIB_PROVIDER_AGENT_KEY_REFERENCE_H_
