#include "signer_service/front/sign_call_queue.h"

#include <ctime>
#include <utility>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "grpc/support/time.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/async_unary_call.h"
#include "keyhold/signer/v1/sign.pb.h"
#include "signer_service/front/signing_pool.h"
#include "signer_service/front/status_conversion.h"

namespace keyhold {
namespace {

using signer::v1::SignRequest;
using signer::v1::SignResponse;

// Calls that gRPC can deliver without waiting for the thread.
constexpr int kCallsRequestedAhead = 128;

}  // namespace

struct SignCallQueue::Call {
  bool answered = false;
  grpc::ServerContext context;
  SignRequest request;
  grpc::ServerAsyncResponseWriter<SignResponse> writer{&context};
};

SignCallQueue::SignCallQueue(TlsSignerService& service,
                             const RequestHandler& handler,
                             std::unique_ptr<grpc::ServerCompletionQueue> queue)
    : service_(service), handler_(handler), queue_(std::move(queue)) {}

SignCallQueue::~SignCallQueue() { Stop(); }

void SignCallQueue::Start() {
  {
    absl::MutexLock lock(&mutex_);
    for (int i = 0; i < kCallsRequestedAhead; ++i) Request();
  }
  thread_ = std::thread([this] { Work(); });
}

void SignCallQueue::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    if (std::exchange(stopped_, true)) return;
    queue_->Shutdown();
  }
  if (thread_.joinable()) {
    thread_.join();
    return;
  }
  void* tag;
  bool ok;
  while (queue_->Next(&tag, &ok)) delete static_cast<Call*>(tag);
}

void SignCallQueue::Request() {
  if (stopped_) return;
  auto call = std::make_unique<Call>();
  Call* raw = call.release();  // gRPC's, until it comes out of the queue
  service_.RequestSign(&raw->context, &raw->request, &raw->writer, queue_.get(),
                       queue_.get(), raw);
}

void SignCallQueue::Work() {
  void* tag;
  bool ok;
  while (queue_->Next(&tag, &ok)) {
    absl::MutexLock lock(&mutex_);
    std::vector<std::unique_ptr<Call>> arrived;
    Sort(tag, ok, arrived);
    while (arrived.size() < kSignaturesPerTurn &&
           queue_->AsyncNext(&tag, &ok, gpr_time_0(GPR_CLOCK_MONOTONIC)) ==
               grpc::CompletionQueue::GOT_EVENT) {
      Sort(tag, ok, arrived);
    }
    // Nothing may be answered through a queue that is shut down.
    if (!arrived.empty() && !stopped_) SignAll(std::move(arrived));
  }
}

void SignCallQueue::Sort(void* tag, bool ok,
                         std::vector<std::unique_ptr<Call>>& arrived) {
  std::unique_ptr<Call> call(static_cast<Call*>(tag));
  // Not ok: the server shuts down, or the client is gone.
  if (call->answered || !ok) return;
  Request();
  arrived.push_back(std::move(call));
}

void SignCallQueue::SignAll(std::vector<std::unique_ptr<Call>> arrived) {
  const std::shared_ptr<const ServingSnapshot> snapshot =
      handler_.state().Get();
  const absl::Time now = absl::Now();
  std::vector<SignCall> calls(arrived.size());
  for (size_t i = 0; i < arrived.size(); ++i) {
    grpc::ServerContext& context = arrived[i]->context;
    calls[i].request = std::move(arrived[i]->request);
    calls[i].caller = callers_.Find(*context.auth_context(), snapshot);
    calls[i].received = now;
    calls[i].deadline = absl::FromChrono(context.deadline());
  }
  handler_.Sign(
      std::move(calls), [arrived = std::move(arrived), snapshot](
                            RequestHandler::SignResults results) mutable {
        for (size_t i = 0; i < arrived.size(); ++i) {
          Call* call = arrived[i].release();
          call->answered = true;
          if (results[i].ok()) {
            call->writer.Finish(*results[i], grpc::Status::OK, call);
          } else {
            call->writer.FinishWithError(
                ToGrpcStatus(results[i].status(), snapshot->policy_version()),
                call);
          }
        }
      });
}

}  // namespace keyhold
