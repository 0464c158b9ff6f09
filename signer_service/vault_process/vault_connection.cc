#include "signer_service/vault_process/vault_connection.h"

#include <algorithm>
#include <atomic>
#include <utility>

#include "absl/status/status.h"
#include "tls_lib/core/error_reason.h"

namespace keyhold {
namespace {

// A job's id: its batch's number, and its place among the batch's jobs.
constexpr int kIndexBits = 20;
constexpr uint64_t kIndexMask = (uint64_t{1} << kIndexBits) - 1;

// What waits here; streams have bounds of their own before it.
constexpr size_t kMaxWaitingBytes = size_t{64} << 20;
constexpr absl::Duration kGrace = absl::Seconds(1);
constexpr absl::Duration kFirstWord = absl::Seconds(1);

absl::Status VaultAway() {
  return WithReason(
      absl::UnavailableError(
          "the signer's vault ended before it had answered; ask again"),
      ErrorReason::kKeyBackendAway);
}

absl::Status VaultDoesNotAnswer() {
  return WithReason(
      absl::UnavailableError("the signer's vault has not answered in time"),
      ErrorReason::kKeyBackendAway);
}

absl::Status TooMuchWaits() {
  return WithReason(
      absl::ResourceExhaustedError("too much waits for the signer's vault"),
      ErrorReason::kTooManyInFlight);
}

uint64_t NewBatchNumber() {
  static std::atomic<uint64_t> next{1};
  return next.fetch_add(1, std::memory_order_relaxed);
}

std::vector<JobResult> AllFail(const std::vector<size_t>& places,
                               const absl::Status& status) {
  std::vector<JobResult> results;
  results.reserve(places.size());
  for (const size_t place : places) results.push_back({place, status});
  return results;
}

}  // namespace

VaultConnection::Outgoing::Outgoing() : batch_(NewBatchNumber()) {}

size_t VaultConnection::Outgoing::Add(size_t place, const SignJob& job) {
  const size_t before = bytes_.size();
  AppendJob(batch_ << kIndexBits | places_.size(), job, bytes_);
  ends_.push_back(bytes_.size());
  places_.push_back(place);
  deadlines_.push_back(job.hop.deadline);
  return bytes_.size() - before;
}

void VaultConnection::Outgoing::RemoveLast() {
  ends_.pop_back();
  places_.pop_back();
  deadlines_.pop_back();
  bytes_.resize(ends_.empty() ? 0 : ends_.back());
}

VaultConnection::VaultConnection(UniqueFd socket, size_t threads)
    // For each of the vault's threads: one that it signs, one to go on with,
    // and one whose taking up it has not told of yet.
    : socket_(std::move(socket)), max_frames_under_way_(3 * threads) {
  for (size_t i = 0; i < threads; ++i) {
    threads_.emplace_back([this] { ReadResults(); });
  }
}

void VaultConnection::Stop() {
  Fail();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void VaultConnection::Send(Outgoing outgoing, Vault::OnResults on_results) {
  absl::Status refused;
  {
    absl::MutexLock lock(&mutex_);
    if (closed_) {
      refused = VaultAway();
    } else if (waiting_bytes_ + outgoing.bytes_.size() > kMaxWaitingBytes) {
      refused = TooMuchWaits();
    } else {
      const size_t jobs = outgoing.places_.size();
      batches_.emplace(outgoing.batch_,
                       std::make_shared<Batch>(Batch{
                           std::move(on_results), std::move(outgoing.places_),
                           std::move(outgoing.deadlines_),
                           std::vector<bool>(jobs, false), jobs}));
      waiting_bytes_ += outgoing.bytes_.size();
      waiting_.push_back(std::move(outgoing));
      SendWaiting();
      return;
    }
  }
  on_results(AllFail(outgoing.places_, refused));
}

void VaultConnection::SendWaiting() {
  if (sending_) return;
  sending_ = true;
  while (!closed_ && frames_under_way_ < max_frames_under_way_ &&
         (!unsent_.empty() || !waiting_.empty())) {
    std::string frame = TakeFrame();
    ++frames_under_way_;
    const uint64_t taken = frames_taken_;
    mutex_.Unlock();
    const absl::Status status = socket_.Send(frame, PacketSocket::Wait::kNo);
    mutex_.Lock();
    if (status.ok()) continue;
    if (!absl::IsResourceExhausted(status)) {
      // The reading threads see it too, and answer what is outstanding.
      socket_.Shutdown();
      break;
    }
    --frames_under_way_;
    unsent_ = std::move(frame);
    // What fills the socket will be taken up, and this comes by again.
    if (frames_taken_ == taken) break;
  }
  sending_ = false;
}

std::string VaultConnection::TakeFrame() {
  if (!unsent_.empty()) return std::exchange(unsent_, {});
  Outgoing& first = waiting_.front();
  if (first.sent_ == 0 && waiting_.size() == 1 &&
      first.ends_.size() <= kMaxPacketJobs &&
      first.bytes_.size() <= kMaxPacketBytes) {
    std::string frame = std::move(first.bytes_);
    waiting_.pop_front();
    waiting_bytes_ = 0;
    return frame;
  }
  std::string frame;
  size_t jobs = 0;
  while (!waiting_.empty() && jobs < kMaxPacketJobs) {
    Outgoing& next = waiting_.front();
    const size_t begin = next.sent_ == 0 ? 0 : next.ends_[next.sent_ - 1];
    const size_t bytes = next.ends_[next.sent_] - begin;
    if (frame.size() + bytes > kMaxPacketBytes) break;
    frame.append(next.bytes_, begin, bytes);
    ++jobs;
    waiting_bytes_ -= bytes;
    if (++next.sent_ == next.ends_.size()) waiting_.pop_front();
  }
  return frame;
}

void VaultConnection::ReadResults() {
  std::vector<char> buffer(kMaxPacketBytes);
  while (true) {
    absl::StatusOr<absl::string_view> packet =
        socket_.Receive(absl::MakeSpan(buffer), PacketSocket::Wait::kYes);
    if (!packet.ok()) break;
    absl::StatusOr<ResultFrame> frame = DecodeResults(*packet);
    if (!frame.ok()) break;
    Deliver(*std::move(frame));
  }
  Fail();
}

void VaultConnection::Deliver(ResultFrame frame) {
  std::vector<Answers> answers;
  {
    absl::MutexLock lock(&mutex_);
    frames_taken_ += frame.frames_taken;
    frames_under_way_ -=
        std::min<uint64_t>(frames_under_way_, frame.frames_taken);
    if (!frame.engine_names.empty()) {
      engine_names_ = std::move(frame.engine_names);
    }
    answers = Sort(std::move(frame.results));
    // First the vault's next work, then the answers to its last.
    SendWaiting();
  }
  GiveOut(std::move(answers));
}

std::vector<VaultConnection::Answers> VaultConnection::Sort(
    std::vector<FramedResult> results) {
  std::vector<Answers> sorted;
  uint64_t last = 0;
  std::shared_ptr<Batch> batch;
  for (FramedResult& result : results) {
    const uint64_t number = result.id >> kIndexBits;
    if (batch == nullptr || number != last) {
      auto found = batches_.find(number);
      // Expired.
      if (found == batches_.end()) continue;
      batch = found->second;
      last = number;
      sorted.push_back({batch, {}});
    }
    const size_t index = result.id & kIndexMask;
    if (index >= batch->answered.size() || batch->answered[index]) continue;
    batch->answered[index] = true;
    sorted.back().results.push_back(
        {batch->places[index], std::move(result.signature)});
    if (--batch->unanswered == 0) batches_.erase(number);
  }
  return sorted;
}

void VaultConnection::GiveOut(std::vector<Answers> answers) {
  for (Answers& answer : answers) {
    if (answer.results.empty()) continue;
    answer.batch->on_results(std::move(answer.results));
  }
}

void VaultConnection::Fail() {
  std::vector<Answers> answers;
  {
    absl::MutexLock lock(&mutex_);
    if (closed_) return;
    closed_ = true;
    socket_.Shutdown();
    std::vector<FramedResult> results;
    for (const auto& [number, batch] : batches_) {
      for (size_t i = 0; i < batch->answered.size(); ++i) {
        results.push_back({number << kIndexBits | i, VaultAway()});
      }
    }
    answers = Sort(std::move(results));
    waiting_.clear();
  }
  GiveOut(std::move(answers));
}

void VaultConnection::ExpireLateJobs(absl::Time now) {
  std::vector<Answers> answers;
  {
    absl::MutexLock lock(&mutex_);
    std::vector<FramedResult> late;
    for (const auto& [number, batch] : batches_) {
      for (size_t i = 0; i < batch->answered.size(); ++i) {
        if (!batch->answered[i] && batch->deadlines[i] + kGrace < now) {
          late.push_back({number << kIndexBits | i, VaultDoesNotAnswer()});
        }
      }
    }
    answers = Sort(std::move(late));
  }
  GiveOut(std::move(answers));
}

std::string VaultConnection::EngineName(KeyType type) const {
  const auto known = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return closed_ || !engine_names_.empty();
  };
  absl::ReaderMutexLock lock(&mutex_);
  mutex_.AwaitWithTimeout(absl::Condition(&known), kFirstWord);
  const size_t index = static_cast<size_t>(type);
  return index < engine_names_.size() ? engine_names_[index] : "";
}

}  // namespace keyhold
