// Limits on signatures, the list of what is frozen, and the tests that a
// configuration brings for its policy.
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "signer_service/config/settings_test_files.h"
#include "signer_service/config/signer_settings.h"
#include "tls_lib/base/status_matchers.h"

namespace keyhold {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Optional;
using testing::SizeIs;

class LimitsSettingsTest : public testing::Test {
 protected:
  // `more` stands on line 6 and after.
  absl::StatusOr<SignerSettings> Parse(const std::string& more) {
    return SignerSettings::Parse(files_.config(), absl::StrCat(R"(listen:
  unix: [{path: /run/keyhold.sock}]
keys: {directories: [keys], settings: [{id: cli, roles: [client]}]}
policy:
  rules: [{identities: ["spiffe://example.org/*"], keys: [www, cli]}]
)",
                                                               more));
  }
  std::string Fault(const std::string& more) {
    const absl::Status status = Parse(more).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << more;
    return absl::StrReplaceAll(status.message(), {{files_.Path(""), ""}});
  }

  SettingsTestFiles files_;
};

TEST_F(LimitsSettingsTest, ByDefaultThereAreNone) {
  const absl::StatusOr<SignerSettings> settings = Parse("");
  ASSERT_THAT(settings, IsOk());
  for (const RateLimit* limit : {&settings->signature_limits().identity,
                                 &settings->signature_limits().key,
                                 &settings->signature_limits().total}) {
    EXPECT_EQ(limit->per_second, std::nullopt);
    EXPECT_EQ(limit->concurrency, std::nullopt);
  }
  EXPECT_EQ(settings->freeze_file(), files_.Path("frozen"));
  EXPECT_THAT(settings->agents(), IsEmpty());
}

TEST_F(LimitsSettingsTest, ReadsThem) {
  const absl::StatusOr<SignerSettings> settings = Parse(R"(limits:
  identity: {per_second: 100}
  key: {per_second: 10, burst: 50, concurrency: 5}
  total: {concurrency: 1000}
freeze_file: state/off
)");
  ASSERT_THAT(settings, IsOk());
  const SignatureLimits& limits = settings->signature_limits();
  EXPECT_THAT(limits.identity.per_second, Optional(100u));
  EXPECT_EQ(limits.identity.burst, 100u);
  EXPECT_EQ(limits.identity.concurrency, std::nullopt);
  EXPECT_EQ(limits.key.burst, 50u);
  EXPECT_THAT(limits.key.concurrency, Optional(5u));
  EXPECT_EQ(limits.total.per_second, std::nullopt);
  EXPECT_THAT(limits.total.concurrency, Optional(1000u));
  EXPECT_EQ(settings->freeze_file(), files_.Path("state/off"));
}

TEST_F(LimitsSettingsTest, FaultsHaveTheirPlace) {
  EXPECT_EQ(Fault("limits: {identity: {}}\n"),
            "signer.yaml:6:10: limits.identity: required: per_second, "
            "concurrency or both");
  EXPECT_THAT(Fault("limits: {key: {per_second: 0}}\n"),
              HasSubstr("limits.key.per_second: expected 1 to 1000000, got 0"));
  EXPECT_THAT(Fault("limits: {total: {concurrency: 1, burst: 2}}\n"),
              HasSubstr("limits.total.burst: is of no use without per_second"));
}

TEST_F(LimitsSettingsTest, AReloadChangesThem) {
  const absl::StatusOr<SignerSettings> before = Parse("");
  const absl::StatusOr<SignerSettings> after =
      Parse("limits: {identity: {per_second: 5}}\n");
  ASSERT_THAT(after, IsOk());
  EXPECT_EQ(before->fixed_until_restart(), after->fixed_until_restart());
}

TEST_F(LimitsSettingsTest, AgentsArePatterns) {
  const absl::StatusOr<SignerSettings> settings =
      Parse("  agents: [\"spiffe://example.org/host/*\"]\n");
  ASSERT_THAT(settings, IsOk());
  EXPECT_THAT(settings->agents(), SizeIs(1));
  EXPECT_THAT(Fault("  agents: [root]\n"), HasSubstr("policy.agents[0]: "));
}

TEST_F(LimitsSettingsTest, PolicyTestsThatHoldAreNoFault) {
  EXPECT_THAT(Parse(R"(  tests:
    - {identity: "spiffe://example.org/web", key: www, usage: tls13_server,
       expect: allow}
    - {identity: "spiffe://example.org/web", key: cli, usage: tls13_client,
       expect: allow}
    - {identity: "spiffe://example.org/web", key: www, usage: digest,
       expect: deny}
    - {identity: "uid:0", key: www, usage: tls13_server, expect: deny}
    - {identity: "spiffe://example.org/web", key: www, usage: tls13_client,
       roles: [server, client], scheme: ed25519, expect: allow}
)"),
              IsOk());
}

TEST_F(LimitsSettingsTest, APolicyTestThatDoesNotHoldRefusesTheFile) {
  EXPECT_THAT(Fault(R"(  tests:
    - {identity: "uid:0", key: www, usage: tls13_server, expect: allow}
)"),
              HasSubstr("signer.yaml:7:7: policy.tests[0]: expected allow: no "
                        "such key, or none that the caller may know of"));
  EXPECT_THAT(Fault(R"(  tests:
    - {identity: "spiffe://example.org/web", key: www, usage: tls12_server,
       expect: deny}
)"),
              HasSubstr("policy.tests[0]: expected deny, and a rule allows "
                        "it"));
  EXPECT_THAT(Fault(R"(  tests:
    - {identity: web, key: www, usage: tls13_server, expect: allow}
)"),
              HasSubstr("identity: expected one caller"));
  EXPECT_THAT(Fault(R"(  tests:
    - {identity: "uid:0", key: www, usage: tls13_server}
)"),
              HasSubstr("expect: required: allow or deny"));
}

}  // namespace
}  // namespace keyhold
