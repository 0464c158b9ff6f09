// Load on a TLS server: full TLS 1.3 handshakes (X25519), a fixed number under
// way, from one thread. Prints one JSON object.
//
// With --all-at-once each of --in-flight connections makes one handshake, all
// begun together, and `waiting` tells how many of them had their signature
// under way at one moment. A signature takes --signature-ms at least; so
// whatever ends within that time of the first to end had been sent before the
// first signature came.
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

#include "CLI/App.hpp"
#include "CLI/Config.hpp"
#include "CLI/Formatter.hpp"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "deploy/examples/tcp_socket.h"
#include "openssl/err.h"
#include "openssl/ssl.h"
#include "tests/bench/load_meter.h"
#include "tls_lib/base/openssl_ptr.h"
#include "tls_lib/base/status_macros.h"
#include "tls_lib/base/unique_fd.h"

namespace keyhold::bench {
namespace {

struct Flags {
  std::string target;
  std::string server_name;
  std::string ca_file;
  int in_flight = 64;
  double warmup_seconds = 0.5;
  double seconds = 2;
  bool all_at_once = false;
  double signature_ms = 0;
  std::vector<pid_t> service_pids;
};

struct Handshake {
  UniqueFd socket;
  SslPtr ssl;
  absl::Time begun;
};

// Verifies the server's chain and name: a rate counts only if the work was
// done. No tickets, so that each handshake is a full one.
absl::StatusOr<SslCtxPtr> MakeContext(const std::string& ca_file) {
  SslCtxPtr context(SSL_CTX_new(TLS_client_method()));
  SSL_CTX_set_min_proto_version(context.get(), TLS1_3_VERSION);
  SSL_CTX_set1_groups_list(context.get(), "X25519");
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  if (SSL_CTX_load_verify_locations(context.get(), ca_file.c_str(), nullptr) !=
      1) {
    return absl::InvalidArgumentError(
        absl::StrCat("no certificates in ", ca_file));
  }
  return context;
}

class HandshakeLoad {
 public:
  HandshakeLoad(const Flags& flags, SslCtxPtr context)
      : flags_(flags),
        context_(std::move(context)),
        meter_(flags.service_pids),
        handshakes_(flags.in_flight) {}

  absl::Status RunFor() {
    for (Handshake& handshake : handshakes_) RETURN_IF_ERROR(Begin(handshake));
    RETURN_IF_ERROR(GoOnFor(flags_.warmup_seconds));
    RETURN_IF_ERROR(meter_.Start());
    RETURN_IF_ERROR(GoOnFor(flags_.seconds));
    return meter_.PrintAndStop();
  }

  absl::Status RunAllAtOnce() {
    again_ = false;
    for (Handshake& handshake : handshakes_) RETURN_IF_ERROR(Begin(handshake));
    while (ended_.size() < handshakes_.size()) {
      RETURN_IF_ERROR(Step());
    }
    const absl::Time together =
        ended_.front() + absl::Milliseconds(flags_.signature_ms);
    const auto later = std::lower_bound(ended_.begin(), ended_.end(), together);
    std::cout << absl::StrFormat(
        "{\"count\": %d, \"waiting\": %d, \"wall_s\": %.3f}\n", ended_.size(),
        later - ended_.begin(),
        absl::ToDoubleSeconds(ended_.back() - handshakes_.front().begun));
    return absl::OkStatus();
  }

 private:
  absl::Status Begin(Handshake& handshake) {
    ASSIGN_OR_RETURN(handshake.socket, examples::ConnectTo(flags_.target));
    fcntl(handshake.socket.get(), F_SETFL, O_NONBLOCK);
    handshake.begun = absl::Now();
    handshake.ssl.reset(SSL_new(context_.get()));
    SSL_set_fd(handshake.ssl.get(), handshake.socket.get());
    SSL_set_tlsext_host_name(handshake.ssl.get(), flags_.server_name.c_str());
    SSL_set1_host(handshake.ssl.get(), flags_.server_name.c_str());
    epoll_event event = {};
    event.events = EPOLLIN;
    event.data.ptr = &handshake;
    epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, handshake.socket.get(), &event);
    return GoOn(handshake);
  }

  absl::Status GoOn(Handshake& handshake) {
    const int result = SSL_connect(handshake.ssl.get());
    if (result == 1) {
      meter_.Count(handshake.begun);
      ended_.push_back(absl::Now());
      SSL_shutdown(handshake.ssl.get());
      handshake.ssl.reset();
      handshake.socket.Reset();
      return again_ ? Begin(handshake) : absl::OkStatus();
    }
    if (SSL_get_error(handshake.ssl.get(), result) == SSL_ERROR_WANT_READ) {
      return absl::OkStatus();
    }
    char text[256];
    ERR_error_string_n(ERR_get_error(), text, sizeof(text));
    return absl::UnavailableError(absl::StrCat("a handshake failed: ", text));
  }

  absl::Status Step() {
    epoll_event events[256];
    const int count = epoll_wait(epoll_.get(), events, 256, 20000);
    if (count <= 0) return absl::UnavailableError("no answer for 20 s");
    for (int i = 0; i < count; ++i) {
      RETURN_IF_ERROR(GoOn(*static_cast<Handshake*>(events[i].data.ptr)));
    }
    return absl::OkStatus();
  }

  absl::Status GoOnFor(double seconds) {
    const absl::Time end = absl::Now() + absl::Seconds(seconds);
    while (absl::Now() < end) RETURN_IF_ERROR(Step());
    return absl::OkStatus();
  }

  const Flags& flags_;
  const SslCtxPtr context_;
  LoadMeter meter_;
  const UniqueFd epoll_{epoll_create1(EPOLL_CLOEXEC)};
  std::vector<Handshake> handshakes_;
  std::vector<absl::Time> ended_;
  bool again_ = true;
};

absl::Status Run(const Flags& flags) {
  ASSIGN_OR_RETURN(SslCtxPtr context, MakeContext(flags.ca_file));
  HandshakeLoad load(flags, std::move(context));
  return flags.all_at_once ? load.RunAllAtOnce() : load.RunFor();
}

}  // namespace
}  // namespace keyhold::bench

int main(int argc, char** argv) {
  keyhold::bench::Flags flags;
  CLI::App app("Load on a TLS server: full TLS 1.3 handshakes");
  app.add_option("--target", flags.target, "ADDRESS:PORT")->required();
  app.add_option("--server-name", flags.server_name)->required();
  app.add_option("--ca", flags.ca_file)->required();
  app.add_option("--in-flight", flags.in_flight);
  app.add_option("--warmup-seconds", flags.warmup_seconds);
  app.add_option("--seconds", flags.seconds);
  app.add_flag("--all-at-once", flags.all_at_once);
  app.add_option("--signature-ms", flags.signature_ms);
  app.add_option("--service-pid", flags.service_pids, "may be repeated");
  CLI11_PARSE(app, argc, argv);

  const absl::Status status = keyhold::bench::Run(flags);
  if (status.ok()) return 0;
  std::cerr << "handshake_load: " << status << "\n";
  return 1;
}
