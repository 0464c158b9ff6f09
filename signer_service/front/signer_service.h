// The signer as one object: configuration, keys, policy and listeners.
#ifndef KEYHOLD_SIGNER_SERVICE_FRONT_SIGNER_SERVICE_H_
#define KEYHOLD_SIGNER_SERVICE_FRONT_SIGNER_SERVICE_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "daemon/json_log.h"
#include "signer_service/audit/refusal_log.h"
#include "signer_service/config/signer_settings.h"
#include "signer_service/front/request_handler.h"
#include "signer_service/front/request_limiter.h"
#include "signer_service/front/serving_state.h"
#include "signer_service/front/signing_pool.h"
#include "signer_service/front/tls_server.h"
#include "signer_service/front/unix_listener.h"
#include "signer_service/keys/key_loader.h"
#include "signer_service/keys/key_source.h"
#include "signer_service/vault/vault.h"

namespace keyhold {

// Reads keys and policy of `settings` and reports on them in the log, as a
// start would: for --check. Errors as KeyLoader::Load; FailedPrecondition if
// any key is at fault; CheckTransportFiles' errors.
absl::Status CheckKeysAndFiles(const SignerSettings& settings, Vault& vault,
                               const JsonLog& log);

// Reload and Drain are called from one thread; all else is thread-safe.
class SignerService {
 public:
  struct Options {
    // For reloads.
    std::string config_path;
    // See TlsServer::Options.
    absl::Duration certificate_refresh = absl::Seconds(10);
    // Where refusals are recorded. May be null; must outlive the service.
    RefusalLog* refusals = nullptr;
    // Must outlive the service. Null: it reads the key store itself, and hands
    // the keys to the vault.
    KeySource* keys = nullptr;
  };

  // Loads keys and policy, listens, serves, and logs "ready". Keys at fault
  // are logged and left out. `vault` and `log` must outlive this.
  //
  // Errors as KeyLoader::Load, TlsServer::Start and UnixListener::Listen.
  static absl::StatusOr<std::unique_ptr<SignerService>> Start(
      SignerSettings settings, Vault& vault, const JsonLog& log,
      Options options);
  ~SignerService();

  // "127.0.0.1:7443", "unix:/run/keyhold.sock": with the bound ports, TCP
  // first, in the configuration's order.
  std::vector<std::string> addresses() const;

  // Reads the configuration, keys and policy again and exchanges them in one
  // step. If anything but single keys is at fault, nothing changes. Logged
  // either way; what only a restart can change is warned about.
  absl::Status Reload();
  // The same with a configuration that was read elsewhere, or the error of
  // reading it.
  absl::Status Reload(absl::StatusOr<SignerSettings> settings);

  // While paused, health says NOT_SERVING: clients that look go elsewhere.
  // Calls are answered all the same.
  void SetPaused(bool paused);

  // Refuses new work, answers what was accepted, for at most the configured
  // time, and stops serving.
  void Drain();

 private:
  SignerService(SignerSettings settings, Vault& vault, const JsonLog& log,
                Options options)
      : options_(std::move(options)),
        settings_(std::move(settings)),
        vault_(vault),
        log_(log),
        own_loader_(&vault_),
        keys_(options_.keys != nullptr ? *options_.keys : own_loader_) {}

  absl::StatusOr<std::shared_ptr<const ServingSnapshot>> LoadSnapshot(
      const SignerSettings& settings);
  absl::Status Listen();
  absl::Status TryReload(SignerSettings settings);
  void LogReady() const;

  const Options options_;
  SignerSettings settings_;
  Vault& vault_;
  const JsonLog& log_;
  absl::Mutex pausing_;
  KeyLoader own_loader_;
  KeySource& keys_;
  std::unique_ptr<ServingState> state_;
  RequestLimiter limiter_;
  std::unique_ptr<RequestHandler> handler_;
  std::unique_ptr<SigningPool> pool_;
  std::unique_ptr<TlsServer> tls_;
  std::vector<std::unique_ptr<UnixListener>> unix_;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_FRONT_SIGNER_SERVICE_H_
