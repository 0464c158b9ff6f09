// The agent, from its configuration: sockets, sessions, the signer's client.
#ifndef KEYHOLD_TLS_LIB_AGENT_AGENT_SERVER_H_
#define KEYHOLD_TLS_LIB_AGENT_AGENT_SERVER_H_

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daemon/accept_loop.h"
#include "daemon/json_log.h"
#include "daemon/unix_socket_file.h"
#include "tls_lib/agent/agent_settings.h"
#include "tls_lib/agent/local_sessions.h"
#include "tls_lib/base/unique_fd.h"

namespace keyhold {

// For one thread.
class AgentServer {
 public:
  // Checks the signer's endpoints and TLS files, listens (on `sockets` if
  // there are any, else as the settings say), and serves. The signer may be
  // down. `log` outlives this, and gets what only a line can tell.
  //
  // Errors of SignerClient::Create, UnixSocketFile::Listen, or the operating
  // system's, with the address.
  static absl::StatusOr<std::unique_ptr<AgentServer>> Start(
      const AgentSettings& settings, std::vector<UniqueFd> sockets,
      const JsonLog& log);
  // Ends at once what is left.
  ~AgentServer();

  // Takes over what a reload can change: rules, limits, the signers and their
  // TLS files. On an error all stays as it was. Other sockets are for a
  // restart, which the log says.
  absl::Status Reload(const AgentSettings& settings);

  // Accepts nobody any more, finishes what is outstanding, at most for the
  // settings' drain time.
  void Drain();

  // "unix:/run/keyhold/agent.sock", "abstract:NAME"; of sockets that were
  // handed over, as the kernel has them.
  const std::vector<std::string>& addresses() const { return addresses_; }

 private:
  struct Listener {
    std::optional<UnixSocketFile> file;
    std::unique_ptr<AcceptLoop> loop;
  };

  explicit AgentServer(const JsonLog& log) : log_(log) {}

  absl::Status Listen(const AgentSettings& settings,
                      std::vector<UniqueFd> sockets);
  absl::Status AddListener(UniqueFd socket, std::string address,
                           std::optional<UnixSocketFile> file);
  void StopAccepting();

  const JsonLog& log_;
  std::string listeners_text_;
  std::string signer_text_;
  absl::Duration drain_time_;
  std::vector<std::string> addresses_;
  std::unique_ptr<LocalSessions> sessions_;
  std::vector<Listener> listeners_;
};

// The client that `settings` describe; makes no connection.
absl::StatusOr<std::shared_ptr<SignerClient>> MakeSignerClient(
    const AgentSettings& settings);

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_AGENT_AGENT_SERVER_H_
