#include "tls_lib/agent/local_session.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tls_lib/agent/agent_errors.h"
#include "tls_lib/agent/stated_limits.h"
#include "tls_lib/base/status_macros.h"

namespace keyhold {
namespace {

namespace v1 = signer::v1;

constexpr size_t kReadBytes = 65536;
constexpr size_t kHashBytes = 32;
// More items in one frame than this are not answered one by one: it would take
// this thread, which serves all, hundreds of milliseconds.
constexpr int kMostAnsweredItemsPerFrame = 1024;
// Bytes of a connection that are not worth counting.
constexpr size_t kFreeBytes = 8192;

absl::Time DeadlineOf(const v1::SignRequest& request,
                      const AgentLimits& limits) {
  const auto longest =
      static_cast<uint64_t>(absl::ToInt64Microseconds(limits.max_time));
  const uint64_t left = request.has_time_left_us()
                            ? std::min(request.time_left_us(), longest)
                            : longest;
  return absl::Now() + absl::Microseconds(static_cast<int64_t>(left));
}

}  // namespace

void LocalSession::Start() {
  if (const absl::Status added =
          owner_.loop().Add(sender_.fd(), EPOLLIN, shared_from_this());
      !added.ok()) {
    Fail(added);
    return;
  }
  events_ = EPOLLIN;
  v1::SignBatchResponse first;
  *first.mutable_limits() = StatedLimits(owner_.state()->limits);
  OnSent(sender_.Send(first));
}

void LocalSession::OnEvents(uint32_t events) {
  if ((events & EPOLLOUT) != 0 &&
      sender_.Flush() == FrameSender::Outcome::kBroken) {
    Close();
  }
  if (!closed_ && (events & EPOLLIN) != 0) {
    Read();
  } else if ((events & (EPOLLHUP | EPOLLERR)) != 0) {
    Close();
  }
  Update();
}

void LocalSession::Read() {
  char buffer[kReadBytes];
  const ssize_t count = recv(sender_.fd(), buffer, sizeof(buffer), 0);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (count <= 0) {
    Close();
    return;
  }
  reader_.Append(absl::string_view(buffer, static_cast<size_t>(count)));
  absl::Status taken = TakeFrames();
  if (taken.ok()) taken = CountBuffer();
  if (!taken.ok()) Fail(taken);
}

absl::Status LocalSession::TakeFrames() {
  bool some = false;
  while (!closed_) {
    const absl::StatusOr<std::optional<absl::string_view>> frame =
        reader_.Next();
    if (!frame.ok()) return MalformedFrameError(frame.status().message());
    if (!frame->has_value()) break;
    some = true;
    RETURN_IF_ERROR(TakeFrame(**frame));
  }
  reader_.Trim();
  if (!reader_.within_frame()) {
    half_frame_since_.reset();
  } else if (some || !half_frame_since_.has_value()) {
    half_frame_since_ = absl::Now();
  }
  return absl::OkStatus();
}

absl::Status LocalSession::TakeFrame(absl::string_view bytes) {
  v1::SignBatchRequest frame;
  if (!frame.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return MalformedFrameError("is no SignBatchRequest");
  }
  const int count = frame.items_size();
  if (count > kMostAnsweredItemsPerFrame) {
    return TooManyItemsInFrameError(count);
  }
  for (const uint64_t id : frame.cancel_ids()) CancelItem(id);
  for (int i = 0; i < count && !closed_; ++i) {
    if (i < kMaxItemsPerFrame) {
      TakeItem(std::move(*frame.mutable_items(i)));
    } else {
      SendItem(
          FailedItem(frame.items(i).id(), TooManyItemsInFrameError(count)));
    }
  }
  return absl::OkStatus();
}

void LocalSession::TakeItem(v1::SignRequest request) {
  // Whose connection just ends asks the next agent; a refusal might be final
  // to him.
  if (owner_.draining() && items_.empty()) {
    Close();
    return;
  }
  if (const absl::Status status = Register(request); !status.ok()) {
    SendItem(FailedItem(request.id(), status));
    return;
  }
  // Whatever the process wrote there: this end saw who it is.
  request.mutable_claimed_caller()->set_uid(peer_.uid);
  request.mutable_claimed_caller()->set_gid(peer_.gid);
  const absl::Time deadline = DeadlineOf(request, owner_.state()->limits);
  Decide(std::move(request), deadline, false);
}

absl::Status LocalSession::Register(const v1::SignRequest& request) {
  if (owner_.draining()) return DrainingError();
  if (request.spki_sha256().size() != kHashBytes) {
    return NoSuchHashError(request.spki_sha256().size());
  }
  return items_.Add(request, peer_, owner_.state()->limits);
}

const CallerRights& LocalSession::rights() {
  std::shared_ptr<const AgentState> state = owner_.state();
  if (rights_state_ != state) {
    rights_ = state->policy->RightsOf(peer_);
    rights_state_ = std::move(state);
  }
  return rights_;
}

void LocalSession::Decide(v1::SignRequest request, absl::Time deadline,
                          bool listed) {
  const KnownKeys::Ids ids = owner_.keys().IdsOf(request.spki_sha256());
  std::optional<absl::Span<const std::string>> known;
  if (ids != nullptr) known = absl::MakeConstSpan(*ids);
  // A listing that came after the item, and does not have the key.
  if (ids == nullptr && listed) known.emplace();
  switch (rights().Decide(request.spki_sha256(), known)) {
    case Verdict::kAllowed:
      Enqueue(std::move(request), deadline);
      return;
    case Verdict::kRefused: {
      const absl::Status status =
          rights_.none() ? NoRuleError(peer_)
                         : KeyNotAllowedError(peer_, request.spki_sha256());
      owner_.LogRefusal(peer_, request.spki_sha256(), status);
      RefuseItem(request.id(), status);
      return;
    }
    case Verdict::kNeedsIds:
      break;
  }
  items_.SetWaiting({std::move(request), deadline, owner_.keys().Refresh()});
  owner_.WatchTime(*this);
}

void LocalSession::Enqueue(v1::SignRequest request, absl::Time deadline) {
  const uint64_t id = request.id();
  items_.SetTurn(id, owner_.turns().Enter(
                         peer_.uid, [self = shared_from_this(), deadline,
                                     request = std::move(request)]() mutable {
                           self->StartSign(std::move(request), deadline);
                         }));
}

void LocalSession::StartSign(v1::SignRequest request, absl::Time deadline) {
  const uint64_t id = request.id();
  // Cancelled while it waited for its turn.
  if (!items_.Contains(id)) return;
  std::shared_ptr<const AgentState> state = owner_.state();
  auto on_signed = [self = shared_from_this(), id,
                    state](absl::StatusOr<v1::SignResponse> response) mutable {
    self->OnSigned(id, std::move(response));
    // It has kept the client, and goes before the session does.
    state = nullptr;
  };
  items_.SetPending(id, state->client->StartSign(std::move(request), deadline,
                                                 std::move(on_signed)));
}

void LocalSession::OnListed(uint64_t number, const absl::Status& result) {
  const absl::Time now = absl::Now();
  for (OutstandingItems::Waiting& waiting : items_.TakeWaiting(number)) {
    if (result.ok()) {
      Decide(std::move(waiting.request), waiting.deadline, true);
    } else if (waiting.deadline <= now) {
      RefuseItem(waiting.request.id(), KeysUnknownError(result));
    } else {
      Decide(std::move(waiting.request), waiting.deadline, false);
    }
  }
  Update();
}

bool LocalSession::OnTick(absl::Time now) {
  if (closed_) return false;
  const absl::Duration stall_time = owner_.state()->limits.stall_time;
  const size_t unsent = sender_.unsent();
  if (unsent == 0) {
    unsent_since_.reset();
  } else if (!unsent_since_.has_value() || unsent < unsent_) {
    unsent_since_ = now;
  } else if (now - *unsent_since_ > stall_time) {
    Fail(UnreadError(stall_time));
    return false;
  }
  unsent_ = unsent;
  // The rest of a frame that is not being read is nobody's fault.
  if (half_frame_since_.has_value() && unsent > 0) half_frame_since_ = now;
  if (half_frame_since_.has_value() && now - *half_frame_since_ > stall_time) {
    Fail(HalfFrameError(stall_time));
    return false;
  }
  const std::optional<std::vector<uint64_t>> late = items_.Late(now);
  for (const uint64_t id : late.value_or(std::vector<uint64_t>())) {
    RefuseItem(id, KeysUnknownError(absl::DeadlineExceededError(
                       "no answer within the time of this signature")));
  }
  return late.has_value() || unsent > 0 || half_frame_since_.has_value();
}

void LocalSession::CancelItem(uint64_t id) {
  if (items_.Remove(id)) {
    SendItem(FailedItem(id, ItemCancelledError()));
  }
}

void LocalSession::RefuseItem(uint64_t id, const absl::Status& status) {
  if (items_.Remove(id)) SendItem(FailedItem(id, status));
}

void LocalSession::OnSigned(uint64_t id,
                            absl::StatusOr<v1::SignResponse> response) {
  // It goes last: with it the next signature begins.
  const std::optional<OutstandingItems::Item> item = items_.Take(id);
  if (!item.has_value()) return;
  if (response.ok()) {
    response->set_id(id);
    SendItem(*std::move(response));
  } else {
    SendItem(FailedItem(id, response.status()));
  }
}

void LocalSession::SendItem(v1::SignResponse response) {
  v1::SignBatchResponse frame;
  *frame.add_items() = std::move(response);
  OnSent(sender_.Send(frame));
}

void LocalSession::OnSent(FrameSender::Outcome outcome) {
  if (outcome == FrameSender::Outcome::kSent && !owner_.draining()) return;
  owner_.loop().Post([self = shared_from_this(), outcome] {
    if (outcome == FrameSender::Outcome::kBroken) self->Close();
    self->Update();
  });
}

absl::Status LocalSession::CountBuffer() {
  if (closed_) return absl::OkStatus();
  const int64_t most = owner_.state()->limits.max_bytes_per_user;
  const size_t held = reader_.bytes() + sender_.unsent();
  const auto bytes = static_cast<int64_t>(held > kFreeBytes ? held : 0);
  UserBudget& user = place_->user();
  if (bytes > counted_bytes_ &&
      !user.TryTakeBytes(bytes - counted_bytes_, most)) {
    return TooManyBytesError(peer_, most);
  }
  if (bytes < counted_bytes_) user.GiveBytesBack(counted_bytes_ - bytes);
  counted_bytes_ = bytes;
  return absl::OkStatus();
}

void LocalSession::Update() {
  if (closed_) return;
  if (const absl::Status counted = CountBuffer(); !counted.ok()) {
    Fail(counted);
    return;
  }
  const bool unsent = sender_.unsent() > 0;
  // Who does not read is not read from: his answers would only pile up.
  const uint32_t events = unsent ? EPOLLOUT : EPOLLIN;
  if (events != events_) owner_.loop().Modify(sender_.fd(), events);
  events_ = events;
  if (unsent || half_frame_since_.has_value()) owner_.WatchTime(*this);
  if (owner_.draining() && !unsent && items_.empty()) Close();
}

void LocalSession::Fail(const absl::Status& why) {
  if (closed_) return;
  owner_.LogClosed(peer_, why);
  // For whoever is on the other end to read; if he does not, it is in the log.
  (void)sender_.Send(FailedItemFrame(0, why));
  Close();
}

void LocalSession::OnDrain() { Update(); }

void LocalSession::Close() {
  if (std::exchange(closed_, true)) return;
  const std::shared_ptr<LocalSession> self = shared_from_this();
  owner_.loop().Remove(sender_.fd());
  sender_.Close();
  items_.Clear();
  place_->user().GiveBytesBack(std::exchange(counted_bytes_, 0));
  owner_.Forget(*this);
}

}  // namespace keyhold
