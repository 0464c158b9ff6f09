// A signer service that a test runs: the fake one or the real one.
#ifndef KEYHOLD_TESTS_FAKES_TEST_SIGNER_H_
#define KEYHOLD_TESTS_FAKES_TEST_SIGNER_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "tests/fakes/fake_key.h"
#include "tests/fakes/transport_pki.h"
#include "tls_lib/remote/signer_client_options.h"

namespace keyhold {

// Serves from construction until destruction. Implementations end the process
// with a message if that fails. For one thread, except endpoint().
class TestSigner {
 public:
  virtual ~TestSigner() = default;

  // "127.0.0.1:PORT" or "unix:PATH": the same after Stop and Start.
  virtual std::string endpoint() const = 0;
  // For a client of this signer, with an identity of its own and timeouts
  // long enough for a busy machine.
  virtual SignerClientOptions ClientOptions(
      absl::string_view spiffe_id = kWebIdentity) = 0;

  // Ends all connections and refuses new ones, until Start.
  virtual void Stop() = 0;
  virtual void Start() = 0;

  // Each returns once the change is in force.
  virtual void SetKeys(std::vector<FakeKey> keys) = 0;
  virtual void SetRules(std::vector<FakeRule> rules) = 0;

  virtual TransportPki& pki() = 0;
};

}  // namespace keyhold

#endif  // KEYHOLD_TESTS_FAKES_TEST_SIGNER_H_
