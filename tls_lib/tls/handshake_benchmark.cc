// What a handshake costs the server, with a key through tls_lib and with the
// same key in plain libssl: only the server's own calls are timed.
//
//   bazel run --config=opt //tls_lib/tls:handshake_benchmark
#include <ctime>
#include <functional>
#include <memory>

#include "benchmark/benchmark.h"
#include "openssl/ssl.h"
#include "tls_lib/local/test_keys.h"
#include "tls_lib/tls/testing/endpoint.h"
#include "tls_lib/tls/testing/raw_peer.h"
#include "tls_lib/tls/testing/test_site.h"

namespace keyhold {
namespace {

using tls_testing::Built;
using tls_testing::Endpoint;
using tls_testing::OurEnd;
using tls_testing::RawContext;
using tls_testing::RawPeer;
using tls_testing::ServerOf;
using tls_testing::SiteCa;
using tls_testing::TestSite;

// CPU time, so that a busy machine does not count.
double CpuSeconds() {
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) +
         static_cast<double>(now.tv_nsec) * 1e-9;
}

// Adds up the time of another end's calls.
class TimedEnd final : public Endpoint {
 public:
  explicit TimedEnd(std::unique_ptr<Endpoint> end) : end_(std::move(end)) {}

  absl::StatusOr<bool> Step() override {
    return Timed([&] { return end_->Step(); });
  }
  void Push(absl::string_view bytes) override {
    Timed([&] {
      end_->Push(bytes);
      return 0;
    });
  }
  std::string Take() override {
    return Timed([&] { return end_->Take(); });
  }
  absl::Status Write(absl::string_view bytes) override {
    return end_->Write(bytes);
  }
  absl::StatusOr<std::string> Read() override { return end_->Read(); }

  double seconds() const { return seconds_; }
  // Making and freeing a connection counts too.
  void Add(double seconds) { seconds_ += seconds; }
  void FreeEnd() {
    Timed([&] {
      end_.reset();
      return 0;
    });
  }

 private:
  template <typename Function>
  auto Timed(Function function) -> decltype(function()) {
    const double start = CpuSeconds();
    auto result = function();
    seconds_ += CpuSeconds() - start;
    return result;
  }

  std::unique_ptr<Endpoint> end_;
  double seconds_ = 0;
};

void Run(benchmark::State& state, int version, bool resume,
         const std::function<std::unique_ptr<Endpoint>()>& make_server) {
  RawContext context = RawContext::Client(SiteCa().cert_pem());
  context.Versions(version, version).Groups("X25519:P-256");
  SSL_CTX_set_verify(context.context.get(), SSL_VERIFY_NONE, nullptr);
  std::unique_ptr<RawPeer> previous;
  for (auto _ : state) {
    const double start = CpuSeconds();
    TimedEnd server(make_server());
    server.Add(CpuSeconds() - start);
    auto client = RawPeer::Client(context);
    if (resume && previous != nullptr) client->Resume(*previous);
    if (!RunHandshake(*client, server).ok()) {
      state.SkipWithError("handshake failed");
      return;
    }
    client->Read().IgnoreError();
    if (client->session() == nullptr) {
      state.SkipWithError("no ticket");
      return;
    }
    server.FreeEnd();
    state.SetIterationTime(server.seconds());
    SSL_set_shutdown(client->ssl(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    previous = std::move(client);
  }
}

void Ours(benchmark::State& state, TestKeyKind kind, int version, bool resume) {
  TestSite site(kind);
  auto config = Built(ServerOf(site));
  Run(state, version, resume,
      [&] { return std::make_unique<OurEnd>(OurEnd::Server(config)); });
}

void PlainLibssl(benchmark::State& state, TestKeyKind kind, int version,
                 bool resume) {
  TestSite site(kind);
  RawContext context = RawContext::Server(site.chain_pem, site.key_pem);
  context.Groups("X25519:P-256:P-384:P-521");
  SSL_CTX_set_session_cache_mode(context.context.get(), SSL_SESS_CACHE_OFF);
  Run(state, version, resume, [&] { return RawPeer::Server(context); });
}

BENCHMARK_CAPTURE(Ours, p256_tls13, TestKeyKind::kP256, TLS1_3_VERSION, false)
    ->UseManualTime();
BENCHMARK_CAPTURE(PlainLibssl, p256_tls13, TestKeyKind::kP256, TLS1_3_VERSION,
                  false)
    ->UseManualTime();
BENCHMARK_CAPTURE(Ours, p256_tls12, TestKeyKind::kP256, TLS1_2_VERSION, false)
    ->UseManualTime();
BENCHMARK_CAPTURE(PlainLibssl, p256_tls12, TestKeyKind::kP256, TLS1_2_VERSION,
                  false)
    ->UseManualTime();
BENCHMARK_CAPTURE(Ours, rsa2048_tls13, TestKeyKind::kRsa2048, TLS1_3_VERSION,
                  false)
    ->UseManualTime();
BENCHMARK_CAPTURE(PlainLibssl, rsa2048_tls13, TestKeyKind::kRsa2048,
                  TLS1_3_VERSION, false)
    ->UseManualTime();
BENCHMARK_CAPTURE(Ours, ed25519_tls13, TestKeyKind::kEd25519, TLS1_3_VERSION,
                  false)
    ->UseManualTime();
BENCHMARK_CAPTURE(PlainLibssl, ed25519_tls13, TestKeyKind::kEd25519,
                  TLS1_3_VERSION, false)
    ->UseManualTime();
BENCHMARK_CAPTURE(Ours, resumed_tls13, TestKeyKind::kP256, TLS1_3_VERSION, true)
    ->UseManualTime();
BENCHMARK_CAPTURE(PlainLibssl, resumed_tls13, TestKeyKind::kP256,
                  TLS1_3_VERSION, true)
    ->UseManualTime();

}  // namespace
}  // namespace keyhold

BENCHMARK_MAIN();
