#include "tests/fakes/raw_stream_server.h"

#include <cstdio>
#include <cstdlib>
#include <utility>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "grpcpp/security/server_credentials.h"
#include "grpcpp/server_builder.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/slice.h"

namespace keyhold {
namespace {

constexpr char kMethod[] = "/keyhold.signer.v1.Signer/SignStream";

}  // namespace

bool RawStream::Wait() {
  void* tag = nullptr;
  bool ok = false;
  return queue_.Next(&tag, &ok) && ok;
}

bool RawStream::Read(signer::v1::SignBatchRequest& frame) {
  grpc::ByteBuffer buffer;
  stream_.Read(&buffer, this);
  if (!Wait()) return false;
  grpc::Slice slice;
  return buffer.DumpToSingleSlice(&slice).ok() &&
         frame.ParseFromArray(slice.begin(), static_cast<int>(slice.size()));
}

bool RawStream::WriteBytes(const std::string& bytes) {
  const grpc::Slice slice(bytes);
  stream_.Write(grpc::ByteBuffer(&slice, 1), this);
  return Wait();
}

bool RawStream::WriteLimits(uint32_t max_items_in_flight,
                            uint32_t max_items_per_frame) {
  signer::v1::SignBatchResponse frame;
  signer::v1::ServiceLimits& limits = *frame.mutable_limits();
  limits.set_max_items_in_flight(max_items_in_flight);
  limits.set_max_items_per_frame(max_items_per_frame);
  limits.set_max_frame_bytes(262144);
  return Write(frame);
}

bool RawStream::WriteAnswer(uint64_t id,
                            const signer::v1::SignRequest& request) {
  signer::v1::SignBatchResponse frame;
  signer::v1::SignResponse& answer = *frame.add_items();
  answer.set_id(id);
  answer.set_scheme(request.scheme());
  answer.set_signature("a signature");
  answer.set_policy_version(std::string(16, 'v'));
  return Write(frame);
}

struct RawStreamServer::Call {
  grpc::GenericServerContext context;
  grpc::GenericServerAsyncReaderWriter stream{&context};
  grpc::CompletionQueue queue;
};

RawStreamServer::RawStreamServer(Script script)
    : script_(std::move(script)),
      endpoint_("unix:" + folder_.PathOf("raw.sock")) {
  grpc::ServerBuilder builder;
  builder.AddListeningPort(endpoint_, grpc::InsecureServerCredentials());
  builder.RegisterAsyncGenericService(&service_);
  arrivals_ = builder.AddCompletionQueue();
  server_ = builder.BuildAndStart();
  if (server_ == nullptr) {
    std::fprintf(stderr, "cannot listen at %s\n", endpoint_.c_str());
    std::abort();
  }
  thread_ = std::thread([this] { Run(); });
}

RawStreamServer::~RawStreamServer() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  server_->Shutdown(absl::ToChronoTime(absl::Now()));
  arrivals_->Shutdown();
  thread_.join();
  for (std::thread& each : serving_) each.join();
}

void RawStreamServer::Ask(Call& call) {
  absl::MutexLock lock(&mutex_);
  // gRPC ends the process of whoever asks a server that shuts down.
  if (stopping_) return;
  service_.RequestCall(&call.context, &call.stream, &call.queue,
                       arrivals_.get(), this);
}

void RawStreamServer::Run() {
  auto call = std::make_shared<Call>();
  Ask(*call);
  void* tag = nullptr;
  bool ok = false;
  while (arrivals_->Next(&tag, &ok)) {
    if (!ok) continue;
    serving_.emplace_back([this, call] { Serve(*call); });
    call = std::make_shared<Call>();
    Ask(*call);
  }
  call->queue.Shutdown();
}

void RawStreamServer::Serve(Call& call) {
  grpc::Status status(grpc::StatusCode::UNIMPLEMENTED, "only SignStream");
  if (call.context.method() == kMethod) {
    int number = 0;
    {
      absl::MutexLock lock(&mutex_);
      number = streams_++;
    }
    RawStream stream(call.stream, call.queue);
    status = script_(stream, number);
  }
  call.stream.Finish(status, this);
  void* tag = nullptr;
  bool ok = false;
  call.queue.Next(&tag, &ok);
  call.queue.Shutdown();
  while (call.queue.Next(&tag, &ok)) {
  }
}

}  // namespace keyhold
