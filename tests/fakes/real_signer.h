// The real keyhold-signer, run by a test as a process of its own.
#ifndef KEYHOLD_TESTS_FAKES_REAL_SIGNER_H_
#define KEYHOLD_TESTS_FAKES_REAL_SIGNER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "tests/fakes/child_process.h"
#include "tests/fakes/fake_key.h"
#include "tests/fakes/test_folder.h"
#include "tests/fakes/test_signer.h"
#include "tests/fakes/transport_pki.h"
#include "tls_lib/remote/signer_client_options.h"

namespace keyhold {

// Writes a key directory and a signer.yaml from the same words as the fake
// uses, and starts the program on a free port, which it keeps over restarts.
// A local listener is beside it.
//
// Tests that use it name //signer_service:keyhold-signer in their data.
class RealSigner final : public TestSigner {
 public:
  explicit RealSigner(std::vector<FakeKey> keys,
                      std::vector<FakeRule> rules = {});
  ~RealSigner() override;

  std::string endpoint() const override { return endpoint_; }
  // "unix:PATH"; callers are this process's uid, for which no rule is
  // written.
  std::string local_endpoint() const;
  SignerClientOptions ClientOptions(
      absl::string_view spiffe_id = kWebIdentity) override;
  void Start() override;
  // SIGTERM; returns when the program has ended.
  void Stop() override;
  void SetKeys(std::vector<FakeKey> keys) override;
  void SetRules(std::vector<FakeRule> rules) override;
  TransportPki& pki() override { return pki_; }

  // SIGHUP; returns when the program says that it has reloaded.
  void Reload();
  // SIGKILL.
  void Kill();

  // The program that runs, or ran last.
  ChildProcess& process() { return *process_; }
  // Where signer.yaml and the folder "keys" are.
  const TestFolder& folder() const { return folder_; }
  // Writes signer.yaml without starting anything.
  void WriteConfig();

 private:
  void WriteKeys();

  TransportPki pki_;
  TestFolder folder_;
  std::vector<FakeKey> keys_;
  std::vector<FakeRule> rules_;
  std::string endpoint_ = "127.0.0.1:0";
  std::unique_ptr<ChildProcess> process_;
};

}  // namespace keyhold

#endif  // KEYHOLD_TESTS_FAKES_REAL_SIGNER_H_
