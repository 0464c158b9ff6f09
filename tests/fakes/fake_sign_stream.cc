#include "tests/fakes/fake_sign_stream.h"

#include <thread>
#include <utility>

#include "tests/fakes/fake_error.h"

namespace keyhold {

namespace v1 = signer::v1;

v1::ServiceLimits FakeLimits() {
  v1::ServiceLimits limits;
  limits.set_max_items_in_flight(1024);
  limits.set_max_items_per_frame(64);
  limits.set_max_frame_bytes(262144);
  limits.set_max_message_bytes(65536);
  limits.set_max_handshake_bytes(65536);
  limits.set_max_time_us(10000000);
  for (const v1::Usage usage :
       {v1::USAGE_TLS13_SERVER, v1::USAGE_TLS12_SERVER, v1::USAGE_TLS13_CLIENT,
        v1::USAGE_TLS12_CLIENT, v1::USAGE_DIGEST, v1::USAGE_MESSAGE,
        v1::USAGE_CSR, v1::USAGE_SELF_SIGNED}) {
    limits.add_accepted_usages(usage);
  }
  return limits;
}

void FakeSignStream::Run() {
  v1::SignBatchResponse first;
  *first.mutable_limits() = FakeLimits();
  stream_.Write(first);
  std::thread signing([this] { SignWaiting(); });
  v1::SignBatchRequest frame;
  while (stream_.Read(&frame)) Accept(frame);
  {
    absl::MutexLock lock(&mutex_);
    closed_ = true;
  }
  signing.join();
}

void FakeSignStream::Accept(const v1::SignBatchRequest& frame) {
  for (const uint64_t id : frame.cancel_ids()) {
    Cancel(id);
    record_.AddCancel(id);
  }
  FrameUse use;
  for (const v1::SignRequest& item : frame.items()) {
    absl::Status admitted;
    {
      absl::MutexLock lock(&mutex_);
      admitted = Admit(item, use);
      if (admitted.ok()) {
        outstanding_.insert(item.id());
        waiting_.push_back(item);
      }
    }
    if (admitted.ok()) faults_.Queued(1);
    if (!admitted.ok()) Answer(item.id(), admitted);
  }
}

absl::Status FakeSignStream::Admit(const v1::SignRequest& item, FrameUse& use) {
  const v1::ServiceLimits limits = FakeLimits();
  if (use.items >= limits.max_items_per_frame() ||
      use.bytes + item.ByteSizeLong() > limits.max_frame_bytes()) {
    return FakeFrameTooLarge();
  }
  ++use.items;
  use.bytes += item.ByteSizeLong();
  if (outstanding_.count(item.id()) > 0) {
    return FakeInvalidRequest("id: another item of this id is outstanding");
  }
  if (outstanding_.size() >= limits.max_items_in_flight()) {
    return FakeTooManyInFlight();
  }
  return absl::OkStatus();
}

void FakeSignStream::Cancel(uint64_t id) {
  bool found = false;
  {
    absl::MutexLock lock(&mutex_);
    for (auto item = waiting_.begin(); item != waiting_.end(); ++item) {
      if (item->id() != id) continue;
      waiting_.erase(item);
      outstanding_.erase(id);
      found = true;
      break;
    }
  }
  if (!found) return;
  faults_.Queued(-1);
  Answer(id, FakeCancelled());
}

void FakeSignStream::SignWaiting() {
  while (true) {
    v1::SignRequest item;
    {
      absl::MutexLock lock(&mutex_);
      mutex_.Await(absl::Condition(this, &FakeSignStream::HasWork));
      if (waiting_.empty()) return;
      item = std::move(waiting_.front());
      waiting_.pop_front();
    }
    faults_.Queued(-1);
    absl::StatusOr<v1::SignResponse> answer = sign_(item);
    {
      absl::MutexLock lock(&mutex_);
      outstanding_.erase(item.id());
    }
    Answer(item.id(), std::move(answer));
  }
}

void FakeSignStream::Answer(uint64_t id,
                            absl::StatusOr<v1::SignResponse> answer) {
  v1::SignBatchResponse frame;
  v1::SignResponse& item = *frame.add_items();
  if (answer.ok()) {
    item = *std::move(answer);
  } else {
    const std::string version = policy_version_();
    *item.mutable_status() = FakeRpcStatus(answer.status(), version);
    item.set_policy_version(version);
  }
  item.set_id(id);
  absl::MutexLock lock(&write_mutex_);
  stream_.Write(frame);
}

}  // namespace keyhold
