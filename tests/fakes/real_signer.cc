#include "tests/fakes/real_signer.h"

#include <signal.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "tls_lib/core/signature_scheme.h"

namespace keyhold {
namespace {

constexpr char kProgram[] = "signer_service/keyhold-signer";

[[noreturn]] void Die(absl::string_view what, const ChildProcess& process) {
  std::fprintf(stderr, "%s; keyhold-signer said:\n%s\n",
               std::string(what).c_str(), process.output().c_str());
  std::abort();
}

bool IsEvent(absl::string_view line, absl::string_view event) {
  return absl::StrContains(line, absl::StrCat("\"event\":\"", event, "\""));
}

// "a", "b"
template <typename Range, typename Name>
std::string Quoted(const Range& values, Name name) {
  return absl::StrJoin(values, ", ",
                       [&name](std::string* out, const auto& value) {
                         absl::StrAppend(out, "\"", name(value), "\"");
                       });
}

std::string Itself(const std::string& text) { return text; }

std::string UsageInYaml(signer::v1::Usage usage) {
  return absl::AsciiStrToLower(
      absl::StripPrefix(signer::v1::Usage_Name(usage), "USAGE_"));
}

std::string RoleInYaml(Role role) {
  return role == Role::kServer ? "server" : "client";
}

std::string SettingsOf(const FakeKey& key) {
  std::string yaml = absl::StrCat("  - id: \"", key.id, "\"\n    roles: [",
                                  Quoted(key.roles, RoleInYaml), "]\n");
  if (!key.schemes.empty()) {
    absl::StrAppend(&yaml, "    schemes: [", Quoted(key.schemes, SchemeName),
                    "]\n");
  }
  return yaml;
}

std::string RuleInYaml(const FakeRule& rule) {
  std::string yaml =
      absl::StrCat("  - identities: [\"", rule.identity, "\"]\n    keys: [",
                   Quoted(rule.keys, Itself), "]\n");
  if (!rule.usages.empty()) {
    absl::StrAppend(&yaml, "    usages: [", Quoted(rule.usages, UsageInYaml),
                    "]\n");
  }
  if (!rule.schemes.empty()) {
    absl::StrAppend(&yaml, "    schemes: [", Quoted(rule.schemes, SchemeName),
                    "]\n");
  }
  if (!rule.server_names.empty()) {
    absl::StrAppend(&yaml, "    server_names: [",
                    Quoted(rule.server_names, Itself), "]\n");
  }
  return yaml;
}

std::string FileName(const FakeKey& key) {
  return absl::StrCat("keys/", key.id, key.label.empty() ? "" : "@", key.label);
}

}  // namespace

RealSigner::RealSigner(std::vector<FakeKey> keys, std::vector<FakeRule> rules)
    : keys_(std::move(keys)), rules_(std::move(rules)) {
  if (rules_.empty()) rules_.push_back(FakeRule{});
  WriteKeys();
  Start();
}

RealSigner::~RealSigner() {
  if (process_ != nullptr) Kill();
}

std::string RealSigner::local_endpoint() const {
  return absl::StrCat("unix:", folder_.PathOf("signer.sock"));
}

SignerClientOptions RealSigner::ClientOptions(absl::string_view spiffe_id) {
  SignerClientOptions options;
  options.endpoints = {endpoint_};
  options.tls = pki_.IssueClient(spiffe_id);
  options.tls_refresh_interval = absl::Seconds(1);
  options.default_timeout = absl::Seconds(60);
  return options;
}

void RealSigner::WriteKeys() {
  const std::string keys = folder_.PathOf("keys");
  std::filesystem::remove_all(keys);
  std::filesystem::create_directory(keys);
  for (const FakeKey& key : keys_) {
    folder_.Write(absl::StrCat(FileName(key), ".key"), key.pem);
    if (!key.chain_pem.empty()) {
      folder_.Write(absl::StrCat(FileName(key), ".crt"), key.chain_pem);
    }
  }
}

void RealSigner::WriteConfig() {
  std::string yaml = absl::StrCat(
      "listen:\n  tcp:\n  - address: \"", endpoint_,
      "\"\n    certificate_file: \"", pki_.server_certificate_file(),
      "\"\n    private_key_file: \"", pki_.server_key_file(),
      "\"\n    client_ca_file: \"", pki_.ca_file(),
      "\"\n  unix:\n  - path: signer.sock\n",
      "keys:\n  directories: [keys]\n  settings:\n");
  for (size_t i = 0; i < keys_.size(); ++i) {
    // One entry for all keys of an id.
    if (i == 0 || keys_[i].id != keys_[i - 1].id) {
      yaml += SettingsOf(keys_[i]);
    }
  }
  if (keys_.empty()) yaml += "    []\n";
  yaml += "policy:\n  rules:\n";
  for (const FakeRule& rule : rules_) yaml += RuleInYaml(rule);
  if (rules_.empty()) yaml += "    []\n";
  folder_.Write("signer.yaml", yaml);
}

void RealSigner::Start() {
  WriteConfig();
  process_ = std::make_unique<ChildProcess>(std::vector<std::string>{
      RunfilePath(kProgram), "--config", folder_.PathOf("signer.yaml")});
  const auto ready = process_->WaitForLine(
      [](absl::string_view line) { return IsEvent(line, "ready"); });
  if (!ready.has_value()) Die("not ready", *process_);
  // {"listeners":[{"address":"127.0.0.1:41233"},{"address":"unix:…"}]
  constexpr absl::string_view kBefore = "\"listeners\":[{\"address\":\"";
  const size_t start = ready->find(std::string(kBefore));
  if (start == std::string::npos) Die("no listener", *process_);
  const size_t begin = start + kBefore.size();
  endpoint_ = ready->substr(begin, ready->find('"', begin) - begin);
}

void RealSigner::Stop() {
  if (process_ == nullptr) return;
  process_->Signal(SIGTERM);
  if (process_->WaitForExit() != 0) Die("no clean exit", *process_);
}

void RealSigner::Kill() {
  process_->Signal(SIGKILL);
  process_->WaitForExit();
}

void RealSigner::Reload() {
  const size_t from = process_->line_count();
  process_->Signal(SIGHUP);
  const auto line = process_->WaitForLine(
      [](absl::string_view text) {
        return IsEvent(text, "reload") || IsEvent(text, "reload_failed");
      },
      from);
  if (!line.has_value() || IsEvent(*line, "reload_failed")) {
    Die("no reload", *process_);
  }
}

void RealSigner::SetKeys(std::vector<FakeKey> keys) {
  keys_ = std::move(keys);
  WriteKeys();
  WriteConfig();
  Reload();
}

void RealSigner::SetRules(std::vector<FakeRule> rules) {
  rules_ = std::move(rules);
  WriteConfig();
  Reload();
}

}  // namespace keyhold
