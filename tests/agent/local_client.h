// A local process as an agent sees it: frames on a socket.
#ifndef KEYHOLD_TESTS_AGENT_LOCAL_CLIENT_H_
#define KEYHOLD_TESTS_AGENT_LOCAL_CLIENT_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "keyhold/signer/v1/sign.pb.h"
#include "tls_lib/agent/frame_reader.h"
#include "tls_lib/base/unique_fd.h"

namespace keyhold {

// Blocks. Not thread-safe.
class LocalClient {
 public:
  // As this process's user; "@" and a name for an abstract socket. Not
  // connected if nobody answers.
  explicit LocalClient(const std::string& socket_path);
  // Over a connection that stands.
  explicit LocalClient(UniqueFd socket) : socket_(std::move(socket)) {}

  bool connected() const { return static_cast<bool>(socket_); }
  int fd() const { return socket_.get(); }

  // False if the agent has closed the connection.
  bool Send(const signer::v1::SignBatchRequest& frame);
  bool Send(const signer::v1::SignRequest& item);
  bool SendBytes(absl::string_view bytes);
  // The next frame; null if the agent has closed the connection.
  std::optional<signer::v1::SignBatchResponse> Receive();
  // The answer to item `id`; passes over limits. Null likewise.
  std::optional<signer::v1::SignResponse> ReceiveItem(uint64_t id);
  // Sends and waits for the answer.
  std::optional<signer::v1::SignResponse> Sign(
      const signer::v1::SignRequest& item);
  // Whether the agent closes the connection; waits for what comes before.
  bool WaitForEnd();

  void Close() { socket_.Reset(); }

 private:
  UniqueFd socket_;
  FrameReader reader_;
  std::map<uint64_t, signer::v1::SignResponse> received_;
};

// "OK", or code and reason: "PERMISSION_DENIED/LOCAL_CALLER_NOT_ALLOWED".
std::string CodeAndReason(const signer::v1::SignResponse& response);

}  // namespace keyhold

#endif  // KEYHOLD_TESTS_AGENT_LOCAL_CLIENT_H_
