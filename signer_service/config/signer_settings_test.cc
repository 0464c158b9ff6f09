// The configuration but for its policy part, which policy_settings_test.cc
// has.
#include "signer_service/config/signer_settings.h"

#include <filesystem>
#include <fstream>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "signer_service/config/settings_test_files.h"
#include "tls_lib/base/status_matchers.h"

namespace keyhold {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr char kTcp[] = R"(listen:
  tcp:
    - address: 127.0.0.1:0
      certificate_file: a.crt
      private_key_file: a.key
      client_ca_file: ca.crt
)";
constexpr char kKeys[] = "keys: {directories: [keys]}\n";
constexpr char kPolicy[] = "policy: {rules: []}\n";

class SignerSettingsTest : public testing::Test {
 protected:
  absl::StatusOr<SignerSettings> Parse(const std::string& yaml) {
    return SignerSettings::Parse(files_.config(), yaml);
  }
  // The message, with the folder's path taken out.
  std::string Fault(const std::string& yaml) {
    const absl::Status status = Parse(yaml).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << yaml;
    return absl::StrReplaceAll(status.message(), {{files_.Path(""), ""}});
  }

  SettingsTestFiles files_;
};

TEST_F(SignerSettingsTest, SmallestConfigurationHasTheDocumentedDefaults) {
  const absl::StatusOr<SignerSettings> settings =
      Parse(absl::StrCat(kTcp, kKeys, kPolicy));
  ASSERT_THAT(settings, IsOk());
  ASSERT_THAT(settings->tcp_listeners(), SizeIs(1));
  EXPECT_EQ(settings->tcp_listeners()[0].address, "127.0.0.1:0");
  EXPECT_EQ(settings->tcp_listeners()[0].certificate_file,
            files_.Path("a.crt"));
  EXPECT_EQ(settings->tcp_listeners()[0].private_key_file,
            files_.Path("a.key"));
  EXPECT_EQ(settings->tcp_listeners()[0].client_ca_file, files_.Path("ca.crt"));
  EXPECT_THAT(settings->unix_listeners(), IsEmpty());
  EXPECT_THAT(settings->keys().directories, ElementsAre(files_.Path("keys")));
  EXPECT_THAT(settings->keys().by_id, IsEmpty());
  EXPECT_EQ(settings->secure_heap_bytes(), std::nullopt);
  EXPECT_THAT(settings->rules(), IsEmpty());
  EXPECT_EQ(settings->limits().max_items_in_flight, 1024u);
  EXPECT_EQ(settings->limits().max_items_per_frame, 64u);
  EXPECT_EQ(settings->limits().max_message_bytes, 65536u);
  EXPECT_EQ(settings->limits().max_time, absl::Seconds(10));
  EXPECT_EQ(settings->drain_time(), absl::Seconds(30));
  EXPECT_FALSE(settings->reflection());
  EXPECT_EQ(settings->threads(), std::nullopt);
  EXPECT_THAT(settings->warnings(), IsEmpty());
}

