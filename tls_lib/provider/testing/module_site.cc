#include "tls_lib/provider/testing/module_site.h"

#include <link.h>
#include <unistd.h>

#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tls_lib/agent/client/key_file.h"
#include "tls_lib/core/public_key.h"

namespace keyhold::provider {
namespace {

std::vector<FakeKey> AllKeys() {
  std::vector<FakeKey> keys;
  for (const TestKeyKind kind : GoodTestKeyKinds()) {
    FakeKey key;
    key.id = std::string(TestKeyKindName(kind));
    key.pem = TestKeyPem(kind);
    key.roles = {Role::kServer, Role::kClient};
    keys.push_back(std::move(key));
  }
  return keys;
}

// value() ends the process on an error, which is all a test needs.
std::string KeyFilePem(TestKeyKind kind, const std::string& address) {
  agent::KeyFile file = {std::string(TestKeyKindName(kind)),
                         PublicKey::FromSpki(TestKeySpki(kind)).value(),
                         {agent::AgentAddress::Parse(address).value(), {}}};
  if (geteuid() != 0) file.agent.uid = geteuid();
  return agent::EncodeKeyFilePem(file).value();
}

std::string Name(TestKeyKind kind, absl::string_view suffix) {
  return absl::StrCat(TestKeyKindName(kind), suffix);
}

// The runtime of the sanitizer that this test, and so keyhold.so, is built
// with: a program that is not needs it first. "" without one.
std::string SanitizerRuntime() {
  std::string path;
  dl_iterate_phdr(
      [](dl_phdr_info* info, size_t, void* found) {
        const absl::string_view name(info->dlpi_name);
        if (absl::StrContains(name, "/libasan.so") ||
            absl::StrContains(name, "/libtsan.so")) {
          *static_cast<std::string*>(found) = std::string(name);
        }
        return 0;
      },
      &path);
  return path;
}

}  // namespace

ModuleSite::ModuleSite(std::vector<FakeRule> rules)
    : agent_(folder_.PathOf("agent.sock"), AllKeys(), std::move(rules)) {
  folder_.Write("ca.crt", ca_.cert_pem());
  for (const TestKeyKind kind : GoodTestKeyKinds()) {
    const std::string key_file = KeyFilePem(kind, agent_.address());
    TestCertOptions options;
    options.common_name = std::string(TestKeyKindName(kind));
    options.dns_names = {"localhost"};
    const std::string certificate = ca_.Issue(TestKeyPem(kind), options);
    folder_.Write(Name(kind, ".key.pem"), key_file);
    folder_.Write(Name(kind, ".crt"), certificate);
    folder_.Write(Name(kind, ".both.pem"), absl::StrCat(certificate, key_file));
    folder_.Write(Name(kind, ".pub"),
                  absl::StrCat("-----BEGIN PUBLIC KEY-----\n",
                               absl::Base64Escape(TestKeySpki(kind)),
                               "\n-----END PUBLIC KEY-----\n"));
  }
  configuration_ = WriteConfiguration();
}

std::string ModuleSite::WriteConfiguration(absl::string_view lines) const {
  return folder_.Write("openssl.cnf",
                       absl::StrCat("openssl_conf = openssl_init\n"
                                    ".include /etc/ssl/openssl.cnf\n"
                                    "[openssl_init]\n"
                                    "providers = provider_section\n"
                                    "[provider_section]\n"
                                    "default = default_section\n"
                                    "keyhold = keyhold_section\n"
                                    "[default_section]\n"
                                    "activate = 1\n"
                                    "[keyhold_section]\n"
                                    "activate = 1\n"
                                    "module = ",
                                    RunfilePath("tls_lib/provider/keyhold.so"),
                                    "\n", lines, "\n"));
}

std::string ModuleSite::KeyFileOf(TestKeyKind kind) const {
  return folder_.PathOf(Name(kind, ".key.pem"));
}

std::string ModuleSite::CertificateOf(TestKeyKind kind) const {
  return folder_.PathOf(Name(kind, ".crt"));
}

std::string ModuleSite::CombinedFileOf(TestKeyKind kind) const {
  return folder_.PathOf(Name(kind, ".both.pem"));
}

std::string ModuleSite::PublicKeyOf(TestKeyKind kind) const {
  return folder_.PathOf(Name(kind, ".pub"));
}

std::vector<std::string> ModuleSite::Command(
    std::vector<std::string> args) const {
  std::vector<std::string> command = {
      "/usr/bin/env", absl::StrCat("OPENSSL_CONF=", configuration_)};
  const std::string runtime = SanitizerRuntime();
  if (!runtime.empty()) {
    // The openssl command itself leaks.
    command.insert(command.end(), {absl::StrCat("LD_PRELOAD=", runtime),
                                   "ASAN_OPTIONS=detect_leaks=0"});
  }
  command.push_back("/usr/bin/openssl");
  command.insert(command.end(), args.begin(), args.end());
  return command;
}

ModuleSite::Result ModuleSite::Run(std::vector<std::string> args) const {
  ChildProcess process(Command(std::move(args)));
  // Its output ends later than the process, or with it.
  process.WaitForLine([](absl::string_view) { return false; });
  const int exit_code = process.WaitForExit();
  return {exit_code, process.output()};
}

}  // namespace keyhold::provider
