#include "tls_lib/agent/client/key_file.h"

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tls_lib/base/der.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/local/test_keys.h"

namespace keyhold::agent {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

KeyFile MakeFile(TestKeyKind kind = TestKeyKind::kP256,
                 std::optional<uid_t> uid = std::nullopt) {
  return {"www",
          *PublicKey::FromSpki(TestKeySpki(kind)),
          {*AgentAddress::Parse("/run/keyhold/agent.sock"), uid}};
}

std::string Der(const KeyFile& file) { return *EncodeKeyFileDer(file); }

auto IsDamaged(absl::string_view what) {
  return StatusIs(absl::StatusCode::kInvalidArgument,
                  AllOf(StartsWith("this KEYHOLD KEY is damaged: "),
                        HasSubstr(std::string(what)),
                        EndsWith("; write it again with keyhold key-file")));
}

TEST(KeyFileTest, HoldsEveryKindOfKey) {
  for (const TestKeyKind kind : GoodTestKeyKinds()) {
    for (const std::optional<uid_t> uid :
         {std::optional<uid_t>(), std::optional<uid_t>(0),
          std::optional<uid_t>(127), std::optional<uid_t>(128),
          std::optional<uid_t>(4294967294)}) {
      const absl::StatusOr<KeyFile> file =
          DecodeKeyFilePem(*EncodeKeyFilePem(MakeFile(kind, uid)));
      ASSERT_THAT(file, IsOk()) << kind;
      EXPECT_EQ(file->key_id, "www");
      EXPECT_EQ(file->key.spki(), TestKeySpki(kind));
      EXPECT_EQ(file->agent.address.text(), "/run/keyhold/agent.sock");
      EXPECT_EQ(file->agent.uid, uid);
    }
  }
}

TEST(KeyFileTest, SaysWhatItIsToWhoeverOpensIt) {
  EXPECT_THAT(*EncodeKeyFilePem(MakeFile()),
              AllOf(StartsWith("Not a private key: names the P-256 key www, "
                               "used through the keyhold-agent on "
                               "/run/keyhold/agent.sock\n-----BEGIN KEYHOLD "
                               "KEY-----\n"),
                    EndsWith("\n-----END KEYHOLD KEY-----\n")));
}

TEST(KeyFileTest, IsAsTheFormatSays) {
  const std::string der = Der(MakeFile(TestKeyKind::kEd25519, 0x1234));
  const std::string fields = absl::StrCat(
      absl::HexStringToBytes("020101"), absl::HexStringToBytes("0c03"), "www",
      TestKeySpki(TestKeyKind::kEd25519), absl::HexStringToBytes("0c17"),
      "/run/keyhold/agent.sock", absl::HexStringToBytes("80021234"));
  EXPECT_EQ(der, DerElement(kDerSequence, fields));
}

TEST(KeyFileTest, MayStandBehindACertificate) {
  const std::string pem =
      absl::StrCat(SelfSignedTestCert(TestKeyPem(TestKeyKind::kP256)),
                   *EncodeKeyFilePem(MakeFile()));
  EXPECT_THAT(DecodeKeyFilePem(pem), IsOk());
}

TEST(KeyFileTest, IsRefusedWhereverItIsCutOff) {
  const std::string der = Der(MakeFile(TestKeyKind::kP256, 33));
  for (size_t size = 0; size < der.size(); ++size) {
    EXPECT_THAT(DecodeKeyFileDer(absl::string_view(der).substr(0, size)),
                IsDamaged("cut off"))
        << size;
  }
  EXPECT_THAT(DecodeKeyFileDer(der + "x"), IsDamaged("bytes follow its end"));
}

TEST(KeyFileTest, IsRefusedWithoutAField) {
  const std::string version = absl::HexStringToBytes("020101");
  const std::string id = DerElement(kDerUtf8String, "www");
  const std::string key = TestKeySpki(TestKeyKind::kP256);
  const std::string agent = DerElement(kDerUtf8String, "/run/a.sock");
  const auto decode = [](absl::string_view fields) {
    return DecodeKeyFileDer(DerElement(kDerSequence, fields)).status();
  };
  EXPECT_THAT(decode(absl::StrCat(version, id, key, agent)), IsOk());
  EXPECT_THAT(decode(absl::StrCat(id, key, agent)), IsDamaged("no version"));
  EXPECT_THAT(decode(absl::StrCat(version, key, agent)), IsDamaged("key id"));
  EXPECT_THAT(decode(absl::StrCat(version, id, agent)),
              IsDamaged("no public key"));
  EXPECT_THAT(decode(absl::StrCat(version, id, key)), IsDamaged("no agent"));
  EXPECT_THAT(decode(absl::StrCat(version, id, key, agent, agent)),
              IsDamaged("uid"));
  EXPECT_THAT(decode(absl::StrCat(version, id, key, agent,
                                  DerElement(DerImplicit(0), "\x05"), id)),
              IsDamaged("more fields"));
}

TEST(KeyFileTest, AnotherVersionIsNoDamage) {
  std::string der = Der(MakeFile());
  // SEQUENCE of two length bytes, then INTEGER 1.
  const size_t at = der.find(absl::HexStringToBytes("020101")) + 2;
  der[at] = 2;
  EXPECT_THAT(DecodeKeyFileDer(der),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       AllOf(HasSubstr("of version 0x02"),
                             HasSubstr("install the keyhold.so"))));
}

