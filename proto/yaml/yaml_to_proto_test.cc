#include "proto/yaml/yaml_to_proto.h"

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "keyhold/signer/v1/config.pb.h"
#include "tls_lib/base/status_matchers.h"

namespace keyhold {
namespace {

using signer::v1::SignerConfig;
using testing::ElementsAre;

absl::StatusOr<SignerConfig> Read(const std::string& yaml) {
  SignerConfig config;
  const absl::StatusOr<SourceMap> places =
      YamlToProto("signer.yaml", yaml, config);
  if (!places.ok()) return places.status();
  return config;
}

// The whole message, so that a change of any word shows.
std::string Fault(const std::string& yaml) {
  const absl::Status status = Read(yaml).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << yaml;
  return std::string(status.message());
}

// The names of the schema's own fields, which others add to.
std::string TopFields() {
  std::vector<std::string> names;
  const google::protobuf::Descriptor& type = *SignerConfig::descriptor();
  for (int i = 0; i < type.field_count(); ++i) {
    names.push_back(type.field(i)->name());
  }
  return absl::StrJoin(names, ", ");
}

TEST(YamlToProtoTest, ReadsEveryKindOfField) {
  const absl::StatusOr<SignerConfig> config = Read(R"(
listen:
  unix:
    - path: "/run/keyhold.sock"
      mode: 0660
keys:
  directories: [a, 'b']
  secure_heap_bytes: 18446744073709551615
policy:
  rules:
    - usages:
        - tls13_server
        - delegated_credential
reflection: true
threads: 4
)");
  ASSERT_THAT(config, IsOk());
  EXPECT_EQ(config->listen().unix(0).path(), "/run/keyhold.sock");
  EXPECT_EQ(config->listen().unix(0).mode(), "0660");
  EXPECT_THAT(config->keys().directories(), ElementsAre("a", "b"));
  EXPECT_EQ(config->keys().secure_heap_bytes(), 18446744073709551615u);
  EXPECT_THAT(config->policy().rules(0).usages(),
              ElementsAre(signer::v1::USAGE_TLS13_SERVER,
                          signer::v1::USAGE_DELEGATED_CREDENTIAL));
  EXPECT_TRUE(config->reflection());
  EXPECT_EQ(config->threads(), 4u);
}

TEST(YamlToProtoTest, AliasesAreReadWhereTheyStand) {
  const absl::StatusOr<SignerConfig> config = Read(R"(
policy:
  rules:
    - identities: &web ["dns:web"]
    - identities: *web
)");
  ASSERT_THAT(config, IsOk());
  EXPECT_THAT(config->policy().rules(1).identities(), ElementsAre("dns:web"));
}

TEST(YamlToProtoTest, UnknownFieldNamesItsPlaceAndTheKnownOnes) {
  EXPECT_EQ(Fault("listen:\n  tpc: []\n"),
            "signer.yaml:2:3: listen.tpc: unknown field; known here: tcp, "
            "unix");
}

TEST(YamlToProtoTest, FieldGivenTwice) {
  EXPECT_EQ(Fault("threads: 1\nreflection: true\nthreads: 2\n"),
            "signer.yaml:3:1: threads: given twice; keep one");
}

TEST(YamlToProtoTest, FieldInAListHasItsIndex) {
  EXPECT_EQ(Fault("policy:\n  rules:\n    - keys: [a]\n    - key: [b]\n"),
            "signer.yaml:4:7: policy.rules[1].key: unknown field; known here: "
            "name, identities, keys, usages, schemes, server_names");
}

TEST(YamlToProtoTest, NumberOfAnotherType) {
  const std::string expected =
      "signer.yaml:1:1: threads: expected a whole number from 0 to 4294967295 "
      "without quotes, got \"";
  EXPECT_EQ(Fault("threads: four"), expected + "four\"");
  EXPECT_EQ(Fault("threads: \"4\""), expected + "4\"");
  EXPECT_EQ(Fault("threads: -1"), expected + "-1\"");
  EXPECT_EQ(Fault("threads: 4.0"), expected + "4.0\"");
  EXPECT_EQ(Fault("threads: 0x10"), expected + "0x10\"");
  EXPECT_EQ(Fault("threads: 4294967296"), expected + "4294967296\"");
}

TEST(YamlToProtoTest, BooleanOfAnotherType) {
  const std::string expected =
      "signer.yaml:1:1: reflection: expected true or false without quotes, "
      "got \"";
  EXPECT_EQ(Fault("reflection: yes"), expected + "yes\"");
  EXPECT_EQ(Fault("reflection: 1"), expected + "1\"");
  EXPECT_EQ(Fault("reflection: \"true\""), expected + "true\"");
}

TEST(YamlToProtoTest, UnknownEnumValueListsTheAllowedOnes) {
  EXPECT_EQ(Fault("keys:\n  settings:\n    - id: a\n      roles: [serve]\n"),
            "signer.yaml:4:15: keys.settings[0].roles[0]: unknown value "
            "\"serve\"; allowed: server, client");
  EXPECT_EQ(Fault("keys:\n  settings:\n    - roles: [unspecified]\n"),
            "signer.yaml:3:15: keys.settings[0].roles[0]: unknown value "
            "\"unspecified\"; allowed: server, client");
}

TEST(YamlToProtoTest, ListMapAndScalarAreNotExchanged) {
  EXPECT_EQ(Fault("keys:\n  directories: here\n"),
            "signer.yaml:2:3: keys.directories: expected a list ([a, b], or "
            "one \"- \" line for each)");
  EXPECT_EQ(Fault("listen: [1]\n"),
            "signer.yaml:1:1: listen: expected fields (tcp, unix)");
  EXPECT_EQ(Fault("threads: [1]\n"),
            "signer.yaml:1:1: threads: expected a single value");
  EXPECT_EQ(Fault("- listen\n"),
            absl::StrCat("signer.yaml: expected fields (", TopFields(), ")"));
}

TEST(YamlToProtoTest, FieldWithoutAValue) {
  EXPECT_EQ(Fault("listen:\n"),
            "signer.yaml:1:1: listen: has no value; give it one or remove the "
            "line");
  EXPECT_EQ(Fault("keys:\n  directories: [a, ]\n  settings: [~]\n"),
            "signer.yaml:3:14: keys.settings[0]: has no value; give it one or "
            "remove the line");
}

TEST(YamlToProtoTest, FieldNameThatIsNoText) {
  EXPECT_EQ(Fault("[a]: 1\n"),
            "signer.yaml:1:1: a field's name must be plain text");
}

TEST(YamlToProtoTest, AllFaultsAreReportedTogether) {
  EXPECT_EQ(Fault("threads: x\nfoo: 1\nreflection: 2\n"),
            absl::StrCat(
                "signer.yaml:1:1: threads: expected a whole number from 0 to "
                "4294967295 without quotes, got \"x\"\n"
                "signer.yaml:2:1: foo: unknown field; known here: ",
                TopFields(),
                "\nsigner.yaml:3:1: reflection: expected true or false without "
                "quotes, got \"2\""));
}

TEST(YamlToProtoTest, TextThatIsNoYaml) {
  EXPECT_EQ(Fault("listen: [\n"),
            "signer.yaml:2:1: not YAML: end of sequence flow not found");
  EXPECT_EQ(Fault("a: b: c\n"), "signer.yaml:1:5: not YAML: illegal map value");
}

TEST(YamlToProtoTest, EmptyFile) {
  EXPECT_EQ(Fault(""), "signer.yaml: the file is empty");
  EXPECT_EQ(Fault("# nothing\n"), "signer.yaml: the file is empty");
}

TEST(YamlToProtoTest, SeveralDocuments) {
  EXPECT_EQ(Fault("threads: 1\n---\nthreads: 2\n"),
            "signer.yaml: expected one YAML document, found several (\"---\" "
            "lines)");
}

}  // namespace
}  // namespace keyhold
