// Load on a signer through SignerClient, as an application makes it: one
// signature at a time, each by a thread that waits for it. Prints one JSON
// object.
//
// --idle N, instead: N clients that each make one signature and then keep
// their connections. Prints "ready", and ends with its standard input.
//
// A sample of the signatures is verified; a bad one, or a failed call, is an
// error exit.
#include <cstdint>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "CLI/App.hpp"
#include "CLI/Config.hpp"
#include "CLI/Formatter.hpp"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "tests/bench/load_meter.h"
#include "tests/bench/load_target.h"
#include "tests/bench/request_source.h"
#include "tls_lib/base/status_macros.h"
#include "tls_lib/remote/signer_client.h"

namespace keyhold::bench {
namespace {

using signer::v1::SignRequest;
using signer::v1::SignResponse;

absl::StatusOr<std::shared_ptr<SignerClient>> Connect(
    const LoadTarget& target) {
  SignerClientOptions options;
  options.endpoints = {target.address};
  options.tls = SignerTlsFiles{target.certificate_file, target.private_key_file,
                               target.ca_file};
  return SignerClient::Create(options);
}

absl::StatusOr<RequestSource> Source(const LoadTarget& target,
                                     SignerClient& client) {
  ASSIGN_OR_RETURN(const SignatureScheme scheme,
                   ParseSchemeName(target.scheme));
  signer::v1::KeySelector selector;
  selector.set_id(target.key_id);
  ASSIGN_OR_RETURN(const std::vector<signer::v1::Key> keys,
                   client.GetKey(selector));
  ASSIGN_OR_RETURN(PublicKey key, PublicKey::FromSpki(keys.front().spki()));
  return RequestSource(std::move(key), scheme);
}

absl::Status SignFor(double seconds, const LoadTarget& target,
                     SignerClient& client, RequestSource& source,
                     LoadMeter& meter) {
  const absl::Time end = absl::Now() + absl::Seconds(seconds);
  for (int64_t i = 1; absl::Now() < end; ++i) {
    SignRequest request;
    source.Fill(&request);
    const absl::Time asked = absl::Now();
    ASSIGN_OR_RETURN(const SignResponse answer, client.Sign(request));
    meter.Count(asked);
    if (i % target.verify_every == 0) {
      RETURN_IF_ERROR(source.Verify(request, answer.signature()));
    }
  }
  return absl::OkStatus();
}

absl::Status OneAtATime(const LoadTarget& target) {
  ASSIGN_OR_RETURN(const auto client, Connect(target));
  ASSIGN_OR_RETURN(RequestSource source, Source(target, *client));
  LoadMeter meter(target.service_pids);
  RETURN_IF_ERROR(
      SignFor(target.warmup_seconds, target, *client, source, meter));
  RETURN_IF_ERROR(meter.Start());
  RETURN_IF_ERROR(SignFor(target.seconds, target, *client, source, meter));
  return meter.PrintAndStop();
}

absl::Status Idle(const LoadTarget& target, int count) {
  std::vector<std::shared_ptr<SignerClient>> clients;
  for (int i = 0; i < count; ++i) {
    ASSIGN_OR_RETURN(auto client, Connect(target));
    ASSIGN_OR_RETURN(RequestSource source, Source(target, *client));
    SignRequest request;
    source.Fill(&request);
    RETURN_IF_ERROR(client->Sign(request).status());
    clients.push_back(std::move(client));
  }
  std::cout << "ready" << std::endl;
  std::cin.get();
  return absl::OkStatus();
}

}  // namespace
}  // namespace keyhold::bench

int main(int argc, char** argv) {
  keyhold::bench::LoadTarget target;
  int idle = 0;
  CLI::App app("Load on a signer through SignerClient");
  target.AddTo(app);
  app.add_option("--idle", idle, "keep so many clients connected instead");
  CLI11_PARSE(app, argc, argv);
  // As docs/performance.md advises applications; Debian's default checks every
  // mutex of gRPC's for deadlocks.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);

  const absl::Status status = idle > 0 ? keyhold::bench::Idle(target, idle)
                                       : keyhold::bench::OneAtATime(target);
  if (status.ok()) return 0;
  std::cerr << "client_load: " << status << "\n";
  return 1;
}
