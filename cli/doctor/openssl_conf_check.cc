#include "cli/doctor/openssl_conf_check.h"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "openssl/conf.h"
#include "openssl/crypto.h"
#include "openssl/err.h"

namespace keyhold {
namespace {

constexpr char kSubject[] = "openssl.cnf";
constexpr char kWriteIt[] =
    "have `keyhold setup SERVER --write` make the file, or compare with what "
    "it prints";

struct ConfDeleter {
  void operator()(CONF* conf) const { NCONF_free(conf); }
};
using ConfPtr = std::unique_ptr<CONF, ConfDeleter>;

// Empty if it is not there.
std::string Value(CONF* conf, const std::string& section, const char* name) {
  const char* value =
      NCONF_get_string(conf, section.empty() ? nullptr : section.c_str(), name);
  ERR_clear_error();
  return value == nullptr ? "" : value;
}

// As OpenSSL reads `activate`.
bool IsActivated(CONF* conf, const std::string& section) {
  const std::string value = Value(conf, section, "activate");
  return !value.empty() && value != "0" && value != "no" && value != "off" &&
         value != "false";
}

// The providers of the configuration, in its order.
struct ListedProvider {
  std::string name;
  std::string section;
};

std::vector<ListedProvider> ProvidersIn(CONF* conf,
                                        const std::string& section) {
  std::vector<ListedProvider> providers;
  STACK_OF(CONF_VALUE)* values = NCONF_get_section(conf, section.c_str());
  ERR_clear_error();
  for (int i = 0; values != nullptr && i < sk_CONF_VALUE_num(values); ++i) {
    const CONF_VALUE* value = sk_CONF_VALUE_value(values, i);
    providers.push_back({value->name, value->value});
  }
  return providers;
}

bool IsOurs(CONF* conf, const ListedProvider& provider) {
  return absl::StartsWith(provider.name, "keyhold") ||
         absl::StrContains(Value(conf, provider.section, "module"),
                           "keyhold.so");
}

// Whether algorithms of the default provider are preferred, so that the order
// plays no part.
bool PrefersDefault(CONF* conf, const std::string& init) {
  const std::string algorithms = Value(conf, init, "alg_section");
  return !algorithms.empty() &&
         absl::StrContains(Value(conf, algorithms, "default_properties"),
                           "provider=default");
}

std::string ModulePath(CONF* conf, const ListedProvider& ours) {
  std::string module = Value(conf, ours.section, "module");
  if (module.empty()) module = absl::StrCat(ours.name, ".so");
  if (module[0] == '/') return module;
  const char* folder = std::getenv("OPENSSL_MODULES");
  // OPENSSL_INFO_MODULES_DIR is where libcrypto itself looks.
  return absl::StrCat(
      folder != nullptr ? folder : OPENSSL_info(OPENSSL_INFO_MODULES_DIR), "/",
      module);
}

std::vector<Finding> CheckProviders(
    CONF* conf, const std::string& path, const std::string& init,
    const std::vector<ListedProvider>& providers, std::string& module) {
  std::optional<size_t> ours;
  std::optional<size_t> standard;
  for (size_t i = 0; i < providers.size(); ++i) {
    if (IsOurs(conf, providers[i])) ours = i;
    if (providers[i].name == "default") standard = i;
  }
  if (!ours.has_value()) {
    return {Fault(kSubject,
                  absl::StrCat(path,
                               ": the provider keyhold is not in the "
                               "list of providers"),
                  kWriteIt)};
  }
  module = ModulePath(conf, providers[*ours]);
  std::vector<Finding> findings;
  if (!IsActivated(conf, providers[*ours].section)) {
    findings.push_back(
        Fault(kSubject,
              absl::StrCat(path, ": [", providers[*ours].section,
                           "] does not have the line activate = 1"),
              "add it"));
  }
  if (!standard.has_value() ||
      !IsActivated(conf, providers[*standard].section)) {
    findings.push_back(Fault(
        kSubject,
        absl::StrCat(path,
                     ": the default provider is not activated, so all "
                     "else that OpenSSL does fails"),
        "list `default` before keyhold, with activate = 1 in its section"));
  } else if (*standard > *ours && !PrefersDefault(conf, init)) {
    findings.push_back(
        Fault(kSubject,
              absl::StrCat(path,
                           ": keyhold stands before the default "
                           "provider, which breaks ordinary keys"),
              "move `default` above keyhold in the list of providers"));
  }
  if (findings.empty()) {
    findings.push_back(Good(
        kSubject,
        absl::StrCat(path, ": activates the default provider and keyhold")));
  }
  return findings;
}

}  // namespace

OpensslConfFindings CheckOpensslConf(const std::string& path) {
  OpensslConfFindings result;
  if (access(path.c_str(), R_OK) != 0) {
    result.findings.push_back(
        Fault(kSubject, absl::StrCat(path, ": ", strerror(errno)), kWriteIt));
    return result;
  }
  const ConfPtr conf(NCONF_new(nullptr));
  long line = 0;  // NOLINT: OpenSSL's type
  if (NCONF_load(conf.get(), path.c_str(), &line) <= 0) {
    const char* reason = ERR_reason_error_string(ERR_get_error());
    ERR_clear_error();
    result.findings.push_back(
        Fault(kSubject,
              absl::StrCat(path, ":", line, ": ",
                           reason == nullptr ? "cannot be read" : reason),
              "correct the line"));
    return result;
  }
  const std::string init = Value(conf.get(), "", "openssl_conf");
  if (init.empty()) {
    result.findings.push_back(
        Fault(kSubject,
              absl::StrCat(path,
                           ": has no line openssl_conf = SECTION above its "
                           "first [section], so OpenSSL ignores the rest"),
              kWriteIt));
    return result;
  }
  const std::string list = Value(conf.get(), init, "providers");
  if (list.empty()) {
    result.findings.push_back(
        Fault(kSubject,
              absl::StrCat(path, ": [", init,
                           "] has no line providers = SECTION (Debian ships it "
                           "commented out), so no provider is loaded"),
              kWriteIt));
    return result;
  }
  result.findings = CheckProviders(
      conf.get(), path, init, ProvidersIn(conf.get(), list), result.module);
  return result;
}

}  // namespace keyhold
