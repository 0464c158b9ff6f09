// Load on a signer: unary Sign calls over mTLS, a fixed number in flight, from
// one thread. Prints one JSON object. tests/bench/bench.py runs it.
//
// A sample of the signatures is verified; a bad one, or a failed call, is an
// error exit: a rate counts only if the work was done.
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <deque>
#include <fstream>
#include <iostream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "CLI/App.hpp"
#include "CLI/Config.hpp"
#include "CLI/Formatter.hpp"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "keyhold/signer/v1/service.grpc.pb.h"
#include "tests/bench/cpu_time.h"
#include "tls_lib/base/status_macros.h"
#include "tls_lib/core/public_key.h"
#include "tls_lib/core/signature_scheme.h"
#include "tls_lib/core/signed_content.h"

namespace keyhold::bench {
namespace {

using signer::v1::GetKeyRequest;
using signer::v1::GetKeyResponse;
using signer::v1::ListKeysRequest;
using signer::v1::ListKeysResponse;
using signer::v1::SignRequest;
using signer::v1::SignResponse;
using Stub = signer::v1::Signer::Stub;

struct Options {
  std::string target;
  std::string ca_file;
  std::string certificate_file;
  std::string private_key_file;
  std::string key_id;
  std::string scheme = "ecdsa_secp256r1_sha256";
  int in_flight = 128;
  int connections = 1;
  double warmup_seconds = 0.5;
  double seconds = 2;
  int verify_every = 97;
  // Sign once with each key that the caller may list, instead.
  bool each_key_once = false;
  std::vector<pid_t> service_pids;
};

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<std::unique_ptr<Stub>> Connect(const Options& options) {
  grpc::SslCredentialsOptions tls;
  tls.pem_root_certs = ReadFile(options.ca_file);
  tls.pem_cert_chain = ReadFile(options.certificate_file);
  tls.pem_private_key = ReadFile(options.private_key_file);
  std::vector<std::unique_ptr<Stub>> stubs;
  for (int i = 0; i < options.connections; ++i) {
    grpc::ChannelArguments arguments;
    // Without an own pool, channels of equal arguments share a connection.
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    stubs.push_back(signer::v1::Signer::NewStub(grpc::CreateCustomChannel(
        options.target, grpc::SslCredentials(tls), arguments)));
  }
  return stubs;
}

absl::Status FromGrpc(const grpc::Status& status) {
  return absl::Status(static_cast<absl::StatusCode>(status.error_code()),
                      status.error_message());
}

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

class Load {
 public:
  Load(const Options& options, SignatureScheme scheme)
      : options_(options), scheme_(scheme), stubs_(Connect(options)) {}

  absl::Status Run() {
    ASSIGN_OR_RETURN(PublicKey key, FetchKey());
    for (int i = 0; i < options_.in_flight; ++i) {
      calls_.emplace_back();
      calls_.back().stub = stubs_[i % stubs_.size()].get();
      calls_.back().request.set_spki_sha256(std::string(key.spki_sha256()));
      calls_.back().request.set_scheme(static_cast<uint32_t>(scheme_));
      Start(&calls_.back());
    }
    absl::Time begin = absl::Now() + absl::Seconds(options_.warmup_seconds);
    RETURN_IF_ERROR(FinishUntil(key, begin));
    latencies_.clear();
    ASSIGN_OR_RETURN(absl::Duration cpu_before, Cpu());
    begin = absl::Now();
    RETURN_IF_ERROR(FinishUntil(key, begin + absl::Seconds(options_.seconds)));
    ASSIGN_OR_RETURN(absl::Duration cpu_after, Cpu());
    Print(absl::Now() - begin, cpu_after - cpu_before);
    return Drain();
  }

  absl::Status SignOnceWithEachKey() {
    ListKeysRequest request;
    int count = 0;
    do {
      grpc::ClientContext context;
      ListKeysResponse page;
      RETURN_IF_ERROR(FromGrpc(stubs_[0]->ListKeys(&context, request, &page)));
      for (const signer::v1::Key& listed : page.keys()) {
        ASSIGN_OR_RETURN(PublicKey key, PublicKey::FromSpki(listed.spki()));
        grpc::ClientContext sign_context;
        Call call;
        call.request.set_spki_sha256(listed.spki_sha256());
        call.request.set_scheme(static_cast<uint32_t>(scheme_));
        FillInput(&call.request);
        RETURN_IF_ERROR(FromGrpc(
            stubs_[0]->Sign(&sign_context, call.request, &call.response)));
        RETURN_IF_ERROR(Verify(key, call));
        ++count;
      }
      request.set_page_token(page.next_page_token());
    } while (!request.page_token().empty());
    std::cout << absl::StrFormat("{\"count\": %d}\n", count);
    return absl::OkStatus();
  }

 private:
  absl::StatusOr<PublicKey> FetchKey() {
    grpc::ClientContext context;
    GetKeyRequest request;
    request.mutable_selector()->set_id(options_.key_id);
    GetKeyResponse response;
    RETURN_IF_ERROR(FromGrpc(stubs_[0]->GetKey(&context, request, &response)));
    return PublicKey::FromSpki(response.keys(0).spki());
  }

