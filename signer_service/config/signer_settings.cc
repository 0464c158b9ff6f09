#include "signer_service/config/signer_settings.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "keyhold/signer/v1/config.pb.h"
#include "proto/yaml/fault_list.h"
#include "proto/yaml/yaml_to_proto.h"
#include "signer_service/config/audit_reader.h"
#include "signer_service/config/limits_reader.h"
#include "signer_service/config/listen_address.h"
#include "signer_service/config/policy_tests.h"
#include "signer_service/config/rule_reader.h"
#include "tls_lib/base/file_text.h"
#include "tls_lib/base/status_macros.h"

namespace keyhold {
namespace {

using signer::v1::SignerConfig;

// sockaddr_un::sun_path without its final zero.
constexpr size_t kMaxSocketPathBytes = 107;

std::string Element(absl::string_view list, int index) {
  return absl::StrCat(list, "[", index, "]");
}

}  // namespace

// Fills a SignerSettings from the message; collects every fault.
class SettingsBuilder {
 public:
  enum class Files { kMustBeThere, kAreOthersConcern };

  SettingsBuilder(absl::string_view path, SignerConfig config, SourceMap places,
                  Files files)
      : folder_(std::filesystem::path(std::string(path)).parent_path()),
        config_(std::move(config)),
        faults_(std::move(places)),
        files_(files) {}

  absl::StatusOr<SignerSettings> Build() && {
    ReadListen();
    ReadKeys();
    ReadPolicy();
    ReadLimits();
    ReadAudit();
    ReadIsolation();
    settings_.reflection_ = config_.reflection();
    settings_.freeze_file_ = Resolve(
        config_.freeze_file().empty() ? "frozen" : config_.freeze_file());
    if (faults_.IsGiven("threads")) {
      settings_.threads_ = Number("threads", config_.threads(), 1, 256, 1);
    }
    RETURN_IF_ERROR(faults_.ToStatus());
    settings_.fixed_ = FixedUntilRestart();
    return std::move(settings_);
  }

 private:
  void ReadListen();
  void ReadTcp(const signer::v1::TcpListener& in, const std::string& path);
  void ReadUnix(const signer::v1::UnixListener& in, const std::string& path);
  void ReadKeys();
  void ReadPolicy();
  void ReadLimits();
  void ReadAudit();
  void ReadIsolation();
  void ReadSocketPath(const std::string& field, const std::string& given,
                      const std::string& path);
  std::string FixedUntilRestart() const;

  std::string Resolve(const std::string& path) const {
    return (folder_ / path).string();
  }
  // The resolved path of a required file; a fault if it cannot be read.
  std::string File(const std::string& field, const std::string& path);
  // The resolved path of a folder; empty, and a fault, if it is none.
  std::string Folder(const std::string& field, const std::string& path);
  uint32_t Number(const std::string& field, uint32_t value, uint32_t least,
                  uint32_t most, uint32_t otherwise);

