// The vault's end of the frames: takes jobs from the front, has them signed,
// and sends the results back.
#ifndef KEYHOLD_SIGNER_SERVICE_VAULT_PROCESS_FRAME_SERVER_H_
#define KEYHOLD_SIGNER_SERVICE_VAULT_PROCESS_FRAME_SERVER_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "signer_service/vault/vault.h"
#include "signer_service/vault_process/frame_codec.h"
#include "tls_lib/base/unique_fd.h"

namespace keyhold {

// Each thread takes what is there, up to a frame's worth of jobs, and gives
// it to the vault as one batch; so the batches grow with the load, and a lone
// job waits for nothing. One front at a time.
//
// All threads start with it, so that none need be made later. Thread-safe.
class FrameServer {
 public:
  struct Options {
    size_t threads = 1;
    // Called once for a front that sends what is no frame; its socket is
    // closed by then. Must not block.
    std::function<void(const absl::Status&)> on_front_at_fault;
  };

  // `vault` must outlive it.
  FrameServer(Vault& vault, Options options);
  // Closes the front's socket, and waits until the vault has answered.
  ~FrameServer();
  FrameServer(const FrameServer&) = delete;
  FrameServer& operator=(const FrameServer&) = delete;

  // Serves the front at the other end of `socket` from now on. One before it
  // is closed; what the vault still signs for it goes nowhere.
  void Serve(UniqueFd socket);

  // The engines' names may have changed: the front is told.
  void EnginesChanged() { engines_version_.fetch_add(1); }

 private:
  class Connection;

  // The front has three frames under way for each thread.
  uint32_t most_unsaid_frames() const {
    return static_cast<uint32_t>(2 * options_.threads);
  }

  void Work();
  std::shared_ptr<Connection> NextConnection(const Connection* last);

  Vault& vault_;
  const Options options_;
  std::atomic<uint32_t> engines_version_{1};
  absl::Mutex mutex_;
  std::shared_ptr<Connection> connection_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_VAULT_PROCESS_FRAME_SERVER_H_