TEST_F(SignerSettingsTest, TakesEveryFieldOver) {
  const absl::StatusOr<SignerSettings> settings = Parse(R"(
listen:
  unix:
    - path: /run/keyhold.sock
      mode: "0600"
keys:
  directories: [keys]
  settings:
    - id: www
      roles: [server, client]
      schemes: [ed25519, rsa_pss_rsae_sha256]
  secure_heap_bytes: 1048576
policy: {rules: []}
limits:
  max_items_in_flight: 1
  max_items_per_frame: 2
  max_message_bytes: 3
  max_time_ms: 4
  drain_ms: 0
reflection: true
threads: 256
)");
  ASSERT_THAT(settings, IsOk());
  ASSERT_THAT(settings->unix_listeners(), SizeIs(1));
  EXPECT_EQ(settings->unix_listeners()[0].path, "/run/keyhold.sock");
  EXPECT_EQ(settings->unix_listeners()[0].mode, mode_t{0600});
  const KeySetting& www = settings->keys().by_id.at("www");
  EXPECT_TRUE(www.roles.Contains(signer::v1::ROLE_SERVER));
  EXPECT_TRUE(www.roles.Contains(signer::v1::ROLE_CLIENT));
  EXPECT_THAT(www.schemes, ElementsAre(SignatureScheme::kEd25519,
                                       SignatureScheme::kRsaPssRsaeSha256));
  EXPECT_EQ(settings->secure_heap_bytes(), 1048576u);
  EXPECT_EQ(settings->limits().max_items_in_flight, 1u);
  EXPECT_EQ(settings->limits().max_items_per_frame, 2u);
  EXPECT_EQ(settings->limits().max_message_bytes, 3u);
  EXPECT_EQ(settings->limits().max_time, absl::Milliseconds(4));
  EXPECT_EQ(settings->drain_time(), absl::ZeroDuration());
  EXPECT_TRUE(settings->reflection());
  EXPECT_EQ(settings->threads(), 256u);
}

TEST_F(SignerSettingsTest, MissingPartsAreNamedTogether) {
  EXPECT_EQ(Fault("reflection: false\n"),
            "signer.yaml: listen: required: at least one entry in tcp or "
            "unix\n"
            "signer.yaml: keys.directories: required: at least one folder\n"
            "signer.yaml: policy.rules: required: who may do what; [] allows "
            "nobody anything");
}

TEST_F(SignerSettingsTest, MissingFiles) {
  EXPECT_EQ(Fault(absl::StrCat(R"(listen:
  tcp:
    - address: 127.0.0.1:0
      certificate_file: gone.crt
      private_key_file: keys
)",
                               kKeys, kPolicy)),
            "signer.yaml:4:7: listen.tcp[0].certificate_file: gone.crt: No "
            "such file or directory\n"
            "signer.yaml:5:7: listen.tcp[0].private_key_file: keys: is not a "
            "file\n"
            "signer.yaml:3:7: listen.tcp[0].client_ca_file: required: the "
            "path of a file");
}

TEST_F(SignerSettingsTest, KeyFolders) {
  EXPECT_EQ(Fault(absl::StrCat(
                kTcp, "keys: {directories: [gone, a.crt, keys, keys, '']}\n",
                kPolicy)),
            "signer.yaml:7:22: keys.directories[0]: gone: No such file or "
            "directory\n"
            "signer.yaml:7:28: keys.directories[1]: a.crt: is not a folder\n"
            "signer.yaml:7:41: keys.directories[3]: keys: is given twice\n"
            "signer.yaml:7:47: keys.directories[4]: is empty; expected a "
            "folder");
}

TEST_F(SignerSettingsTest, Addresses) {
  EXPECT_EQ(Fault(absl::StrCat(
                absl::StrReplaceAll(kTcp, {{"127.0.0.1:0", "localhost:1"}}),
                kKeys, kPolicy)),
            "signer.yaml:3:7: listen.tcp[0].address: expected "
            "\"ADDRESS:PORT\" with an IP address (IPv6 in brackets) and a "
            "port from 0 to 65535, got \"localhost:1\"");
  const std::string entry = R"(
    - address: 127.0.0.1:7443
      certificate_file: a.crt
      private_key_file: a.key
      client_ca_file: ca.crt)";
  EXPECT_EQ(Fault(absl::StrCat("listen:\n  tcp:", entry, entry, "\n", kKeys,
                               kPolicy)),
            "signer.yaml:7:7: listen.tcp[1].address: two listeners have the "
            "address \"127.0.0.1:7443\"");
}

