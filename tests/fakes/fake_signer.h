// A signer service for tests: a real gRPC server, on loopback with mutual TLS
// or on a UNIX socket, that does as it is told.
//
//   FakeSigner signer({FakeKey{"www", "", TestKeyPem(TestKeyKind::kP256)}});
//   auto client = SignerClient::Create(signer.ClientOptions());
//   signer.DelayNextSign(absl::Seconds(5));
#ifndef KEYHOLD_TESTS_FAKES_FAKE_SIGNER_H_
#define KEYHOLD_TESTS_FAKES_FAKE_SIGNER_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "tests/fakes/fake_backend.h"
#include "tests/fakes/fake_faults.h"
#include "tests/fakes/fake_key.h"
#include "tests/fakes/fake_record.h"
#include "tests/fakes/test_signer.h"
#include "tests/fakes/transport_pki.h"
#include "tls_lib/remote/signer_client_options.h"

namespace keyhold {

// Start, Stop and ClientOptions are for one thread; all else is thread-safe.
class FakeSigner final : public TestSigner {
 public:
  enum class Listen { kTcp, kUnix };

  explicit FakeSigner(std::vector<FakeKey> keys,
                      std::vector<FakeRule> rules = {},
                      Listen listen = Listen::kTcp);
  ~FakeSigner() override;
  FakeSigner(const FakeSigner&) = delete;
  FakeSigner& operator=(const FakeSigner&) = delete;

  std::string endpoint() const override { return endpoint_; }
  SignerClientOptions ClientOptions(
      absl::string_view spiffe_id = kWebIdentity) override;
  void Stop() override;
  void Start() override;
  void SetKeys(std::vector<FakeKey> keys) override {
    backend_.SetKeys(std::move(keys));
  }
  void SetRules(std::vector<FakeRule> rules) override {
    backend_.SetRules(std::move(rules));
  }
  TransportPki& pki() override { return pki_; }

  // What its health service says.
  void SetServing(bool serving);

  // Shorthands for faults().
  void DelayNextSign(absl::Duration delay);
  void FailNext(FakeRpc rpc, absl::Status error);
  void DamageNextSignature(FakeDamage damage);

  FakeBackend& backend() { return backend_; }
  FakeFaults& faults() { return faults_; }
  const FakeRecord& record() const { return record_; }
  int Calls(FakeRpc rpc) const { return record_.Calls(rpc); }

 private:
  struct Server;

  TransportPki pki_;
  FakeBackend backend_;
  FakeFaults faults_;
  FakeRecord record_;
  const Listen listen_;
  std::string endpoint_;
  std::unique_ptr<Server> server_;
};

}  // namespace keyhold

#endif  // KEYHOLD_TESTS_FAKES_FAKE_SIGNER_H_
