// One connection of a local process.
#ifndef KEYHOLD_TLS_LIB_AGENT_LOCAL_SESSION_H_
#define KEYHOLD_TLS_LIB_AGENT_LOCAL_SESSION_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "daemon/unix_peer.h"
#include "keyhold/signer/v1/sign.pb.h"
#include "tls_lib/agent/agent_state.h"
#include "tls_lib/agent/event_loop.h"
#include "tls_lib/agent/frame_reader.h"
#include "tls_lib/agent/frame_sender.h"
#include "tls_lib/agent/known_keys.h"
#include "tls_lib/agent/outstanding_items.h"
#include "tls_lib/agent/signing_turns.h"
#include "tls_lib/agent/user_budgets.h"
#include "tls_lib/base/unique_fd.h"

namespace keyhold {

// What a session needs of the agent around it.
class SessionOwner {
 public:
  virtual ~SessionOwner() = default;

  // Thread-safe.
  virtual std::shared_ptr<const AgentState> state() const = 0;
  virtual bool draining() const = 0;
  virtual EventLoop& loop() = 0;
  virtual KnownKeys& keys() = 0;
  virtual SigningTurns& turns() = 0;
  virtual void LogRefusal(const UnixPeer& peer, absl::string_view spki_sha256,
                          const absl::Status& status) = 0;
  virtual void LogClosed(const UnixPeer& peer, const absl::Status& why) = 0;

  // On the loop's thread.
  virtual void Forget(class LocalSession& session) = 0;
  // OnTick is to be called from now on, until it returns false.
  virtual void WatchTime(class LocalSession& session) = 0;
};

// Reads frames of requests, checks each item against the policy, has it
// signed, and sends the answers as they come. What the process leaves half
// sent or unread is bounded in bytes and in time; then it is disconnected.
//
// All calls on the loop's thread. Answers are sent from the signer client's
// threads.
class LocalSession final : public EventHandler,
                           public std::enable_shared_from_this<LocalSession> {
 public:
  // `socket` does not block. `owner` outlives this.
  LocalSession(SessionOwner& owner, UniqueFd socket, const UnixPeer& peer,
               std::unique_ptr<UserBudgets::Place> place)
      : owner_(owner),
        peer_(peer),
        place_(std::move(place)),
        items_(place_->user()),
        sender_(std::move(socket)) {}

  // Adds this to the loop and speaks first. Closes itself if that fails.
  void Start();
  void OnEvents(uint32_t events) override;
  // A listing of keys has ended, of that number and with that result.
  void OnListed(uint64_t number, const absl::Status& result);
  // False if there is nothing to watch.
  bool OnTick(absl::Time now);
  // Closes this if nothing is outstanding; otherwise once that is so.
  void OnDrain();
  // Cancels what is outstanding. Idempotent.
  void Close();

 private:
  void Read();
  absl::Status TakeFrames();
  absl::Status TakeFrame(absl::string_view bytes);
  void TakeItem(signer::v1::SignRequest request);
  // Makes the item outstanding.
  absl::Status Register(const signer::v1::SignRequest& request);
  // Signs the outstanding item, refuses it, or has it wait for a listing of
  // keys. `listed`: whether there was one since the item came.
  void Decide(signer::v1::SignRequest request, absl::Time deadline,
              bool listed);
  // Has the item signed when its turn comes.
  void Enqueue(signer::v1::SignRequest request, absl::Time deadline);
  void CancelItem(uint64_t id);
  void RefuseItem(uint64_t id, const absl::Status& status);
  // The four below on any thread.
  void StartSign(signer::v1::SignRequest request, absl::Time deadline);
  void OnSigned(uint64_t id, absl::StatusOr<signer::v1::SignResponse> response);
  void SendItem(signer::v1::SignResponse response);
  void OnSent(FrameSender::Outcome outcome);

  absl::Status CountBuffer();
  // Takes up what changed: whether to read, and what to watch.
  void Update();
  void Fail(const absl::Status& why);
  const CallerRights& rights();

  SessionOwner& owner_;
  const UnixPeer peer_;
  const std::unique_ptr<UserBudgets::Place> place_;
  OutstandingItems items_;
  FrameSender sender_;
  FrameReader reader_;
  bool closed_ = false;
  // Whether the loop reports that the socket can be read, or written.
  uint32_t events_ = 0;
  int64_t counted_bytes_ = 0;
  // Since when a frame is half received, or an answer unread.
  std::optional<absl::Time> half_frame_since_;
  std::optional<absl::Time> unsent_since_;
  size_t unsent_ = 0;
  // rights_ are those of the policy in rights_state_.
  std::shared_ptr<const AgentState> rights_state_;
  CallerRights rights_;
};

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_AGENT_LOCAL_SESSION_H_
