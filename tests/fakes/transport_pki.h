// The certificates with which applications and signer know each other in
// tests, as files.
#ifndef KEYHOLD_TESTS_FAKES_TRANSPORT_PKI_H_
#define KEYHOLD_TESTS_FAKES_TRANSPORT_PKI_H_

#include <string>

#include "absl/strings/string_view.h"
#include "tests/fakes/test_folder.h"
#include "tls_lib/local/test_keys.h"
#include "tls_lib/remote/signer_client_options.h"

namespace keyhold {

// The identity that tests use where it plays no part.
constexpr char kWebIdentity[] = "spiffe://example.org/web";

// A CA for both sides. The signer's certificate is for 127.0.0.1, ::1,
// localhost and "signer.test".
//
// Not thread-safe.
class TransportPki {
 public:
  TransportPki();

  // The signer's files.
  const std::string& server_certificate_file() const { return server_cert_; }
  const std::string& server_key_file() const { return server_key_; }
  const std::string& ca_file() const { return ca_file_; }

  // Replaces the signer's certificate by one with `options` (and its names).
  void IssueServer(TestCertOptions options = {});

  // The files of a client with this SPIFFE ID. A name of its own for each
  // identity; again for the same identity: replaces the files.
  SignerTlsFiles IssueClient(absl::string_view spiffe_id,
                             TestCertOptions options = {});
  // The same, signed by a CA that nobody trusts.
  SignerTlsFiles IssueStranger(absl::string_view spiffe_id);
  // Replaces the certificate and key in `files` by those of `spiffe_id`.
  void Replace(const SignerTlsFiles& files, absl::string_view spiffe_id);

  const TestFolder& folder() const { return folder_; }

 private:
  SignerTlsFiles Issue(const TestCa& ca, absl::string_view spiffe_id,
                       TestCertOptions options);

  TestFolder folder_;
  TestCa ca_{"Transport CA"};
  TestCa other_ca_{"Other CA", TestKeyKind::kP256, 150};
  std::string server_cert_;
  std::string server_key_;
  std::string ca_file_;
  int next_key_ = 200;
};

}  // namespace keyhold

#endif  // KEYHOLD_TESTS_FAKES_TRANSPORT_PKI_H_
