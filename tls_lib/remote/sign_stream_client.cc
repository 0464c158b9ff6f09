#include "tls_lib/remote/sign_stream_client.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "grpcpp/support/slice.h"
#include "tls_lib/core/error_reason.h"
#include "tls_lib/remote/sign_frame.h"

namespace keyhold {
namespace {

using signer::v1::ServiceLimits;
using signer::v1::SignBatchResponse;
using signer::v1::SignResponse;

constexpr char kMethod[] = "/keyhold.signer.v1.Signer/SignStream";

absl::Status NotAFrame() {
  return absl::InternalError(
      "the service sent a frame that is no SignBatchResponse");
}

absl::Status NoLimitsFirst() {
  return absl::InternalError(
      "the service did not begin the stream with its limits");
}

absl::Status LimitsAgain() {
  return absl::InternalError(
      "the service stated its limits in the middle of the stream");
}

absl::Status NeverAsked(uint64_t id) {
  return absl::InternalError(absl::StrCat("the service answered the item ", id,
                                          ", which was never sent"));
}

absl::Status NoRoom() {
  return absl::UnavailableError("the stream takes no more items at the moment");
}

absl::Status TooLarge(size_t size, const ServiceLimits& limits) {
  return WithReason(absl::ResourceExhaustedError(
                        absl::StrCat("the request has ", size,
                                     " bytes, and a frame of the service holds "
                                     "at most ",
                                     limits.max_frame_bytes())),
                    ErrorReason::kFrameTooLarge);
}

grpc::ByteBuffer ToBuffer(const std::string& bytes) {
  const grpc::Slice slice(bytes);
  return grpc::ByteBuffer(&slice, 1);
}

bool Parse(const grpc::ByteBuffer& bytes, SignBatchResponse& frame) {
  grpc::Slice slice;
  if (!bytes.DumpToSingleSlice(&slice).ok()) return false;
  return frame.ParseFromArray(slice.begin(), static_cast<int>(slice.size()));
}

}  // namespace

SignStreamClient::SignStreamClient(std::weak_ptr<Owner> owner)
    : owner_(std::move(owner)) {}

std::shared_ptr<SignStreamClient> SignStreamClient::Start(
    const std::shared_ptr<grpc::Channel>& channel, std::weak_ptr<Owner> owner) {
  auto stream = std::make_shared<SignStreamClient>(std::move(owner));
  stream->Begin(channel);
  return stream;
}

void SignStreamClient::Begin(const std::shared_ptr<grpc::Channel>& channel) {
  self_ = shared_from_this();
  call_ = grpc::GenericStub(channel).PrepareCall(&context_, kMethod,
                                                 CompletionLoop::Get().queue());
  call_->StartCall(&started_);
}

void SignStreamClient::OnStarted(bool ok) {
  if (ok) {
    call_->Read(&read_buffer_, &read_);
  } else {
    OnRead(false);
  }
}

absl::StatusOr<uint64_t> SignStreamClient::Enqueue(
    SignItem item, std::shared_ptr<SignReceiver> receiver) {
  absl::MutexLock lock(&mutex_);
  if (!open_ || ended_ || close_when_idle_ ||
      outstanding_.size() >= max_outstanding_) {
    return NoRoom();
  }
  if (!SignFrame::Fits(limits_, *item.body)) {
    return TooLarge(item.body->size(), limits_);
  }
  const uint64_t id = next_id_++;
  outstanding_.emplace(
      id, Outstanding{std::move(item), std::move(receiver), false});
  queue_.push_back(id);
  return id;
}

void SignStreamClient::Flush() {
  std::optional<grpc::ByteBuffer> frame;
  {
    absl::MutexLock lock(&mutex_);
    frame = TakeFrame();
  }
  if (frame.has_value()) call_->Write(*frame, &written_);
}

std::optional<grpc::ByteBuffer> SignStreamClient::TakeFrame() {
  if (!open_ || writing_ || ended_) return std::nullopt;
  SignFrame frame(limits_);
  while (!cancels_.empty() && frame.Cancel(cancels_.front())) {
    cancels_.pop_front();
  }
  if (!queue_.empty()) {
    const absl::Time now = absl::Now();
    while (!queue_.empty()) {
      const auto found = outstanding_.find(queue_.front());
      // Cancelled before its turn.
      if (found == outstanding_.end()) {
        queue_.pop_front();
        continue;
      }
      const SignItem& item = found->second.item;
      if (!frame.Add(found->first, *item.body, item.deadline - now)) break;
      found->second.sent = true;
      queue_.pop_front();
    }
  }
  if (frame.empty()) return std::nullopt;
  writing_ = true;
  return ToBuffer(frame.Take());
}

void SignStreamClient::OnWritten(bool ok) {
  std::optional<grpc::ByteBuffer> frame;
  {
    absl::MutexLock lock(&mutex_);
    writing_ = false;
    // If not, the stream is over, and the read under way will say so.
    if (ok) frame = TakeFrame();
  }
  if (frame.has_value()) {
    call_->Write(*frame, &written_);
  } else {
    FinishIfIdle();
  }
}

void SignStreamClient::OnRead(bool ok) {
  if (!ok) {
    {
      absl::MutexLock lock(&mutex_);
      ended_ = true;
      read_over_ = true;
    }
    FinishIfIdle();
    return;
  }
  SignBatchResponse frame;
  absl::Status fault =
      Parse(read_buffer_, frame) ? absl::OkStatus() : NotAFrame();
  read_buffer_.Clear();
  std::vector<Answer> answers;
  bool opened = false;
  if (fault.ok()) {
    {
      absl::MutexLock lock(&mutex_);
      opened = !open_;
    }
    fault = opened ? TakeLimits(frame) : TakeAnswers(frame, answers);
  }
  for (Answer& answer : answers) {
    const uint64_t id = answer.response.id();
    answer.receiver->OnAnswer(*this, id, std::move(answer.response));
  }
  if (!fault.ok()) {
    EndWithFault(fault);
  } else if (const auto owner = owner_.lock(); owner != nullptr) {
    opened ? owner->OnStreamOpen(*this) : owner->OnStreamAnswers(*this);
  }
  call_->Read(&read_buffer_, &read_);
}

absl::Status SignStreamClient::TakeLimits(const SignBatchResponse& frame) {
  if (!frame.has_limits()) return NoLimitsFirst();
  absl::MutexLock lock(&mutex_);
  limits_ = frame.limits();
  max_outstanding_ = std::max<size_t>(limits_.max_items_in_flight(), 1);
  open_ = true;
  return absl::OkStatus();
}

absl::Status SignStreamClient::TakeAnswers(SignBatchResponse& frame,
                                           std::vector<Answer>& answers) {
  if (frame.has_limits()) return LimitsAgain();
  answers.reserve(static_cast<size_t>(frame.items_size()));
  bool idle = false;
  {
    absl::MutexLock lock(&mutex_);
    for (SignResponse& response : *frame.mutable_items()) {
      if (response.id() == 0 || response.id() >= next_id_) {
        return NeverAsked(response.id());
      }
      const auto found = outstanding_.find(response.id());
      // Answered before, or cancelled before it was sent.
      if (found == outstanding_.end() || !found->second.sent) continue;
      if (found->second.receiver != nullptr) {
        answers.push_back(
            {std::move(found->second.receiver), std::move(response)});
      }
      outstanding_.erase(found);
    }
    idle = close_when_idle_ && outstanding_.empty();
  }
  if (idle) context_.TryCancel();
  return absl::OkStatus();
}

void SignStreamClient::EndWithFault(const absl::Status& fault) {
  {
    absl::MutexLock lock(&mutex_);
    if (fault_.ok()) fault_ = fault;
    // Nothing more is sent, and the next read fails.
    ended_ = true;
  }
  context_.TryCancel();
}

void SignStreamClient::FinishIfIdle() {
  {
    absl::MutexLock lock(&mutex_);
    // A write under way would race with the end.
    if (!read_over_ || writing_ || finishing_) return;
    finishing_ = true;
  }
  call_->Finish(&status_, &finished_);
}

void SignStreamClient::OnFinished(bool /*ok*/) {
  const std::shared_ptr<SignStreamClient> last = std::move(self_);
  absl::flat_hash_map<uint64_t, Outstanding> lost;
  {
    absl::MutexLock lock(&mutex_);
    lost.swap(outstanding_);
    queue_.clear();
    if (!fault_.ok()) {
      status_ = grpc::Status(grpc::StatusCode::INTERNAL,
                             std::string(fault_.message()));
    }
  }
  const std::shared_ptr<Owner> owner = owner_.lock();
  absl::Status told = absl::UnavailableError("the stream has ended");
  if (owner != nullptr) {
    owner->OnStreamEnd(*this, status_);
    told = owner->LostStatus(status_);
  }
  for (auto& [id, each] : lost) {
    if (each.receiver != nullptr) each.receiver->OnLost(*this, id, told);
  }
}

void SignStreamClient::Cancel(uint64_t id) {
  // Destroyed without the lock.
  std::shared_ptr<SignReceiver> receiver;
  std::optional<grpc::ByteBuffer> frame;
  bool idle = false;
  {
    absl::MutexLock lock(&mutex_);
    const auto found = outstanding_.find(id);
    if (found == outstanding_.end()) return;
    receiver = std::move(found->second.receiver);
    if (!found->second.sent) {
      outstanding_.erase(found);
      idle = close_when_idle_ && outstanding_.empty();
    } else {
      cancels_.push_back(id);
      frame = TakeFrame();
    }
  }
  if (idle) context_.TryCancel();
  if (frame.has_value()) call_->Write(*frame, &written_);
}

void SignStreamClient::Doubt() {
  std::vector<std::pair<uint64_t, std::shared_ptr<SignReceiver>>> receivers;
  {
    absl::MutexLock lock(&mutex_);
    for (const auto& [id, each] : outstanding_) {
      if (each.receiver != nullptr) receivers.emplace_back(id, each.receiver);
    }
  }
  for (const auto& [id, receiver] : receivers) receiver->OnDoubt(*this, id);
}

void SignStreamClient::Close() { context_.TryCancel(); }

void SignStreamClient::CloseWhenIdle() {
  bool idle = false;
  {
    absl::MutexLock lock(&mutex_);
    close_when_idle_ = true;
    idle = outstanding_.empty();
  }
  if (idle) context_.TryCancel();
}

size_t SignStreamClient::max_outstanding() const {
  absl::MutexLock lock(&mutex_);
  return max_outstanding_;
}

}  // namespace keyhold
