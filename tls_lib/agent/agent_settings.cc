#include "tls_lib/agent/agent_settings.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "keyhold/agent/v1/config.pb.h"
#include "proto/yaml/fault_list.h"
#include "proto/yaml/yaml_to_proto.h"
#include "tls_lib/agent/agent_rules.h"
#include "tls_lib/agent/local_accounts.h"
#include "tls_lib/base/file_text.h"
#include "tls_lib/base/status_macros.h"

namespace keyhold {
namespace {

using agent::v1::AgentConfig;

// sockaddr_un::sun_path without its final zero, or the zero in front.
constexpr size_t kMaxSocketPathBytes = 107;
constexpr size_t kMaxAbstractNameBytes = 106;
constexpr char kDefaultGroup[] = "keyhold";

std::string Element(absl::string_view list, int index) {
  return absl::StrCat(list, "[", index, "]");
}

}  // namespace

// Fills an AgentSettings from the message; collects every fault.
class AgentSettingsBuilder {
 public:
  AgentSettingsBuilder(absl::string_view path, AgentConfig config,
                       SourceMap places)
      : folder_(std::filesystem::path(std::string(path)).parent_path()),
        config_(std::move(config)),
        faults_(std::move(places)) {}

  absl::StatusOr<AgentSettings> Build() && {
    ReadListeners();
    ReadSigner();
    ReadRules();
    ReadLimits();
    RETURN_IF_ERROR(faults_.ToStatus());
    for (const auto& listener : config_.listen()) {
      absl::StrAppend(&settings_.listeners_text_, listener.SerializeAsString(),
                      ";");
    }
    settings_.signer_text_ = config_.signer().SerializeAsString();
    return std::move(settings_);
  }

 private:
  void ReadListeners();
  void ReadListener(const agent::v1::Listener& in, const std::string& field);
  void ReadSocketName(const agent::v1::Listener& in, const std::string& field,
                      LocalListenerSettings& listener);
  void ReadSigner();
  void ReadTlsFiles();
  void ReadRules();
  void ReadLimits();

  std::string Resolve(const std::string& path) const {
    return (folder_ / path).string();
  }
  // The resolved path of a required file; a fault if it cannot be read.
  std::string File(const std::string& field, const std::string& path);
  int64_t Number(const std::string& field, uint32_t value, int64_t least,
                 int64_t most, int64_t otherwise);
  absl::Duration Time(const std::string& field, uint32_t value, int64_t least,
                      int64_t most, int64_t otherwise) {
    return absl::Milliseconds(Number(field, value, least, most, otherwise));
  }
  void Warn(absl::string_view field, absl::string_view what) {
    settings_.warnings_.push_back(faults_.places().Describe(field, what));
  }

