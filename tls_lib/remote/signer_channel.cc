#include "tls_lib/remote/signer_channel.h"

#include <algorithm>

#include "grpcpp/create_channel.h"
#include "grpcpp/security/tls_certificate_provider.h"
#include "grpcpp/security/tls_credentials_options.h"
#include "grpcpp/support/channel_arguments.h"

namespace keyhold {
namespace {

constexpr int kInitialBackoffMs = 50;
// Well below the default timeout, so that a call that waits sees the service
// come back.
constexpr int kMaxBackoffMs = 1000;
constexpr int kConnectTimeoutMs = 5000;
// The service permits a ping every 15 s (server_options.cc).
constexpr int kKeepaliveTimeMs = 30000;
constexpr int kKeepaliveTimeoutMs = 10000;
// A page of 1,000 keys with their certificate chains.
constexpr int kMaxAnswerBytes = 32 << 20;

grpc::ChannelArguments ChannelArguments(const Endpoint& endpoint,
                                        const std::string& server_name) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, kInitialBackoffMs);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kMaxBackoffMs);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, kConnectTimeoutMs);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveTimeMs);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  // Two clients never share a connection, even with equal arguments.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetMaxReceiveMessageSize(kMaxAnswerBytes);
  arguments.SetUserAgentPrefix("keyhold");
  if (!endpoint.is_unix) {
    // An address that a name was looked up to is still held to the name.
    arguments.SetSslTargetNameOverride(server_name.empty() ? endpoint.host
                                                           : server_name);
  }
  return arguments;
}

std::shared_ptr<grpc::ChannelCredentials> MutualTls(
    const SignerTlsFiles& files, absl::Duration refresh_interval) {
  const auto seconds = static_cast<unsigned int>(
      std::clamp<int64_t>(absl::ToInt64Seconds(refresh_interval), 1, 86400));
  grpc::experimental::TlsChannelCredentialsOptions options;
  options.set_certificate_provider(
      std::make_shared<grpc::experimental::FileWatcherCertificateProvider>(
          files.private_key_file, files.certificate_file, files.ca_file,
          seconds));
  options.watch_root_certs();
  options.watch_identity_key_cert_pairs();
  options.set_verify_server_certs(true);
  options.set_certificate_verifier(
      std::make_shared<grpc::experimental::HostNameCertificateVerifier>());
  return grpc::experimental::TlsCredentials(options);
}

}  // namespace

std::shared_ptr<grpc::ChannelCredentials> MakeSignerCredentials(
    const std::optional<SignerTlsFiles>& tls, absl::Duration refresh_interval) {
  return tls.has_value() ? MutualTls(*tls, refresh_interval)
                         : grpc::InsecureChannelCredentials();
}

std::shared_ptr<grpc::Channel> MakeSignerChannel(
    const Endpoint& endpoint,
    const std::shared_ptr<grpc::ChannelCredentials>& credentials,
    const std::string& server_name) {
  return grpc::CreateCustomChannel(
      endpoint.target,
      endpoint.is_unix ? grpc::InsecureChannelCredentials() : credentials,
      ChannelArguments(endpoint, server_name));
}

}  // namespace keyhold
