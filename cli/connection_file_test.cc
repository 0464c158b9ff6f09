#include "cli/connection_file.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tls_lib/base/status_matchers.h"

namespace keyhold {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ConnectionFileTest : public testing::Test {
 protected:
  ConnectionFileTest() {
    std::string name = absl::StrCat(testing::TempDir(), "/fileXXXXXX");
    folder_ = mkdtemp(name.data());
  }
  ~ConnectionFileTest() override { std::filesystem::remove_all(folder_); }

  absl::StatusOr<ConnectionFile> Read(const std::string& text) const {
    const std::string path = absl::StrCat(folder_, "/keyhold.yaml");
    std::ofstream(path.c_str()) << text;
    return ReadConnectionFile(path);
  }

  std::string folder_;
};

TEST_F(ConnectionFileTest, PathsStartAtItsFolder) {
  absl::StatusOr<ConnectionFile> file = Read(
      "signer: \"signer.example.org:7443\"\n"
      "certificate: transport.crt\n"
      "private_key: /etc/keyhold/transport.key\n"
      "ca: ca/signer.crt\n"
      "server_name: signer.internal\n");
  ASSERT_THAT(file, IsOk());
  EXPECT_THAT(file->signers, ElementsAre("signer.example.org:7443"));
  EXPECT_EQ(file->certificate, absl::StrCat(folder_, "/transport.crt"));
  EXPECT_EQ(file->private_key, "/etc/keyhold/transport.key");
  EXPECT_EQ(file->ca, absl::StrCat(folder_, "/ca/signer.crt"));
  EXPECT_EQ(file->server_name, "signer.internal");
}

TEST_F(ConnectionFileTest, SoDoesASocket) {
  EXPECT_THAT(Read("signer: unix:signer.sock")->signers,
              ElementsAre(absl::StrCat("unix:", folder_, "/signer.sock")));
  EXPECT_THAT(Read("signer: unix:/run/signer.sock")->signers,
              ElementsAre("unix:/run/signer.sock"));
}

TEST_F(ConnectionFileTest, SeveralSigners) {
  EXPECT_THAT(Read("signer: a:1, b:1,unix:s")->signers,
              ElementsAre("a:1", "b:1", absl::StrCat("unix:", folder_, "/s")));
}

TEST_F(ConnectionFileTest, FaultsNameFileAndLine) {
  const auto fault = [this](const std::string& text, const char* message) {
    EXPECT_THAT(Read(text), StatusIs(absl::StatusCode::kFailedPrecondition,
                                     AllOf(HasSubstr("/keyhold.yaml:"),
                                           HasSubstr(message))));
  };
  fault("signer: a:1\nkey: b\n", ":2: unknown field \"key\": the fields are");
  fault("signer: a:1\nsigner: b:1\n", ":2: \"signer\" is given twice");
  fault("signer: [a, b]\n", ":1: \"signer\" must be text");
  fault("- signer\n", ":1: expected lines of the form");
  fault("signer: a:1\n\tca: b\n", ":2: ");
}

TEST_F(ConnectionFileTest, SaysThatItIsMissing) {
  EXPECT_THAT(ReadConnectionFile(absl::StrCat(folder_, "/none.yaml")),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("cannot read the connection file")));
}

}  // namespace
}  // namespace keyhold