  std::filesystem::path folder_;
  AgentConfig config_;
  FaultList faults_;
  AgentSettings settings_;
  absl::flat_hash_set<std::string> sockets_;
};

std::string AgentSettingsBuilder::File(const std::string& field,
                                       const std::string& path) {
  if (path.empty()) {
    faults_.Add(field, "required: the path of a file");
    return "";
  }
  std::string resolved = Resolve(path);
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

int64_t AgentSettingsBuilder::Number(const std::string& field, uint32_t value,
                                     int64_t least, int64_t most,
                                     int64_t otherwise) {
  if (!faults_.IsGiven(field)) return otherwise;
  if (value < least || value > most) {
    faults_.Add(
        field, absl::StrCat("expected ", least, " to ", most, ", got ", value));
  }
  return value;
}

void AgentSettingsBuilder::ReadListeners() {
  if (config_.listen().empty()) config_.add_listen();
  for (int i = 0; i < config_.listen_size(); ++i) {
    ReadListener(config_.listen(i), Element("listen", i));
  }
}

void AgentSettingsBuilder::ReadSocketName(const agent::v1::Listener& in,
                                          const std::string& field,
                                          LocalListenerSettings& listener) {
  if (faults_.IsGiven(field + ".abstract_name")) {
    listener.abstract_name = in.abstract_name();
    if (!in.path().empty()) {
      faults_.Add(field, "give path or abstract_name, not both");
    }
    if (in.abstract_name().empty() ||
        in.abstract_name().size() > kMaxAbstractNameBytes ||
        absl::StrContains(in.abstract_name(), '\0')) {
      faults_.Add(field + ".abstract_name",
                  absl::StrCat("expected a name of 1 to ",
                               kMaxAbstractNameBytes, " bytes"));
    }
    Warn(field + ".abstract_name",
         "an abstract socket has no permissions, and whoever starts first "
         "has its name: use it only for processes in a chroot");
    return;
  }
  listener.path = in.path().empty() ? kDefaultAgentSocket : Resolve(in.path());
  if (listener.path.size() > kMaxSocketPathBytes) {
    faults_.Add(field + ".path",
                absl::StrCat(listener.path, ": has ", listener.path.size(),
                             " bytes; a socket's path has at most ",
                             kMaxSocketPathBytes));
  }
}

void AgentSettingsBuilder::ReadListener(const agent::v1::Listener& in,
                                        const std::string& field) {
  LocalListenerSettings listener;
  ReadSocketName(in, field, listener);
  if (!sockets_.insert(absl::StrCat(listener.path, "@", listener.abstract_name))
           .second) {
    faults_.Add(field, "two listeners have the same socket");
  }
  if (faults_.IsGiven(field + ".mode")) {
    uint32_t mode = 0;
    if (in.mode().size() < 3 || in.mode().size() > 4 ||
        in.mode().find_first_not_of("01234567") != std::string::npos ||
        (mode = static_cast<uint32_t>(std::stoul(in.mode(), nullptr, 8))) >
            0777) {
      faults_.Add(field + ".mode",
                  "expected three octal digits in quotes, such as \"0660\"");
    }
    listener.mode = mode;
  }
  const absl::StatusOr<gid_t> group =
      FindGroup(in.group().empty() ? kDefaultGroup : in.group());
  if (group.ok()) {
    listener.group = *group;
  } else if (!in.group().empty()) {
    faults_.Add(field + ".group", group.status().message());
  }
  settings_.listeners_.push_back(std::move(listener));
}

void AgentSettingsBuilder::ReadTlsFiles() {
  const agent::v1::Signer& in = config_.signer();
  SignerTlsFiles files;
  files.certificate_file =
      File("signer.certificate_file", in.certificate_file());
  files.private_key_file =
      File("signer.private_key_file", in.private_key_file());
  files.ca_file = File("signer.ca_file", in.ca_file());
  files.server_name = in.server_name();
  settings_.signer_.tls = std::move(files);
}

void AgentSettingsBuilder::ReadSigner() {
  const agent::v1::Signer& in = config_.signer();
  if (in.endpoints_size() == 0) {
    faults_.Add("signer.endpoints",
                "required: at least one signer, \"HOST:PORT\"");
    return;
  }
  bool tls = false;
  for (const std::string& endpoint : in.endpoints()) {
    tls |= !absl::StartsWith(endpoint, "unix:");
    settings_.signer_.endpoints.push_back(endpoint);
  }
  if (tls) {
    ReadTlsFiles();
    return;
  }
  for (const char* name :
       {"certificate_file", "private_key_file", "ca_file", "server_name"}) {
    const std::string field = absl::StrCat("signer.", name);
    if (faults_.IsGiven(field)) {
      faults_.Add(field, "a UNIX socket is used without TLS: remove the line");
    }
  }
}

void AgentSettingsBuilder::ReadRules() {
  if (!faults_.IsGiven("rules")) {
    faults_.Add("rules",
                "required: which users may use which keys; [] allows nobody "
                "anything");
  }
  ReadLocalRules read = ReadAgentRules(config_, faults_);
  settings_.rule_count_ = read.rules.size();
  settings_.policy_ =
      std::make_shared<const LocalPolicy>(std::move(read.rules));
  for (std::string& warning : read.warnings) {
    settings_.warnings_.push_back(std::move(warning));
  }
}

void AgentSettingsBuilder::ReadLimits() {
  const agent::v1::Limits& in = config_.limits();
  AgentLimits& limits = settings_.limits_;
  limits.max_connections = Number("limits.max_connections",
                                  in.max_connections(), 1, 1'000'000, 16384);
  limits.max_connections_per_user =
      Number("limits.max_connections_per_user", in.max_connections_per_user(),
             1, 1'000'000, 8192);
  limits.max_items_in_flight = Number("limits.max_items_in_flight",
                                      in.max_items_in_flight(), 1, 65536, 256);
  limits.max_items_in_flight_per_user =
      Number("limits.max_items_in_flight_per_user",
             in.max_items_in_flight_per_user(), 1, 1'000'000, 8192);
  limits.max_bytes_per_user =
      Number("limits.max_bytes_per_user", in.max_bytes_per_user(), 1048576,
             1'073'741'824, 33'554'432);
  limits.max_time =
      Time("limits.max_time_ms", in.max_time_ms(), 1, 60000, 10000);
  limits.stall_time = Time("limits.stall_ms", in.stall_ms(), 1, 600000, 10000);
  settings_.drain_time_ =
      Time("limits.drain_ms", in.drain_ms(), 0, 600000, 30000);
  settings_.signer_.default_timeout = limits.max_time;
}

absl::StatusOr<AgentSettings> AgentSettings::Load(absl::string_view path) {
  ASSIGN_OR_RETURN(const std::string yaml, ReadFileText(path));
  return Parse(path, yaml);
}

absl::StatusOr<AgentSettings> AgentSettings::Parse(absl::string_view path,
                                                   absl::string_view yaml) {
  AgentConfig config;
  ASSIGN_OR_RETURN(SourceMap places, YamlToProto(path, yaml, config));
  return AgentSettingsBuilder(path, std::move(config), std::move(places))
      .Build();
}

}  // namespace keyhold
