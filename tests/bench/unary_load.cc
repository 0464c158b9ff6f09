// Load on a signer: unary Sign calls over mTLS, a fixed number in flight, from
// one thread. Prints one JSON object. tests/bench/bench.py runs it.
//
// A sample of the signatures is verified; a bad one, or a failed call, is an
// error exit: a rate counts only if the work was done.
#include <deque>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "CLI/App.hpp"
#include "CLI/Config.hpp"
#include "CLI/Formatter.hpp"
#include "absl/status/status.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "grpcpp/grpcpp.h"
#include "tests/bench/load_meter.h"
#include "tests/bench/load_target.h"
#include "tests/bench/request_source.h"
#include "tls_lib/base/status_macros.h"

namespace keyhold::bench {
namespace {

using signer::v1::SignRequest;
using signer::v1::SignResponse;

// One call under way, used again for the next.
struct Call {
  std::unique_ptr<grpc::ClientContext> context;
  std::unique_ptr<grpc::ClientAsyncResponseReader<SignResponse>> reader;
  SignRequest request;
  SignResponse response;
  grpc::Status status;
  absl::Time started;
  Stub* stub = nullptr;
};

class UnaryLoad {
 public:
  UnaryLoad(const LoadTarget& target, std::vector<std::unique_ptr<Stub>> stubs,
            RequestSource source)
      : target_(target),
        stubs_(std::move(stubs)),
        source_(std::move(source)),
        meter_(target.service_pids) {}

  absl::Status Run() {
    for (int i = 0; i < target_.in_flight; ++i) {
      calls_.emplace_back();
      calls_.back().stub = stubs_[i % stubs_.size()].get();
      Start(&calls_.back());
    }
    RETURN_IF_ERROR(FinishFor(target_.warmup_seconds));
    RETURN_IF_ERROR(meter_.Start());
    RETURN_IF_ERROR(FinishFor(target_.seconds));
    RETURN_IF_ERROR(meter_.PrintAndStop());
    while (outstanding_ > 0) RETURN_IF_ERROR(Next().status());
    return absl::OkStatus();
  }

 private:
  void Start(Call* call) {
    source_.Fill(&call->request);
    call->context = std::make_unique<grpc::ClientContext>();
    call->started = absl::Now();
    call->reader =
        call->stub->AsyncSign(call->context.get(), call->request, &queue_);
    call->reader->Finish(&call->response, &call->status, call);
    ++outstanding_;
  }

  absl::StatusOr<Call*> Next() {
    void* tag = nullptr;
    bool ok = false;
    if (!queue_.Next(&tag, &ok)) return absl::InternalError("queue ended");
    --outstanding_;
    Call* call = static_cast<Call*>(tag);
    if (!call->status.ok()) return FromGrpc(call->status);
    return call;
  }

  absl::Status FinishFor(double seconds) {
    const absl::Time end = absl::Now() + absl::Seconds(seconds);
    while (absl::Now() < end) {
      ASSIGN_OR_RETURN(Call * call, Next());
      meter_.Count(call->started);
      if (++finished_ % target_.verify_every == 0) {
        RETURN_IF_ERROR(
            source_.Verify(call->request, call->response.signature()));
      }
      Start(call);
    }
    return absl::OkStatus();
  }

  const LoadTarget& target_;
  const std::vector<std::unique_ptr<Stub>> stubs_;
  RequestSource source_;
  LoadMeter meter_;
  grpc::CompletionQueue queue_;
  std::deque<Call> calls_;
  int64_t finished_ = 0;
  int outstanding_ = 0;
};

// Signs once with each key that the caller may list.
absl::Status SignOnceWithEachKey(Stub& stub, SignatureScheme scheme) {
  signer::v1::ListKeysRequest request;
  int count = 0;
  do {
    grpc::ClientContext context;
    signer::v1::ListKeysResponse page;
    RETURN_IF_ERROR(FromGrpc(stub.ListKeys(&context, request, &page)));
    for (const signer::v1::Key& listed : page.keys()) {
      ASSIGN_OR_RETURN(PublicKey key, PublicKey::FromSpki(listed.spki()));
      RequestSource source(std::move(key), scheme);
      grpc::ClientContext sign_context;
      SignRequest sign;
      SignResponse response;
      source.Fill(&sign);
      RETURN_IF_ERROR(FromGrpc(stub.Sign(&sign_context, sign, &response)));
      RETURN_IF_ERROR(source.Verify(sign, response.signature()));
      ++count;
    }
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  std::cout << absl::StrFormat("{\"count\": %d}\n", count);
  return absl::OkStatus();
}

absl::Status RunLoad(const LoadTarget& target, bool each_key_once) {
  ASSIGN_OR_RETURN(const SignatureScheme scheme,
                   ParseSchemeName(target.scheme));
  std::vector<std::unique_ptr<Stub>> stubs = target.Connect();
  if (each_key_once) return SignOnceWithEachKey(*stubs[0], scheme);
  ASSIGN_OR_RETURN(PublicKey key, FetchKey(*stubs[0], target.key_id));
  return UnaryLoad(target, std::move(stubs),
                   RequestSource(std::move(key), scheme))
      .Run();
}

}  // namespace
}  // namespace keyhold::bench

int main(int argc, char** argv) {
  keyhold::bench::LoadTarget target;
  bool each_key_once = false;
  CLI::App app("Load on a signer: unary Sign calls over mTLS");
  target.AddTo(app);
  app.add_flag("--each-key-once", each_key_once);
  CLI11_PARSE(app, argc, argv);

  const absl::Status status = keyhold::bench::RunLoad(target, each_key_once);
  if (status.ok()) return 0;
  std::cerr << "unary_load: " << status << "\n";
  return 1;
}
