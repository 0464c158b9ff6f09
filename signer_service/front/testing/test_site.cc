#include "signer_service/front/testing/test_site.h"

#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "gtest/gtest.h"
#include "signer_service/config/signer_settings.h"
#include "tls_lib/base/status_matchers.h"

namespace keyhold {
namespace {

constexpr char kListen[] = R"(listen:
  tcp:
    - address: 127.0.0.1:0
      certificate_file: transport.crt
      private_key_file: transport.key
      client_ca_file: ca.crt
  unix:
    - path: s.sock
)";

}  // namespace

TestSite::TestSite(InProcessVaultOptions vault_options)
    : listen(kListen), vault_(std::move(vault_options)) {
  // Short: a socket's path has at most 107 bytes.
  char pattern[] = "/tmp/keyhold-test-XXXXXX";
  folder_ = mkdtemp(pattern);
  std::filesystem::create_directory(folder_ / "keys");
  WriteKey("keys/p256.key", TestKeyKind::kP256);
  WriteKey("keys/ed25519.key", TestKeyKind::kEd25519);
  WriteKey("keys/other.key", TestKeyKind::kP384);
  WriteFile("ca.crt", ca_.cert_pem());
  TestCertOptions names;
  names.dns_names = {"localhost"};
  WriteTransportCertificate(names);
  WriteConfig();
}

TestSite::~TestSite() {
  service_.reset();
  std::filesystem::remove_all(folder_);
}

std::string TestSite::Path(absl::string_view name) const {
  return (folder_ / std::string(name)).string();
}

void TestSite::WriteFile(absl::string_view name, absl::string_view text) const {
  // In one step, so that nobody reads half a file.
  const std::string next = Path(absl::StrCat(name, ".next"));
  std::ofstream(next) << text;
  std::filesystem::rename(next, Path(name));
  std::filesystem::permissions(Path(name), std::filesystem::perms::owner_all);
}

void TestSite::WriteKey(absl::string_view name, TestKeyKind kind,
                        int index) const {
  WriteFile(name, TestKeyPem(kind, index));
}

void TestSite::WriteTransportCertificate(const TestCertOptions& options,
                                         int key_index) const {
  const std::string key = TestKeyPem(TestKeyKind::kP256, key_index);
  WriteFile("transport.key", key);
  WriteFile("transport.crt", ca_.Issue(key, options));
}

void TestSite::WriteConfig() {
  WriteConfig(absl::StrCat(R"(
    - identities: ["spiffe://example.org/app", "uid:)",
                           getuid(), R"("]
      keys: [p256, ed25519]
      usages: [tls13_server, tls12_server, digest, message]
)"));
}

void TestSite::WriteConfig(absl::string_view rules, absl::string_view more) {
  WriteFile("signer.yaml", absl::StrCat(listen, "keys: {directories: [keys]}\n",
                                        "policy:\n  rules:", rules, more));
}

absl::Status TestSite::TryStart() {
  absl::StatusOr<SignerSettings> settings =
      SignerSettings::Load(Path("signer.yaml"));
  if (!settings.ok()) return settings.status();
  SignerService::Options options;
  options.config_path = Path("signer.yaml");
  options.certificate_refresh = absl::Seconds(1);
  absl::StatusOr<std::unique_ptr<SignerService>> service =
      SignerService::Start(*std::move(settings), vault_, log_.log(), options);
  if (!service.ok()) return service.status();
  service_ = *std::move(service);
  return absl::OkStatus();
}

void TestSite::Start() { ASSERT_THAT(TryStart(), IsOk()); }

void TestSite::Stop() { service_->Drain(); }

std::string TestSite::tcp_target() const {
  const std::string address = service_->addresses().front();
  return absl::StrCat("localhost:", address.substr(address.rfind(':') + 1));
}

std::shared_ptr<grpc::Channel> TestSite::TcpChannel(
    const TestCertOptions& names) const {
  grpc::SslCredentialsOptions tls;
  tls.pem_root_certs = ca_.cert_pem();
  tls.pem_private_key = TestKeyPem(TestKeyKind::kP256, 51);
  tls.pem_cert_chain = ca_.Issue(tls.pem_private_key, names);
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return grpc::CreateCustomChannel(tcp_target(), grpc::SslCredentials(tls),
                                   arguments);
}

std::shared_ptr<grpc::Channel> TestSite::AppChannel() const {
  return TcpChannel(SpiffeNames("spiffe://example.org/app"));
}

std::shared_ptr<grpc::Channel> TestSite::UnixChannel() const {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return grpc::CreateCustomChannel(absl::StrCat("unix:", unix_path()),
                                   grpc::InsecureChannelCredentials(),
                                   arguments);
}

TestCertOptions SpiffeNames(absl::string_view id) {
  TestCertOptions names;
  names.common_name = "";
  names.uris = {std::string(id)};
  return names;
}

signer::v1::SignRequest Tls13Request(absl::string_view spki_sha256) {
  signer::v1::SignRequest request;
  request.set_spki_sha256(std::string(spki_sha256));
  request.set_scheme(0x0403);
  request.mutable_tls13_certificate_verify()->set_role(signer::v1::ROLE_SERVER);
  request.mutable_tls13_certificate_verify()->set_transcript_hash(
      std::string(32, 't'));
  return request;
}

}  // namespace keyhold
