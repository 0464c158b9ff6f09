#include "tests/fakes/transport_pki.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace keyhold {
namespace {

// "spiffe://example.org/web" as part of a file's name.
std::string FileName(absl::string_view spiffe_id) {
  return absl::StrReplaceAll(spiffe_id, {{"/", "_"}, {":", "_"}});
}

}  // namespace

TransportPki::TransportPki()
    : ca_file_(folder_.Write("transport-ca.crt", ca_.cert_pem())) {
  IssueServer();
}

void TransportPki::IssueServer(TestCertOptions options) {
  const std::string key = TestKeyPem(TestKeyKind::kP256, 199);
  options.common_name = "signer";
  options.dns_names = {"localhost", "signer.test"};
  options.ip_addresses = {"127.0.0.1", "::1"};
  options.server_auth = true;
  server_key_ = folder_.Write("signer-transport.key", key);
  server_cert_ = folder_.Write("signer-transport.crt", ca_.Issue(key, options));
}

SignerTlsFiles TransportPki::IssueClient(absl::string_view spiffe_id,
                                         TestCertOptions options) {
  return Issue(ca_, spiffe_id, std::move(options));
}

SignerTlsFiles TransportPki::IssueStranger(absl::string_view spiffe_id) {
  return Issue(other_ca_, spiffe_id, {});
}

SignerTlsFiles TransportPki::Issue(const TestCa& ca,
                                   absl::string_view spiffe_id,
                                   TestCertOptions options) {
  const std::string key = TestKeyPem(TestKeyKind::kP256, next_key_++);
  options.uris = {std::string(spiffe_id)};
  options.client_auth = true;
  const std::string name = FileName(spiffe_id);
  SignerTlsFiles files;
  files.private_key_file = folder_.Write(absl::StrCat(name, ".key"), key);
  files.certificate_file =
      folder_.Write(absl::StrCat(name, ".crt"), ca.Issue(key, options));
  files.ca_file = ca_file_;
  return files;
}

void TransportPki::Replace(const SignerTlsFiles& files,
                           absl::string_view spiffe_id) {
  const std::string key = TestKeyPem(TestKeyKind::kP256, next_key_++);
  TestCertOptions options;
  options.uris = {std::string(spiffe_id)};
  options.client_auth = true;
  const auto write = [this](const std::string& path, const std::string& text) {
    folder_.Write(path.substr(path.rfind('/') + 1), text);
  };
  write(files.private_key_file, key);
  write(files.certificate_file, ca_.Issue(key, options));
}

}  // namespace keyhold
