// The signer that a load generator calls, and the key that it uses.
#ifndef KEYHOLD_TESTS_BENCH_LOAD_TARGET_H_
#define KEYHOLD_TESTS_BENCH_LOAD_TARGET_H_

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "CLI/App.hpp"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "grpcpp/support/status.h"
#include "keyhold/signer/v1/service.grpc.pb.h"
#include "tls_lib/core/public_key.h"

namespace keyhold::bench {

using Stub = signer::v1::Signer::Stub;

// What every load generator is told on its command line.
struct LoadTarget {
  std::string address;
  std::string ca_file;
  std::string certificate_file;
  std::string private_key_file;
  std::string key_id;
  std::string scheme = "ecdsa_secp256r1_sha256";
  int in_flight = 128;
  int connections = 1;
  double warmup_seconds = 0.5;
  double seconds = 2;
  // Of so many signatures one is verified.
  int verify_every = 97;
  // Whose CPU time is counted.
  std::vector<pid_t> service_pids;

  void AddTo(CLI::App& app);
  // A stub for each connection: none share one.
  std::vector<std::unique_ptr<Stub>> Connect() const;
};

// The public half of the key named `id`.
absl::StatusOr<PublicKey> FetchKey(Stub& stub, const std::string& id);

// Code and message, without details.
absl::Status FromGrpc(const grpc::Status& status);

}  // namespace keyhold::bench

#endif  // KEYHOLD_TESTS_BENCH_LOAD_TARGET_H_
