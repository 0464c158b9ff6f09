#include "tls_lib/agent/agent_server.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "daemon/open_file_limit.h"
#include "tls_lib/agent/abstract_socket.h"
#include "tls_lib/base/status_macros.h"
#include "tls_lib/remote/signer_client.h"

namespace keyhold {
namespace {

// Open files for all else than local connections.
constexpr int64_t kOtherFiles = 128;

AgentLimits WithinOpenFiles(AgentLimits limits) {
  const auto files = static_cast<int64_t>(OpenFileLimit());
  limits.max_connections = std::max<int64_t>(
      1, std::min(limits.max_connections, files - kOtherFiles));
  return limits;
}

std::shared_ptr<const AgentState> MakeState(
    const AgentSettings& settings, std::shared_ptr<SignerClient> client) {
  return std::make_shared<const AgentState>(
      AgentState{settings.policy(), std::move(client),
                 WithinOpenFiles(settings.limits())});
}

}  // namespace

absl::StatusOr<std::shared_ptr<SignerClient>> MakeSignerClient(
    const AgentSettings& settings) {
  return SignerClient::Create(settings.signer());
}

absl::StatusOr<std::unique_ptr<AgentServer>> AgentServer::Start(
    const AgentSettings& settings, std::vector<UniqueFd> sockets,
    const JsonLog& log) {
  RETURN_IF_ERROR(RaiseOpenFileLimit());
  ASSIGN_OR_RETURN(std::shared_ptr<SignerClient> client,
                   MakeSignerClient(settings));
  std::unique_ptr<AgentServer> server(new AgentServer(log));
  server->listeners_text_ = settings.listeners_text();
  server->signer_text_ = settings.signer_text();
  server->drain_time_ = settings.drain_time();
  ASSIGN_OR_RETURN(
      server->sessions_,
      LocalSessions::Create(MakeState(settings, std::move(client)), log));
  RETURN_IF_ERROR(server->Listen(settings, std::move(sockets)));
  return server;
}

AgentServer::~AgentServer() { StopAccepting(); }

absl::Status AgentServer::Listen(const AgentSettings& settings,
                                 std::vector<UniqueFd> sockets) {
  for (UniqueFd& socket : sockets) {
    std::string address = UnixAddressOf(socket.get());
    RETURN_IF_ERROR(
        AddListener(std::move(socket), std::move(address), std::nullopt));
  }
  if (!listeners_.empty()) return absl::OkStatus();
  for (const LocalListenerSettings& in : settings.listeners()) {
    if (!in.abstract_name.empty()) {
      ASSIGN_OR_RETURN(UniqueFd socket, ListenAbstract(in.abstract_name));
      RETURN_IF_ERROR(AddListener(std::move(socket),
                                  absl::StrCat("abstract:", in.abstract_name),
                                  std::nullopt));
      continue;
    }
    UnixSocketFile::Access access;
    access.mode = in.mode;
    access.group = in.group;
    ASSIGN_OR_RETURN(UnixSocketFile file,
                     UnixSocketFile::Listen(in.path, access));
    UniqueFd socket = file.TakeSocket();
    RETURN_IF_ERROR(AddListener(
        std::move(socket), absl::StrCat("unix:", in.path), std::move(file)));
  }
  return absl::OkStatus();
}

absl::Status AgentServer::AddListener(UniqueFd socket, std::string address,
                                      std::optional<UnixSocketFile> file) {
  ASSIGN_OR_RETURN(std::unique_ptr<AcceptLoop> loop,
                   AcceptLoop::Create(std::move(socket), address, log_));
  loop->Start([sessions = sessions_.get()](UniqueFd connection) {
    sessions->Admit(std::move(connection));
  });
  addresses_.push_back(std::move(address));
  listeners_.push_back({std::move(file), std::move(loop)});
  return absl::OkStatus();
}

absl::Status AgentServer::Reload(const AgentSettings& settings) {
  std::shared_ptr<SignerClient> client = sessions_->state()->client;
  // The files may be new ones under the old names: they are checked now, and
  // the client takes them up by itself.
  ASSIGN_OR_RETURN(std::shared_ptr<SignerClient> fresh,
                   MakeSignerClient(settings));
  if (settings.signer_text() != signer_text_ ||
      settings.limits().max_time != client->default_timeout()) {
    client = std::move(fresh);
  }
  signer_text_ = settings.signer_text();
  drain_time_ = settings.drain_time();
  sessions_->SetState(MakeState(settings, std::move(client)));
  if (settings.listeners_text() != listeners_text_) {
    log_.Write(JsonLine("restart_needed", LogLevel::kWarning)
                   .Add("message", "listen changed: this takes a restart"));
  }
  return absl::OkStatus();
}

void AgentServer::StopAccepting() {
  for (Listener& listener : listeners_) {
    listener.loop->Stop();
    if (listener.file.has_value()) listener.file->Remove();
  }
  listeners_.clear();
}

void AgentServer::Drain() {
  StopAccepting();
  if (!sessions_->Drain(absl::Now() + drain_time_)) {
    log_.Write(JsonLine("drain_cut_short", LogLevel::kWarning)
                   .Add("message",
                        "limits.drain_ms passed with signatures outstanding: "
                        "their callers are disconnected"));
  }
}

}  // namespace keyhold