TEST_F(SignerSettingsTest, SocketPathsAndModes) {
  const std::string long_path = "/" + std::string(107, 'p');
  EXPECT_EQ(Fault(absl::StrCat("listen:\n  unix:\n    - path: ", long_path,
                               "\n    - mode: '0660'\n"
                               "    - {path: /a, mode: '0999'}\n"
                               "    - {path: /a}\n",
                               kKeys, kPolicy)),
            absl::StrCat(
                "signer.yaml:3:7: listen.unix[0].path: ", long_path,
                ": has 108 bytes; a socket's path has at most 107\n"
                "signer.yaml:4:7: listen.unix[1].path: required: the path of "
                "the socket\n"
                "signer.yaml:5:18: listen.unix[2].mode: expected octal "
                "permissions like \"0660\" that let the owner read and "
                "write, got \"0999\"\n"
                "signer.yaml:6:8: listen.unix[3].path: two listeners have "
                "the path /a"));
}

TEST_F(SignerSettingsTest, KeySettings) {
  EXPECT_EQ(
      Fault(absl::StrCat(kTcp, R"(keys:
  directories: [keys]
  settings:
    - id: www
      schemes: [rsa_pkcs1_sha1, ed25519, ed25519]
    - id: www
    - id: www@new
    - roles: [server]
)",
                         kPolicy)),
      "signer.yaml:11:17: keys.settings[0].schemes[0]: " +
          std::string(ParseSchemeName("rsa_pkcs1_sha1").status().message()) +
          "\nsigner.yaml:11:42: keys.settings[0].schemes[2]: "
          "\"ed25519\" is given twice\n"
          "signer.yaml:12:7: keys.settings[1].id: two entries have the "
          "id \"www\"\n"
          "signer.yaml:13:7: keys.settings[2].id: an id is a file name "
          "without \"@LABEL\" and \".key\"\n"
          "signer.yaml:14:7: keys.settings[3].id: required: the key's "
          "id");
}

TEST_F(SignerSettingsTest, RangesOfNumbers) {
  EXPECT_EQ(
      Fault(absl::StrCat(kTcp, kKeys, kPolicy, R"(limits:
  max_items_in_flight: 0
  max_items_per_frame: 65
  max_message_bytes: 131073
  max_time_ms: 60001
  drain_ms: 600001
threads: 257
)")),
      "signer.yaml:10:3: limits.max_items_in_flight: expected 1 to 65536, got "
      "0\n"
      "signer.yaml:11:3: limits.max_items_per_frame: expected 1 to 64, got 65\n"
      "signer.yaml:12:3: limits.max_message_bytes: expected 1 to 131072, got "
      "131073\n"
      "signer.yaml:13:3: limits.max_time_ms: expected 1 to 60000, got 60001\n"
      "signer.yaml:14:3: limits.drain_ms: expected 0 to 600000, got 600001\n"
      "signer.yaml:15:1: threads: expected 1 to 256, got 257");
}

TEST_F(SignerSettingsTest, TellsWhatOnlyARestartChanges) {
  const std::string base = absl::StrCat(kTcp, kKeys, kPolicy);
  const absl::StatusOr<SignerSettings> first = Parse(base);
  const absl::StatusOr<SignerSettings> other_rules = Parse(absl::StrCat(
      kTcp, kKeys, "policy: {rules: [{identities: ['*'], keys: ['*']}]}\n"));
  const absl::StatusOr<SignerSettings> other_threads =
      Parse(base + "threads: 2\n");
  ASSERT_THAT(first, IsOk());
  ASSERT_THAT(other_rules, IsOk());
  ASSERT_THAT(other_threads, IsOk());
  EXPECT_EQ(first->fixed_until_restart(), other_rules->fixed_until_restart());
  EXPECT_NE(first->fixed_until_restart(), other_threads->fixed_until_restart());
}

TEST_F(SignerSettingsTest, LoadsAFileAndNamesOneThatIsNotThere) {
  EXPECT_THAT(
      SignerSettings::Load(files_.config()),
      StatusIs(absl::StatusCode::kNotFound,
               absl::StrCat(files_.config(), ": No such file or directory")));
  std::ofstream(files_.config()) << kTcp << kKeys << kPolicy;
  EXPECT_THAT(SignerSettings::Load(files_.config()), IsOk());
}

}  // namespace
}  // namespace keyhold
