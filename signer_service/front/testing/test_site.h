// A signer with everything that it needs, in this process, for tests: a
// folder with keys, certificates and a configuration, and clients.
#ifndef KEYHOLD_SIGNER_SERVICE_FRONT_TESTING_TEST_SITE_H_
#define KEYHOLD_SIGNER_SERVICE_FRONT_TESTING_TEST_SITE_H_

#include <filesystem>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "daemon/log_capture.h"
#include "grpcpp/channel.h"
#include "keyhold/signer/v1/service.grpc.pb.h"
#include "signer_service/front/signer_service.h"
#include "signer_service/vault/in_process_vault.h"
#include "tls_lib/local/test_keys.h"

namespace keyhold {

// Starts with the keys p256.key, ed25519.key and other.key, a TCP listener on
// a free port, a UNIX listener, and a policy that lets
// spiffe://example.org/app and this process's user sign with p256 and
// ed25519: in TLS, digests and messages.
//
// Not thread-safe, but its clients are.
class TestSite {
 public:
  explicit TestSite(InProcessVaultOptions vault_options = {});
  ~TestSite();

  std::string Path(absl::string_view name) const;
  void WriteFile(absl::string_view name, absl::string_view text) const;
  void WriteKey(absl::string_view name, TestKeyKind kind, int index = 0) const;
  // A certificate for the listener, issued by ca().
  void WriteTransportCertificate(const TestCertOptions& options,
                                 int key_index = 50) const;

  // The whole configuration is `listen`, keys, `rules` and `more`. Default:
  // see above.
  void WriteConfig();
  void WriteConfig(absl::string_view rules, absl::string_view more = "");
  std::string listen;

  // Starts the service; a failure is the test's unless it looks at the result.
  absl::Status TryStart();
  void Start();
  SignerService& service() { return *service_; }
  // As SIGTERM does.
  void Stop();
  LogCapture& log() { return log_; }
  const TestCa& ca() const { return ca_; }
  Vault& vault() { return vault_; }

  // "localhost:PORT": the listener's certificate is for localhost.
  std::string tcp_target() const;
  std::string unix_path() const { return Path("s.sock"); }
  // A channel whose client certificate is issued by ca() with these names.
  std::shared_ptr<grpc::Channel> TcpChannel(const TestCertOptions& names) const;
  // spiffe://example.org/app.
  std::shared_ptr<grpc::Channel> AppChannel() const;
  std::shared_ptr<grpc::Channel> UnixChannel() const;
  static std::unique_ptr<signer::v1::Signer::Stub> Stub(
      const std::shared_ptr<grpc::Channel>& channel) {
    return signer::v1::Signer::NewStub(channel);
  }

 private:
  std::filesystem::path folder_;
  TestCa ca_{"Transport CA"};
  LogCapture log_;
  InProcessVault vault_;
  std::unique_ptr<SignerService> service_;
};

// Names of a client certificate with one SPIFFE ID.
TestCertOptions SpiffeNames(absl::string_view id);

// A request for a TLS 1.3 server signature, good for P-256 keys.
signer::v1::SignRequest Tls13Request(absl::string_view spki_sha256);

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_FRONT_TESTING_TEST_SITE_H_