  std::filesystem::path folder_;
  SignerConfig config_;
  FaultList faults_;
  const Files files_;
  SignerSettings settings_;
  absl::flat_hash_set<std::string> addresses_;
};

std::string SettingsBuilder::File(const std::string& field,
                                  const std::string& path) {
  if (path.empty()) {
    faults_.Add(field, "required: the path of a file");
    return "";
  }
  std::string resolved = Resolve(path);
  if (files_ == Files::kAreOthersConcern) return resolved;
  struct stat info;
  if (stat(resolved.c_str(), &info) != 0) {
    faults_.Add(field, absl::StrCat(resolved, ": ", strerror(errno)));
  } else if (!S_ISREG(info.st_mode)) {
    faults_.Add(field, absl::StrCat(resolved, ": is not a file"));
  } else if (access(resolved.c_str(), R_OK) != 0) {
    faults_.Add(field, absl::StrCat(resolved, ": ", strerror(errno)));
  }
  return resolved;
}

std::string SettingsBuilder::Folder(const std::string& field,
                                    const std::string& path) {
  const std::string folder = Resolve(path);
  struct stat info;
  if (path.empty()) {
    faults_.Add(field, "is empty; expected a folder");
  } else if (files_ == Files::kAreOthersConcern) {
    return folder;
  } else if (stat(folder.c_str(), &info) != 0) {
    faults_.Add(field, absl::StrCat(folder, ": ", strerror(errno)));
  } else if (!S_ISDIR(info.st_mode)) {
    faults_.Add(field, absl::StrCat(folder, ": is not a folder"));
  } else {
    return folder;
  }
  return "";
}

uint32_t SettingsBuilder::Number(const std::string& field, uint32_t value,
                                 uint32_t least, uint32_t most,
                                 uint32_t otherwise) {
  if (!faults_.IsGiven(field)) return otherwise;
  if (value < least || value > most) {
    faults_.Add(
        field, absl::StrCat("expected ", least, " to ", most, ", got ", value));
  }
  return value;
}

void SettingsBuilder::ReadListen() {
  const signer::v1::Listen& listen = config_.listen();
  if (listen.tcp_size() + listen.unix_size() == 0) {
    faults_.Add("listen", "required: at least one entry in tcp or unix");
  }
  for (int i = 0; i < listen.tcp_size(); ++i) {
    ReadTcp(listen.tcp(i), Element("listen.tcp", i));
  }
  for (int i = 0; i < listen.unix_size(); ++i) {
    ReadUnix(listen.unix(i), Element("listen.unix", i));
  }
}

void SettingsBuilder::ReadTcp(const signer::v1::TcpListener& in,
                              const std::string& path) {
  TcpListenerSettings listener;
  const std::string field = path + ".address";
  const absl::StatusOr<ListenAddress> address =
      ListenAddress::Parse(in.address());
  if (!address.ok()) {
    faults_.Add(field, address.status().message());
  } else if (address->port() != 0 && !addresses_.insert(in.address()).second) {
    faults_.Add(field, absl::StrCat("two listeners have the address \"",
                                    in.address(), "\""));
  }
  listener.address = in.address();
  listener.certificate_file =
      File(path + ".certificate_file", in.certificate_file());
  listener.private_key_file =
      File(path + ".private_key_file", in.private_key_file());
  listener.client_ca_file = File(path + ".client_ca_file", in.client_ca_file());
  if (!in.crl_directory().empty()) {
    listener.crl_directory =
        Folder(path + ".crl_directory", in.crl_directory());
  }
  settings_.tcp_.push_back(std::move(listener));
}

void SettingsBuilder::ReadUnix(const signer::v1::UnixListener& in,
                               const std::string& path) {
  UnixListenerSettings listener;
  listener.path = Resolve(in.path());
  ReadSocketPath(path + ".path", in.path(), listener.path);
  if (faults_.IsGiven(path + ".mode")) {
    const absl::StatusOr<mode_t> mode = ParseOctalMode(in.mode());
    if (mode.ok()) {
      listener.mode = *mode;
    } else {
      faults_.Add(path + ".mode", mode.status().message());
    }
  }
  settings_.unix_.push_back(std::move(listener));
}

void SettingsBuilder::ReadSocketPath(const std::string& field,
                                     const std::string& given,
                                     const std::string& path) {
  if (given.empty()) {
    faults_.Add(field, "required: the path of the socket");
  } else if (path.size() > kMaxSocketPathBytes) {
    faults_.Add(field, absl::StrCat(path, ": has ", path.size(),
                                    " bytes; a socket's path has at most ",
                                    kMaxSocketPathBytes));
  } else if (!addresses_.insert(path).second) {
    faults_.Add(field, absl::StrCat("two listeners have the path ", path));
  }
}

void SettingsBuilder::ReadKeys() {
  const signer::v1::Keys& keys = config_.keys();
  if (keys.directories_size() == 0) {
    faults_.Add("keys.directories", "required: at least one folder");
  }
  absl::flat_hash_set<std::string> folders;
  for (int i = 0; i < keys.directories_size(); ++i) {
    const std::string field = Element("keys.directories", i);
    const std::string folder = Folder(field, keys.directories(i));
    if (!folder.empty() && !folders.insert(folder).second) {
      faults_.Add(field, absl::StrCat(folder, ": is given twice"));
    }
    settings_.keys_.directories.push_back(folder);
  }
  for (int i = 0; i < keys.settings_size(); ++i) {
    const std::string path = Element("keys.settings", i);
    const signer::v1::KeySettings& in = keys.settings(i);
    KeySetting setting;
    for (const int role : in.roles()) {
      setting.roles.Insert(static_cast<signer::v1::Role>(role));
    }
    setting.schemes = ReadSchemes(in.schemes(), path + ".schemes", faults_);
    if (in.id().empty()) {
      faults_.Add(path + ".id", "required: the key's id");
    } else if (absl::StrContains(in.id(), '@') ||
               absl::StrContains(in.id(), '/')) {
      faults_.Add(path + ".id",
                  "an id is a file name without \"@LABEL\" and \".key\"");
    } else if (!settings_.keys_.by_id.insert({in.id(), setting}).second) {
      faults_.Add(path + ".id",
                  absl::StrCat("two entries have the id \"", in.id(), "\""));
    }
  }
  if (faults_.IsGiven("keys.secure_heap_bytes")) {
    settings_.secure_heap_bytes_ = keys.secure_heap_bytes();
  }
}

void SettingsBuilder::ReadPolicy() {
  if (!faults_.IsGiven("policy.rules")) {
    faults_.Add("policy.rules",
                "required: who may do what; [] allows nobody anything");
  }
  ReadRules read = ReadPolicyRules(config_.policy(), faults_);
  settings_.rules_ = std::move(read.rules);
  settings_.warnings_ = std::move(read.warnings);
  settings_.agents_ =
      ReadIdentityPatterns(config_.policy().agents(), "policy.agents", faults_);
  RunPolicyTests(config_.policy(), Policy(settings_.rules_), settings_.keys_,
                 faults_);
}

void SettingsBuilder::ReadLimits() {
  const signer::v1::Limits& in = config_.limits();
  RequestLimits& limits = settings_.limits_;
  limits.max_items_in_flight = Number("limits.max_items_in_flight",
                                      in.max_items_in_flight(), 1, 65536, 1024);
  limits.max_items_per_frame =
      Number("limits.max_items_per_frame", in.max_items_per_frame(), 1, 64, 64);
  limits.max_message_bytes = Number("limits.max_message_bytes",
                                    in.max_message_bytes(), 1, 131072, 65536);
  limits.max_time = absl::Milliseconds(
      Number("limits.max_time_ms", in.max_time_ms(), 1, 60000, 10000));
  settings_.drain_time_ = absl::Milliseconds(
      Number("limits.drain_ms", in.drain_ms(), 0, 600000, 30000));
  settings_.signature_limits_ = ReadSignatureLimits(in, faults_);
}

void SettingsBuilder::ReadAudit() {
  if (!config_.has_audit()) return;
  AuditSettings audit = ReadAuditSettings(config_.audit(), faults_);
  audit.directory = Resolve(audit.directory);
  audit.key_file = File("audit.key_file", audit.key_file);
  settings_.audit_ = std::move(audit);
}

void SettingsBuilder::ReadIsolation() {
  settings_.vault_in_process_ =
      config_.vault() != signer::v1::VAULT_PLACE_PROCESS;
  settings_.hardening_required_ =
      config_.hardening() == signer::v1::HARDENING_REQUIRED;
  settings_.front_user_ = config_.front_user();
  if (settings_.hardening_required_ && settings_.vault_in_process_) {
    faults_.Add("hardening",
                "required: a vault in the process that talks to the network "
                "is not protected from it; set vault: process");
  }
}

std::string SettingsBuilder::FixedUntilRestart() const {
  SignerConfig fixed = config_;
  fixed.clear_policy();
  fixed.mutable_limits()->clear_identity();
  fixed.mutable_limits()->clear_key();
  fixed.mutable_limits()->clear_total();
  fixed.mutable_keys()->clear_directories();
  fixed.mutable_keys()->clear_settings();
  return fixed.SerializeAsString();
}

absl::StatusOr<SignerSettings> SignerSettings::Load(absl::string_view path) {
  ASSIGN_OR_RETURN(const std::string yaml, ReadFileText(path));
  return Parse(path, yaml);
}

absl::StatusOr<SignerSettings> SignerSettings::Parse(absl::string_view path,
                                                     absl::string_view yaml) {
  SignerConfig config;
  ASSIGN_OR_RETURN(SourceMap places, YamlToProto(path, yaml, config));
  return SettingsBuilder(path, std::move(config), std::move(places),
                         SettingsBuilder::Files::kMustBeThere)
      .Build();
}

absl::StatusOr<SignerSettings> SignerSettings::ParseForFront(
    absl::string_view path, absl::string_view yaml,
    std::optional<HandedOver> handed_over) {
  SignerConfig config;
  ASSIGN_OR_RETURN(SourceMap places, YamlToProto(path, yaml, config));
  ASSIGN_OR_RETURN(SignerSettings settings,
                   SettingsBuilder(path, std::move(config), std::move(places),
                                   SettingsBuilder::Files::kAreOthersConcern)
                       .Build());
  if (!handed_over.has_value()) return settings;
  for (size_t i = 0; i < handed_over->tcp.size() && i < settings.tcp_.size();
       ++i) {
    handed_over->tcp[i].crl_directory = settings.tcp_[i].crl_directory;
  }
  settings.tcp_ = std::move(handed_over->tcp);
  settings.unix_ = std::move(handed_over->unix);
  return settings;
}

}  // namespace keyhold