TEST(KeyFileTest, RefusesValuesThatCannotBe) {
  KeyFile file = MakeFile();
  for (const std::string& id : {std::string(), std::string("a b"),
                                std::string("a\n"), std::string(256, 'x')}) {
    file.key_id = id;
    EXPECT_THAT(EncodeKeyFilePem(file), IsDamaged("printable ASCII"));
  }
  EXPECT_THAT(EncodeKeyFilePem(MakeFile(TestKeyKind::kP256, kOverflowUid)),
              IsDamaged("any unknown one"));
  for (const char* uid : {"80020000", "800180", "80050123456789", "8002fffe",
                          "800300fffe", "800500ffffffff", "8000"}) {
    const std::string der = absl::StrCat(
        absl::HexStringToBytes("020101"), DerElement(kDerUtf8String, "www"),
        TestKeySpki(TestKeyKind::kP256),
        DerElement(kDerUtf8String, "/run/a.sock"), absl::HexStringToBytes(uid));
    EXPECT_THAT(DecodeKeyFileDer(DerElement(kDerSequence, der)),
                IsDamaged("uid"))
        << uid;
  }
}

TEST(KeyFileTest, RefusesAKeyThatKeyholdDoesNotServe) {
  const std::string der = absl::StrCat(
      absl::HexStringToBytes("020101"), DerElement(kDerUtf8String, "www"),
      TestKeySpki(TestKeyKind::kSecp256k1),
      DerElement(kDerUtf8String, "/run/a.sock"));
  EXPECT_THAT(DecodeKeyFileDer(DerElement(kDerSequence, der)),
              IsDamaged("curve"));
}

TEST(KeyFileTest, SaysWhatIsWrongWithThePem) {
  const std::string pem = *EncodeKeyFilePem(MakeFile());
  EXPECT_THAT(DecodeKeyFilePem(TestKeyPem(TestKeyKind::kP256)),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("there is no KEYHOLD KEY in this file")));
  EXPECT_THAT(DecodeKeyFilePem(pem.substr(0, pem.size() - 20)),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("is the file cut off?")));
  EXPECT_THAT(DecodeKeyFilePem(absl::StrReplaceAll(
                  pem, {{"-----BEGIN KEYHOLD KEY-----\n",
                         "-----BEGIN KEYHOLD KEY-----\n!!!"}})),
              IsDamaged("no base64"));
}

TEST(KeyFileTest, IsShort) {
  EXPECT_THAT(DecodeKeyFileDer(std::string(kMostKeyFileBytes + 1, '0')),
              IsDamaged("too long"));
}

}  // namespace
}  // namespace keyhold::agent
