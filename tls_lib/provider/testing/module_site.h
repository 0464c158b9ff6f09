// keyhold.so as an application host has it: openssl.cnf, key files,
// certificates, and an agent, which is a fake.
#ifndef KEYHOLD_TLS_LIB_PROVIDER_TESTING_MODULE_SITE_H_
#define KEYHOLD_TLS_LIB_PROVIDER_TESTING_MODULE_SITE_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "tests/fakes/child_process.h"
#include "tests/fakes/fake_agent.h"
#include "tests/fakes/test_folder.h"
#include "tls_lib/local/test_keys.h"

namespace keyhold::provider {

// Ends the process with a message if anything cannot be made. Thread-safe as
// FakeAgent is.
class ModuleSite {
 public:
  // Of each kind one key, whose id is its kind's name, for servers and
  // clients alike.
  explicit ModuleSite(std::vector<FakeRule> rules = {});

  FakeAgent& agent() { return agent_; }
  const TestFolder& folder() const { return folder_; }
  // For OPENSSL_CONF. Other lines for keyhold's section may be given.
  std::string WriteConfiguration(absl::string_view lines = "") const;
  // Of the kind's key file, of its certificate, and of both in one file.
  std::string KeyFileOf(TestKeyKind kind) const;
  std::string CertificateOf(TestKeyKind kind) const;
  std::string CombinedFileOf(TestKeyKind kind) const;
  // A file with the public key in PEM.
  std::string PublicKeyOf(TestKeyKind kind) const;
  // The CA of all certificates.
  std::string ca_file() const { return folder_.PathOf("ca.crt"); }

  // The openssl command with these arguments and this configuration.
  std::vector<std::string> Command(std::vector<std::string> args) const;

  struct Result {
    int exit_code;
    std::string output;
  };
  // Runs it to its end. It reads nothing.
  Result Run(std::vector<std::string> args) const;

 private:
  TestFolder folder_;
  FakeAgent agent_;
  TestCa ca_{"Module Test CA"};
  std::string configuration_;
};

}  // namespace keyhold::provider

#endif  // KEYHOLD_TLS_LIB_PROVIDER_TESTING_MODULE_SITE_H_
