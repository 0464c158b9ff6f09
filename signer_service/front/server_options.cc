#include "signer_service/front/server_options.h"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "grpcpp/ext/proto_server_reflection_plugin.h"
#include "grpcpp/impl/server_builder_option.h"
#include "grpcpp/resource_quota.h"
#include "signer_service/front/stream_frame.h"

namespace keyhold {
namespace {

// So that a message of exactly kHardFrameBytes gets an answer of the
// service's own, with its reason.
constexpr int kMaxReceiveBytes = static_cast<int>(kHardFrameBytes) + 65536;
constexpr int kMaxConcurrentStreams = 256;
// What gRPC may hold of what clients send; beyond, it drops connections.
constexpr size_t kMaxTransportBytes = size_t{256} << 20;
// Clients ping every 30 s, also between calls.
constexpr int kMinPingIntervalMs = 15'000;
constexpr int kKeepaliveTimeMs = 60'000;
constexpr int kKeepaliveTimeoutMs = 20'000;
constexpr int kHandshakeTimeoutMs = 10'000;
// Certificates are looked at when a connection begins. gRPC varies the age by
// a tenth.
constexpr int kMaxConnectionAgeMs = 3'600'000;
constexpr int kMaxConnectionAgeGraceMs = 300'000;

// The library that has reflection switches it on in every server by being
// linked; this takes it out again.
class WithoutReflection final : public grpc::ServerBuilderOption {
 public:
  void UpdateArguments(grpc::ChannelArguments* /*args*/) override {}
  void UpdatePlugins(std::vector<std::unique_ptr<grpc::ServerBuilderPlugin>>*
                         plugins) override {
    const std::string name =
        grpc::reflection::ProtoServerReflectionPlugin().name();
    plugins->erase(
        std::remove_if(
            plugins->begin(), plugins->end(),
            [&](const std::unique_ptr<grpc::ServerBuilderPlugin>& plugin) {
              return plugin->name() == name;
            }),
        plugins->end());
  }
};

constexpr absl::Duration kLongestGoodbye = absl::Seconds(1);

}  // namespace

void ApplyServerOptions(grpc::ServerBuilder& builder, bool reflection) {
  builder.SetResourceQuota(
      grpc::ResourceQuota("keyhold").Resize(kMaxTransportBytes));
  builder.SetMaxReceiveMessageSize(kMaxReceiveBytes);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS,
                             kMaxConcurrentStreams);
  builder.AddChannelArgument(
      GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
      kMinPingIntervalMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveTimeMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS,
                             kKeepaliveTimeoutMs);
  builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS,
                             kHandshakeTimeoutMs);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS,
                             kMaxConnectionAgeMs);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS,
                             kMaxConnectionAgeGraceMs);
  if (!reflection) builder.SetOption(std::make_unique<WithoutReflection>());
}

void ShutdownBy(grpc::Server& server, absl::Time deadline) {
  deadline = std::min(deadline, absl::Now() + kLongestGoodbye);
  // gRPC takes a time before 1970 for eternity.
  server.Shutdown(absl::ToChronoTime(std::max(deadline, absl::UnixEpoch())));
}

}  // namespace keyhold
