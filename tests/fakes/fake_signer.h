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
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "tests/fakes/fake_backend.h"
#include "tests/fakes/fake_faults.h"
#include "tests/fakes/fake_key.h"
#include "tests/fakes/fake_record.h"
#include "tests/fakes/transport_pki.h"
#include "tls_lib/remote/signer_client_options.h"

namespace keyhold {

// Serves from construction until destruction. Ends the process with a message
// if it cannot listen. Start and Stop are for one thread; all else is
// thread-safe.
class FakeSigner {
 public:
  enum class Listen { kTcp, kUnix };

  explicit FakeSigner(std::vector<FakeKey> keys,
                      std::vector<FakeRule> rules = {},
                      Listen listen = Listen::kTcp);
  ~FakeSigner();
  FakeSigner(const FakeSigner&) = delete;
  FakeSigner& operator=(const FakeSigner&) = delete;

  // "127.0.0.1:PORT" or "unix:PATH": the same after Stop and Start.
  const std::string& endpoint() const { return endpoint_; }
  // For a client of this signer, with an identity of its own.
  SignerClientOptions ClientOptions(absl::string_view spiffe_id = kWebIdentity);

  // Ends all connections and refuses new ones, until Start.
  void Stop();
  void Start();

  // Shorthands for faults().
  void DelayNextSign(absl::Duration delay);
  void FailNext(FakeRpc rpc, absl::Status error);
  void DamageNextSignature(FakeDamage damage);

  FakeBackend& backend() { return backend_; }
  FakeFaults& faults() { return faults_; }
  const FakeRecord& record() const { return record_; }
  int Calls(FakeRpc rpc) const { return record_.Calls(rpc); }
  TransportPki& pki() { return pki_; }

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
