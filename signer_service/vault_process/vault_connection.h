// The front's end of the socket to one vault process.
#ifndef KEYHOLD_SIGNER_SERVICE_VAULT_PROCESS_VAULT_CONNECTION_H_
#define KEYHOLD_SIGNER_SERVICE_VAULT_PROCESS_VAULT_CONNECTION_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "signer_service/vault/vault.h"
#include "signer_service/vault_process/frame_codec.h"
#include "signer_service/vault_process/packet_socket.h"
#include "tls_lib/base/unique_fd.h"

namespace keyhold {

// A few frames are under way at a time; what comes meanwhile leaves together
// when the vault has taken one up. Thread-safe, but for Start and Stop.
class VaultConnection {
 public:
  // Jobs of one batch, as they will stand in frames.
  class Outgoing {
   public:
    Outgoing();
    // The job with this place in the batch. Returns its bytes.
    size_t Add(size_t place, const SignJob& job);
    void RemoveLast();
    bool empty() const { return ends_.empty(); }

   private:
    friend class VaultConnection;

    uint64_t batch_;
    std::string bytes_;
    // Of each job, in bytes_.
    std::vector<size_t> ends_;
    std::vector<size_t> places_;
    std::vector<absl::Time> deadlines_;
    // How many are sent.
    size_t sent_ = 0;
  };

  VaultConnection(UniqueFd socket, size_t threads);
  // After Stop.
  ~VaultConnection() = default;
  VaultConnection(const VaultConnection&) = delete;
  VaultConnection& operator=(const VaultConnection&) = delete;

  // Closes the socket, answers what is outstanding with Unavailable
  // (kKeyBackendAway), and waits for the threads. Called once, not from
  // OnResults.
  void Stop();

  // Every job is answered, as ProcessVault says.
  void Send(Outgoing outgoing, Vault::OnResults on_results);

  // Answers jobs that are a second past their deadline with Unavailable.
  void ExpireLateJobs(absl::Time now);

  // Waits, at most a second, until a new vault has said. "" if it does not.
  std::string EngineName(KeyType type) const;

 private:
  struct Batch {
    Vault::OnResults on_results;
    std::vector<size_t> places;
    std::vector<absl::Time> deadlines;
    std::vector<bool> answered;
    size_t unanswered;
  };
  struct Answers {
    std::shared_ptr<const Batch> batch;
    std::vector<JobResult> results;
  };

  void ReadResults();
  void Deliver(ResultFrame frame);
  // Ends the connection; more than once has no effect.
  void Fail();
  void SendWaiting() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::string TakeFrame() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Moves the results to whom they belong.
  std::vector<Answers> Sort(std::vector<FramedResult> results)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  static void GiveOut(std::vector<Answers> answers);

  PacketSocket socket_;
  const size_t max_frames_under_way_;
  mutable absl::Mutex mutex_;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  // A thread is in SendWaiting.
  bool sending_ ABSL_GUARDED_BY(mutex_) = false;
  std::deque<Outgoing> waiting_ ABSL_GUARDED_BY(mutex_);
  size_t waiting_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  // A frame for which the socket had no room.
  std::string unsent_ ABSL_GUARDED_BY(mutex_);
  uint64_t frames_under_way_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t frames_taken_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::flat_hash_map<uint64_t, std::shared_ptr<Batch>> batches_
      ABSL_GUARDED_BY(mutex_);
  std::vector<std::string> engine_names_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::thread> threads_;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_VAULT_PROCESS_VAULT_CONNECTION_H_
