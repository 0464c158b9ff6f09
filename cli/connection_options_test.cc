#include "cli/connection_options.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "cli/exit_code.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tls_lib/base/status_matchers.h"

namespace keyhold {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Sets an environment variable for as long as it lives.
class ScopedVariable {
 public:
  ScopedVariable(const char* name, const std::string& value) : name_(name) {
    setenv(name, value.c_str(), 1);
  }
  ~ScopedVariable() { unsetenv(name_); }

 private:
  const char* name_;
};

class ConnectionOptionsTest : public testing::Test {
 protected:
  ConnectionOptionsTest() {
    std::string name = absl::StrCat(testing::TempDir(), "/optionsXXXXXX");
    folder_ = mkdtemp(name.data());
    file_ = absl::StrCat(folder_, "/keyhold.yaml");
    std::ofstream(file_.c_str()) << "signer: from-file:1\n"
                                    "certificate: /file.crt\n"
                                    "private_key: /file.key\n"
                                    "ca: /file-ca.crt\n";
  }
  ~ConnectionOptionsTest() override { std::filesystem::remove_all(folder_); }

  static absl::StatusOr<SignerClientOptions> Resolve(const std::string& args) {
    CLI::App app;
    ConnectionOptions options;
    options.AddTo(app);
    app.parse(args);
    return options.Resolve();
  }

  std::string folder_;
  std::string file_;
};

TEST_F(ConnectionOptionsTest, Flags) {
  absl::StatusOr<SignerClientOptions> options = Resolve(
      "--signer a:1 --certificate c --private-key k --ca r "
      "--signer-name n --timeout 1.5");
  ASSERT_THAT(options, IsOk());
  EXPECT_THAT(options->endpoints, ElementsAre("a:1"));
  ASSERT_TRUE(options->tls.has_value());
  EXPECT_EQ(options->tls->certificate_file, "c");
  EXPECT_EQ(options->tls->private_key_file, "k");
  EXPECT_EQ(options->tls->ca_file, "r");
  EXPECT_EQ(options->tls->server_name, "n");
  EXPECT_EQ(options->default_timeout, absl::Milliseconds(1500));
}

TEST_F(ConnectionOptionsTest, SeveralSigners) {
  const std::string files = " --certificate c --private-key k --ca r";
  EXPECT_THAT(Resolve("--signer a:1,b:1" + files)->endpoints,
              ElementsAre("a:1", "b:1"));
  EXPECT_THAT(Resolve("--signer a:1 --signer b:1" + files)->endpoints,
              ElementsAre("a:1", "b:1"));
  const ScopedVariable signer("KEYHOLD_SIGNER", "a:1,b:1");
  EXPECT_THAT(Resolve(files)->endpoints, ElementsAre("a:1", "b:1"));
}

TEST_F(ConnectionOptionsTest, AFlagGoesBeforeTheVariableAndThatBeforeTheFile) {
  const ScopedVariable config("KEYHOLD_CONFIG", file_);
  EXPECT_THAT(Resolve("")->endpoints, ElementsAre("from-file:1"));
  const ScopedVariable signer("KEYHOLD_SIGNER", "from-variable:1");
  EXPECT_THAT(Resolve("")->endpoints, ElementsAre("from-variable:1"));
  EXPECT_THAT(Resolve("--signer from-flag:1")->endpoints,
              ElementsAre("from-flag:1"));
  EXPECT_EQ(Resolve("--ca /flag-ca.crt")->tls->ca_file, "/flag-ca.crt");
  EXPECT_EQ(Resolve("")->tls->certificate_file, "/file.crt");
}

TEST_F(ConnectionOptionsTest, ASocketNeedsNoCertificates) {
  absl::StatusOr<SignerClientOptions> options =
      Resolve(absl::StrCat("--signer unix:/run/s.sock --config ", file_));
  ASSERT_THAT(options, IsOk());
  EXPECT_THAT(options->endpoints, ElementsAre("unix:/run/s.sock"));
  EXPECT_FALSE(options->tls.has_value());
}

TEST_F(ConnectionOptionsTest, SaysWhatIsMissing) {
  const absl::Status none = Resolve("").status();
  EXPECT_EQ(ExitCodeOf(none), ExitCode::kUsage);
  EXPECT_THAT(std::string(none.message()), HasSubstr("which signer?"));
  const absl::Status no_key =
      Resolve("--signer a:1 --certificate c --ca r").status();
  EXPECT_EQ(ExitCodeOf(no_key), ExitCode::kUsage);
  EXPECT_THAT(std::string(no_key.message()),
              HasSubstr("a signer at a:1 needs --private-key"));
}

}  // namespace
}  // namespace keyhold
