#include "tls_lib/remote/server_certificate_probe.h"

#include <algorithm>
#include <functional>
#include <memory>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "grpcpp/channel.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "grpcpp/security/tls_certificate_provider.h"
#include "grpcpp/security/tls_certificate_verifier.h"
#include "grpcpp/security/tls_credentials_options.h"
#include "grpcpp/support/channel_arguments.h"
#include "tls_lib/remote/certificate_fault.h"

namespace keyhold {
namespace {

using grpc::experimental::TlsCustomVerificationCheckRequest;

constexpr unsigned int kNeverRefresh = 86400;
constexpr absl::Duration kLookEvery = absl::Milliseconds(20);

// Outlives the probe if gRPC still has the verifier.
class SeenChain {
 public:
  void Put(std::string pem) {
    absl::MutexLock lock(&mutex_);
    pem_ = std::move(pem);
    seen_ = true;
  }
  bool seen() const {
    absl::MutexLock lock(&mutex_);
    return seen_;
  }
  // Empty if nothing was seen.
  std::string Get() const {
    absl::MutexLock lock(&mutex_);
    return pem_;
  }

 private:
  mutable absl::Mutex mutex_;
  bool seen_ ABSL_GUARDED_BY(mutex_) = false;
  std::string pem_ ABSL_GUARDED_BY(mutex_);
};

class RefusingVerifier final
    : public grpc::experimental::ExternalCertificateVerifier {
 public:
  explicit RefusingVerifier(std::shared_ptr<SeenChain> seen)
      : seen_(std::move(seen)) {}

  bool Verify(TlsCustomVerificationCheckRequest* request,
              std::function<void(grpc::Status)>,
              grpc::Status* status) override {
    grpc::string_ref chain = request->peer_cert_full_chain();
    if (chain.empty()) chain = request->peer_cert();
    seen_->Put(std::string(chain.data(), chain.size()));
    *status = grpc::Status(grpc::StatusCode::UNAUTHENTICATED, "only a probe");
    return true;
  }
  void Cancel(TlsCustomVerificationCheckRequest*) override {}

 private:
  const std::shared_ptr<SeenChain> seen_;
};

std::shared_ptr<grpc::ChannelCredentials> ProbeCredentials(
    const SignerTlsFiles& files, std::shared_ptr<SeenChain> seen) {
  grpc::experimental::TlsChannelCredentialsOptions options;
  options.set_certificate_provider(
      std::make_shared<grpc::experimental::FileWatcherCertificateProvider>(
          files.ca_file, kNeverRefresh));
  options.watch_root_certs();
  // No identity: whoever answers is not verified.
  // The verifier sees what libssl would have refused, and refuses all.
  options.set_verify_server_certs(false);
  options.set_check_call_host(false);
  options.set_certificate_verifier(
      grpc::experimental::ExternalCertificateVerifier::Create<RefusingVerifier>(
          std::move(seen)));
  return grpc::experimental::TlsCredentials(options);
}

}  // namespace

std::string ProbeServerCertificate(const Endpoint& endpoint,
                                   const SignerTlsFiles& files,
                                   absl::Time deadline) {
  const auto seen = std::make_shared<SeenChain>();
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  const std::shared_ptr<grpc::Channel> channel = grpc::CreateCustomChannel(
      endpoint.target, ProbeCredentials(files, seen), arguments);
  // It never connects, but gRPC makes progress only while a thread waits in
  // it.
  while (!seen->seen() && absl::Now() < deadline) {
    channel->WaitForConnected(
        absl::ToChronoTime(std::min(deadline, absl::Now() + kLookEvery)));
  }
  return CertificateFault(seen->Get(), files.ca_file);
}

}  // namespace keyhold
