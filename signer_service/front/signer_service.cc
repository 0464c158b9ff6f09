#include "signer_service/front/signer_service.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "daemon/open_file_limit.h"
#include "signer_service/front/transport_credentials.h"
#include "signer_service/keys/key_catalog.h"
#include "signer_service/keys/key_problem.h"
#include "signer_service/policy/policy.h"
#include "signer_service/process/usable_cores.h"
#include "tls_lib/base/status_macros.h"

namespace keyhold {
namespace {

void LogWarnings(const SignerSettings& settings, const JsonLog& log) {
  for (const std::string& warning : settings.warnings()) {
    log.Write(
        JsonLine("config_warning", LogLevel::kWarning).Add("message", warning));
  }
}

// How many keys each engine signs with.
void LogEngines(const KeyCatalog& catalog, const Vault& vault,
                const JsonLog& log) {
  std::map<std::string, size_t> keys;
  for (const CatalogKey& key : catalog.keys()) {
    ++keys[vault.EngineName(key.public_key.type())];
  }
  for (const auto& [engine, count] : keys) {
    log.Write(JsonLine("engine").Add("name", engine).Add("keys", count));
  }
}

void LogKeys(const KeyLoadReport& report, const JsonLog& log) {
  for (const KeyProblem& problem : report.problems) {
    if (problem.repeated) continue;
    const bool is_error = problem.severity == KeyProblem::Severity::kError;
    log.Write(JsonLine(is_error ? "key_error" : "key_warning",
                       is_error ? LogLevel::kError : LogLevel::kWarning)
                  .Add("path", problem.path)
                  .Add("message", problem.message));
  }
  log.Write(JsonLine("keys_loaded")
                .Add("keys", report.served)
                .Add("kept", report.kept));
}

struct LoadedPolicy {
  LoadedKeys keys;
  Policy policy;
};

absl::StatusOr<LoadedPolicy> Load(const SignerSettings& settings,
                                  KeySource& loader, const Vault& vault,
                                  const JsonLog& log) {
  Policy policy(settings.rules(), settings.agents());
  ASSIGN_OR_RETURN(
      LoadedKeys keys,
      loader.Load(settings.keys(), [&](absl::string_view id, RoleSet roles) {
        return policy.UsageCeiling({id, roles});
      }));
  LogKeys(keys.report, log);
  LogEngines(*keys.catalog, vault, log);
  return LoadedPolicy{std::move(keys), std::move(policy)};
}

// Returns once nobody has asked in vain for a while. gRPC cancels calls that
// reach a server which is shutting down, and "cancelled" does not tell a
// client to go elsewhere; so clients are given time to learn it from answers.
// Not long: one that has nowhere else to go asks again and again.
void WaitUntilQuiet(const RequestHandler& handler, absl::Time deadline) {
  constexpr absl::Duration kQuiet = absl::Milliseconds(200);
  deadline = std::min(deadline, absl::Now() + absl::Milliseconds(500));
  constexpr absl::Duration kLook = absl::Milliseconds(20);
  uint64_t seen = handler.turned_away();
  absl::Time since = absl::Now();
  while (absl::Now() < std::min(since + kQuiet, deadline)) {
    absl::SleepFor(kLook);
    const uint64_t now = handler.turned_away();
    if (now != seen) since = absl::Now();
    seen = now;
  }
}

}  // namespace

absl::Status CheckKeysAndFiles(const SignerSettings& settings, Vault& vault,
                               const JsonLog& log) {
  LogWarnings(settings, log);
  for (const TcpListenerSettings& listener : settings.tcp_listeners()) {
    RETURN_IF_ERROR(CheckTransportFiles(listener));
  }
  KeyLoader loader(&vault);
  ASSIGN_OR_RETURN(const LoadedPolicy loaded,
                   Load(settings, loader, vault, log));
  for (const KeyProblem& problem : loaded.keys.report.problems) {
    if (problem.severity == KeyProblem::Severity::kError) {
      return absl::FailedPreconditionError(
          "some keys would not be served; the log says which and why");
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<SignerService>> SignerService::Start(
    SignerSettings settings, Vault& vault, const JsonLog& log,
    Options options) {
  std::unique_ptr<SignerService> service(
      new SignerService(std::move(settings), vault, log, std::move(options)));
  LogWarnings(service->settings_, log);
  RETURN_IF_ERROR(RaiseOpenFileLimit());
  ASSIGN_OR_RETURN(std::shared_ptr<const ServingSnapshot> snapshot,
                   service->LoadSnapshot(service->settings_));
  service->state_ = std::make_unique<ServingState>(std::move(snapshot));
  service->handler_ = std::make_unique<RequestHandler>(
      vault, *service->state_, service->settings_.limits(), service->limiter_,
      log, service->options_.refusals);
  service->limiter_.SetLimits(service->settings_.signature_limits());
  RETURN_IF_ERROR(service->Listen());
  service->LogReady();
  return service;
}

absl::StatusOr<std::shared_ptr<const ServingSnapshot>>
SignerService::LoadSnapshot(const SignerSettings& settings) {
  ASSIGN_OR_RETURN(LoadedPolicy loaded, Load(settings, keys_, vault_, log_));
  return std::make_shared<const ServingSnapshot>(std::move(loaded.keys.catalog),
                                                 std::move(loaded.policy));
}

absl::Status SignerService::Listen() {
  const size_t threads = settings_.threads().value_or(UsableCores());
  pool_ = std::make_unique<SigningPool>(threads);
  for (const UnixListenerSettings& listener : settings_.unix_listeners()) {
    ASSIGN_OR_RETURN(std::unique_ptr<UnixListener> unix,
                     UnixListener::Listen(listener, *handler_, *pool_, log_,
                                          settings_.reflection()));
    unix_.push_back(std::move(unix));
  }
  if (!settings_.tcp_listeners().empty()) {
    TlsServer::Options options;
    options.threads = threads;
    options.reflection = settings_.reflection();
    options.certificate_refresh = options_.certificate_refresh;
    ASSIGN_OR_RETURN(tls_, TlsServer::Start(settings_.tcp_listeners(),
                                            *handler_, *pool_, log_, options));
  }
  for (const auto& unix : unix_) unix->Start();
  return absl::OkStatus();
}

SignerService::~SignerService() {
  // Calls end before the pool that works on them does.
  unix_.clear();
  tls_.reset();
}

std::vector<std::string> SignerService::addresses() const {
  std::vector<std::string> addresses;
  if (tls_ != nullptr) addresses = tls_->addresses();
  for (const auto& unix : unix_) {
    addresses.push_back(absl::StrCat("unix:", unix->path()));
  }
  return addresses;
}

void SignerService::LogReady() const {
  const std::shared_ptr<const ServingSnapshot> snapshot = state_->Get();
  log_.Write(JsonLine("ready")
                 .AddObjects("listeners", "address", addresses())
                 .Add("keys", snapshot->catalog().keys().size())
                 .Add("policy_version",
                      absl::BytesToHexString(snapshot->policy_version())));
}

absl::Status SignerService::Reload() {
  return Reload(SignerSettings::Load(options_.config_path));
}

absl::Status SignerService::Reload(absl::StatusOr<SignerSettings> settings) {
  const absl::Status status = settings.ok() ? TryReload(*std::move(settings))
                                            : std::move(settings).status();
  if (!status.ok()) {
    log_.Write(JsonLine("reload_failed", LogLevel::kError)
                   .Add("message", absl::StrCat(status.message(),
                                                "\nnothing was changed")));
  }
  return status;
}

absl::Status SignerService::TryReload(SignerSettings settings) {
  LogWarnings(settings, log_);
  ASSIGN_OR_RETURN(std::shared_ptr<const ServingSnapshot> snapshot,
                   LoadSnapshot(settings));
  const std::string version =
      absl::BytesToHexString(snapshot->policy_version());
  const size_t keys = snapshot->catalog().keys().size();
  state_->Set(std::move(snapshot));
  limiter_.SetLimits(settings.signature_limits());
  log_.Write(
      JsonLine("reload").Add("keys", keys).Add("policy_version", version));
  if (settings.fixed_until_restart() != settings_.fixed_until_restart()) {
    log_.Write(JsonLine("restart_needed", LogLevel::kWarning)
                   .Add("message",
                        "listen, limits, reflection, threads or "
                        "keys.secure_heap_bytes differ from what this process "
                        "was started with; they change at its next start"));
  }
  return absl::OkStatus();
}

void SignerService::SetPaused(bool paused) {
  absl::MutexLock lock(&pausing_);
  state_->SetPaused(paused);
  if (tls_ != nullptr) tls_->SetPaused(paused);
  for (const auto& unix : unix_) unix->SetPaused(paused);
}

void SignerService::Drain() {
  log_.Write(JsonLine("drain").Add(
      "at_most_ms", absl::ToInt64Milliseconds(settings_.drain_time())));
  const absl::Time deadline = absl::Now() + settings_.drain_time();
  state_->BeginDrain();
  for (const auto& unix : unix_) unix->StopAccepting();
  if (tls_ != nullptr) tls_->OnDrain();
  for (const auto& unix : unix_) unix->OnDrain();
  WaitUntilQuiet(*handler_, deadline);
  if (tls_ != nullptr) tls_->Shutdown(deadline);
  for (const auto& unix : unix_) unix->Shutdown(deadline);
}

}  // namespace keyhold
