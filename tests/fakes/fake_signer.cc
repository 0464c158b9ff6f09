#include "tests/fakes/fake_signer.h"

#include <cstdio>
#include <cstdlib>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "grpcpp/health_check_service_interface.h"
#include "grpcpp/security/server_credentials.h"
#include "grpcpp/security/tls_certificate_provider.h"
#include "grpcpp/security/tls_credentials_options.h"
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"
#include "tests/fakes/fake_signer_service.h"

namespace keyhold {
namespace {

constexpr unsigned int kRefreshSeconds = 1;
constexpr char kServiceName[] = "keyhold.signer.v1.Signer";

std::shared_ptr<grpc::ServerCredentials> MutualTls(const TransportPki& pki) {
  grpc::experimental::TlsServerCredentialsOptions options(
      std::make_shared<grpc::experimental::FileWatcherCertificateProvider>(
          pki.server_key_file(), pki.server_certificate_file(), pki.ca_file(),
          kRefreshSeconds));
  options.watch_root_certs();
  options.watch_identity_key_cert_pairs();
  options.set_cert_request_type(
      GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  return grpc::experimental::TlsServerCredentials(options);
}

}  // namespace

struct FakeSigner::Server {
  Server(const FakeBackend& backend, FakeFaults& faults, FakeRecord& record)
      : service(backend, faults, record) {}

  FakeSignerService service;
  std::unique_ptr<grpc::Server> grpc;
};

FakeSigner::FakeSigner(std::vector<FakeKey> keys, std::vector<FakeRule> rules,
                       Listen listen)
    : backend_(std::move(keys), std::move(rules)),
      listen_(listen),
      endpoint_(listen == Listen::kTcp
                    ? "127.0.0.1:0"
                    : "unix:" + pki_.folder().PathOf("signer.sock")) {
  Start();
}

FakeSigner::~FakeSigner() { Stop(); }

void FakeSigner::Start() {
  server_ = std::make_unique<Server>(backend_, faults_, record_);
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort(endpoint_,
                           listen_ == Listen::kTcp
                               ? MutualTls(pki_)
                               : grpc::InsecureServerCredentials(),
                           &port);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(
      GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 20000);
  builder.RegisterService(&server_->service);
  grpc::EnableDefaultHealthCheckService(true);
  server_->grpc = builder.BuildAndStart();
  if (server_->grpc == nullptr || port == 0) {
    std::fprintf(stderr, "cannot listen at %s\n", endpoint_.c_str());
    std::abort();
  }
  SetServing(true);
  if (listen_ == Listen::kTcp) endpoint_ = absl::StrCat("127.0.0.1:", port);
}

void FakeSigner::SetServing(bool serving) {
  grpc::HealthCheckServiceInterface* health =
      server_->grpc->GetHealthCheckService();
  health->SetServingStatus(serving);
  health->SetServingStatus(kServiceName, serving);
}

void FakeSigner::Stop() {
  if (server_ == nullptr) return;
  faults_.SetStopping(true);
  server_->grpc->Shutdown(absl::ToChronoTime(absl::Now()));
  server_->grpc->Wait();
  server_.reset();
  faults_.SetStopping(false);
}

SignerClientOptions FakeSigner::ClientOptions(absl::string_view spiffe_id) {
  SignerClientOptions options;
  options.endpoints = {endpoint_};
  if (listen_ == Listen::kTcp) options.tls = pki_.IssueClient(spiffe_id);
  options.tls_refresh_interval = absl::Seconds(1);
  // Tests run under sanitizers on busy machines; those about time state
  // their own.
  options.default_timeout = absl::Seconds(60);
  return options;
}

void FakeSigner::DelayNextSign(absl::Duration delay) {
  FakeFault fault;
  fault.delay = delay;
  faults_.Next(FakeRpc::kSign, std::move(fault));
}

void FakeSigner::FailNext(FakeRpc rpc, absl::Status error) {
  FakeFault fault;
  fault.error = std::move(error);
  faults_.Next(rpc, std::move(fault));
}

void FakeSigner::DamageNextSignature(FakeDamage damage) {
  FakeFault fault;
  fault.damage = damage;
  faults_.Next(FakeRpc::kSign, std::move(fault));
}

}  // namespace keyhold
