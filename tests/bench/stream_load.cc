// Load on a signer: one SignStream over mTLS, a fixed
// number of items in flight. A frame carries whatever is queued when the frame
// before it has left, as SignStream's clients do. Prints one JSON object.
//
// A sample of the signatures is verified; a bad one, or a failed item, is an
// error exit.
#include <algorithm>
#include <cstdint>
#include <deque>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "CLI/App.hpp"
#include "CLI/Config.hpp"
#include "CLI/Formatter.hpp"
#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "grpcpp/grpcpp.h"
#include "tests/bench/load_meter.h"
#include "tests/bench/load_target.h"
#include "tests/bench/request_source.h"
#include "tls_lib/base/status_macros.h"

namespace keyhold::bench {
namespace {

using signer::v1::SignBatchRequest;
using signer::v1::SignBatchResponse;
using signer::v1::SignRequest;
using signer::v1::SignResponse;

constexpr int kMaxItemsPerFrame = 64;

enum class Event { kStarted, kRead, kWritten };

class StreamLoad {
 public:
  StreamLoad(const LoadTarget& target, Stub& stub, RequestSource source)
      : target_(target),
        source_(std::move(source)),
        meter_(target.service_pids),
        slots_(target.in_flight) {
    for (size_t i = 0; i < slots_.size(); ++i) Queue(i);
    stream_ = stub.AsyncSignStream(&context_, &queue_, Tag(Event::kStarted));
  }

  absl::Status Run() {
    RETURN_IF_ERROR(WorkFor(target_.warmup_seconds));
    RETURN_IF_ERROR(meter_.Start());
    RETURN_IF_ERROR(WorkFor(target_.seconds));
    RETURN_IF_ERROR(meter_.PrintAndStop());
    context_.TryCancel();
    queue_.Shutdown();
    void* tag = nullptr;
    bool ok = false;
    while (queue_.Next(&tag, &ok)) {
    }
    return absl::OkStatus();
  }

 private:
  struct Slot {
    SignRequest request;
    absl::Time asked;
  };

  static void* Tag(Event event) {
    return reinterpret_cast<void*>(static_cast<intptr_t>(event));
  }

  void Queue(size_t slot) {
    slots_[slot].request.set_id(slot);
    source_.Fill(&slots_[slot].request);
    slots_[slot].asked = absl::Now();
    waiting_.push_back(slot);
  }

  void WriteWhatWaits() {
    if (writing_ || !ready_ || waiting_.empty()) return;
    frame_.clear_items();
    while (!waiting_.empty() && frame_.items_size() < kMaxItemsPerFrame) {
      *frame_.add_items() = slots_[waiting_.front()].request;
      waiting_.pop_front();
    }
    writing_ = true;
    meter_.CountFrame();
    stream_->Write(frame_, Tag(Event::kWritten));
  }

  absl::Status TakeAnswers() {
    ready_ = true;
    for (const SignResponse& answer : answers_.items()) {
      if (answer.has_status()) {
        return absl::Status(
            static_cast<absl::StatusCode>(answer.status().code()),
            answer.status().message());
      }
      const Slot& slot = slots_[answer.id()];
      meter_.Count(slot.asked);
      if (++finished_ % target_.verify_every == 0) {
        RETURN_IF_ERROR(source_.Verify(slot.request, answer.signature()));
      }
      Queue(answer.id());
    }
    stream_->Read(&answers_, Tag(Event::kRead));
    return absl::OkStatus();
  }

  absl::Status WorkFor(double seconds) {
    const absl::Time end = absl::Now() + absl::Seconds(seconds);
    while (absl::Now() < end) {
      void* tag = nullptr;
      bool ok = false;
      if (!queue_.Next(&tag, &ok) || !ok) {
        return absl::UnavailableError("the stream has ended");
      }
      switch (static_cast<Event>(reinterpret_cast<intptr_t>(tag))) {
        case Event::kStarted:
          stream_->Read(&answers_, Tag(Event::kRead));
          break;
        case Event::kRead:
          RETURN_IF_ERROR(TakeAnswers());
          break;
        case Event::kWritten:
          writing_ = false;
          break;
      }
      WriteWhatWaits();
    }
    return absl::OkStatus();
  }

  const LoadTarget& target_;
  RequestSource source_;
  LoadMeter meter_;
  grpc::CompletionQueue queue_;
  grpc::ClientContext context_;
  std::unique_ptr<
      grpc::ClientAsyncReaderWriter<SignBatchRequest, SignBatchResponse>>
      stream_;
  // The id of an item is its place here.
  std::vector<Slot> slots_;
  std::deque<size_t> waiting_;
  SignBatchRequest frame_;
  SignBatchResponse answers_;
  bool ready_ = false;
  bool writing_ = false;
  int64_t finished_ = 0;
};

absl::Status RunLoad(const LoadTarget& target) {
  ASSIGN_OR_RETURN(const SignatureScheme scheme,
                   ParseSchemeName(target.scheme));
  const std::vector<std::unique_ptr<Stub>> stubs = target.Connect();
  ASSIGN_OR_RETURN(PublicKey key, FetchKey(*stubs[0], target.key_id));
  return StreamLoad(target, *stubs[0], RequestSource(std::move(key), scheme))
      .Run();
}

}  // namespace
}  // namespace keyhold::bench

int main(int argc, char** argv) {
  keyhold::bench::LoadTarget target;
  CLI::App app("Load on a signer: one SignStream over mTLS");
  target.AddTo(app);
  CLI11_PARSE(app, argc, argv);

  const absl::Status status = keyhold::bench::RunLoad(target);
  if (status.ok()) return 0;
  std::cerr << "stream_load: " << status << "\n";
  return 1;
}