  absl::StatusOr<absl::Duration> Cpu() {
    return CpuTimeOf(options_.service_pids);
  }

  // Every request signs another hash: a cache anywhere would show.
  void FillInput(SignRequest* request) {
    std::string hash(32, '\0');
    ++serial_;
    std::copy_n(reinterpret_cast<const char*>(&serial_), sizeof(serial_),
                hash.begin());
    auto* input = request->mutable_tls13_certificate_verify();
    input->set_role(signer::v1::ROLE_SERVER);
    input->set_transcript_hash(hash);
    if (SchemeFits(*FindScheme(scheme_), FindScheme(scheme_)->key_type,
                   TlsVersion::kTls13)) {
      return;
    }
    auto* exchange = request->mutable_tls12_server_key_exchange();
    exchange->set_client_random(hash);
    exchange->set_server_random(hash);
    exchange->set_curve(29);
    exchange->set_public_point(hash);
  }

  void Start(Call* call) {
    FillInput(&call->request);
    call->context = std::make_unique<grpc::ClientContext>();
    call->started = absl::Now();
    call->reader =
        call->stub->AsyncSign(call->context.get(), call->request, &queue_);
    call->reader->Finish(&call->response, &call->status, call);
    ++outstanding_;
  }

  absl::Status FinishUntil(const PublicKey& key, absl::Time end) {
    while (absl::Now() < end) {
      ASSIGN_OR_RETURN(Call * call, Next());
      latencies_.push_back(absl::Now() - call->started);
      if (++finished_ % options_.verify_every == 0) {
        RETURN_IF_ERROR(Verify(key, *call));
        ++verified_;
      }
      Start(call);
    }
    return absl::OkStatus();
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

  absl::Status Drain() {
    while (outstanding_ > 0) RETURN_IF_ERROR(Next().status());
    return absl::OkStatus();
  }

  absl::Status Verify(const PublicKey& key, const Call& call) const {
    std::string message;
    if (call.request.has_tls13_certificate_verify()) {
      ASSIGN_OR_RETURN(
          message,
          AssembleTls13CertificateVerify(
              {Role::kServer,
               call.request.tls13_certificate_verify().transcript_hash()}));
    } else {
      const auto& input = call.request.tls12_server_key_exchange();
      ASSIGN_OR_RETURN(
          message,
          AssembleTls12ServerKeyExchange(
              {input.client_random(), input.server_random(),
               static_cast<uint16_t>(input.curve()), input.public_point()}));
    }
    return key.Verify(scheme_, message, call.response.signature());
  }

  void Print(absl::Duration wall, absl::Duration cpu) {
    std::sort(latencies_.begin(), latencies_.end());
    const size_t count = latencies_.size();
    auto at = [&](double part) {
      return absl::ToDoubleMicroseconds(
          latencies_[static_cast<size_t>(part * (count - 1))]);
    };
    std::cout << absl::StrFormat(
        "{\"count\": %d, \"wall_s\": %.6f, \"service_cpu_s\": %.6f, "
        "\"p50_us\": %.1f, \"p99_us\": %.1f, \"verified\": %d}\n",
        count, absl::ToDoubleSeconds(wall), absl::ToDoubleSeconds(cpu), at(0.5),
        at(0.99), verified_);
  }

  const Options options_;
  const SignatureScheme scheme_;
  const std::vector<std::unique_ptr<Stub>> stubs_;
  grpc::CompletionQueue queue_;
  std::deque<Call> calls_;
  std::vector<absl::Duration> latencies_;
  uint64_t serial_ = 0;
  int64_t finished_ = 0;
  int64_t verified_ = 0;
  int outstanding_ = 0;
};

}  // namespace
}  // namespace keyhold::bench

int main(int argc, char** argv) {
  keyhold::bench::Options options;
  CLI::App app("Load on a signer: unary Sign calls over mTLS");
  app.add_option("--target", options.target, "HOST:PORT")->required();
  app.add_option("--ca", options.ca_file)->required();
  app.add_option("--certificate", options.certificate_file)->required();
  app.add_option("--private-key", options.private_key_file)->required();
  app.add_option("--key", options.key_id, "key id");
  app.add_option("--scheme", options.scheme, "IANA name");
  app.add_option("--in-flight", options.in_flight);
  app.add_option("--connections", options.connections);
  app.add_option("--warmup-seconds", options.warmup_seconds);
  app.add_option("--seconds", options.seconds);
  app.add_option("--verify-every", options.verify_every);
  app.add_flag("--each-key-once", options.each_key_once);
  app.add_option("--service-pid", options.service_pids, "may be repeated");
  CLI11_PARSE(app, argc, argv);

  absl::StatusOr<keyhold::SignatureScheme> scheme =
      keyhold::ParseSchemeName(options.scheme);
  absl::Status status = scheme.status();
  if (status.ok()) {
    keyhold::bench::Load load(options, *scheme);
    status = options.each_key_once ? load.SignOnceWithEachKey() : load.Run();
  }
  if (status.ok()) return 0;
  std::cerr << "unary_load: " << status << "\n";
  return 1;
}
