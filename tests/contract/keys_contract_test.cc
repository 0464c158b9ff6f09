// ListKeys and GetKey.
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "keyhold/signer/v1/key.pb.h"
#include "tests/contract/contract_test.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/core/error_reason.h"
#include "tls_lib/remote/policy_version.h"

namespace keyhold {
namespace {

namespace v1 = signer::v1;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Optional;
using ::testing::SizeIs;

constexpr char kOther[] = "spiffe://example.org/other";

std::vector<std::string> NamesOf(const std::vector<v1::Key>& keys) {
  std::vector<std::string> names;
  for (const v1::Key& key : keys) names.push_back(key.id() + "@" + key.label());
  return names;
}

v1::KeySelector ById(const std::string& id) {
  v1::KeySelector selector;
  selector.set_id(id);
  return selector;
}

v1::KeySelector ByServerName(const std::string& name) {
  v1::KeySelector selector;
  selector.set_server_name(name);
  return selector;
}

class KeysContractTest : public ContractTest {
 protected:
  // kWebIdentity may use all keys but "secret"; kOther only "secret".
  void ServeSome() {
    FakeRule web;
    web.identity = kWebIdentity;
    web.keys = {"mail", "site", "www"};
    FakeRule other;
    other.identity = kOther;
    other.keys = {"secret"};
    Serve({ContractKey("www", TestKeyKind::kRsa2048, 0, {"www.example.org"}),
           ContractKey("www", TestKeyKind::kP256, 0, {"www.example.org"},
                       "ecdsa"),
           ContractKey("site", TestKeyKind::kP256, 1,
                       {"*.example.org", "example.org"}),
           ContractKey("mail", TestKeyKind::kEd25519),
           ContractKey("secret", TestKeyKind::kP256, 2, {"secret.test"})},
          {web, other});
  }

  void ExpectNotFound(SignerClient& client, const v1::KeySelector& selector) {
    const auto keys = client.GetKey(selector);
    EXPECT_THAT(keys, StatusIs(absl::StatusCode::kNotFound));
    EXPECT_THAT(GetReason(keys.status()), Optional(ErrorReason::kKeyNotFound));
    EXPECT_THAT(PolicyVersionOf(keys.status()), SizeIs(16));
  }

  void ExpectInvalid(const v1::KeySelector& selector) {
    const auto keys = client_->GetKey(selector);
    EXPECT_THAT(keys, StatusIs(absl::StatusCode::kInvalidArgument,
                               testing::HasSubstr("selector")));
    EXPECT_THAT(GetReason(keys.status()),
                Optional(ErrorReason::kInvalidRequest));
  }
};

TEST_F(KeysContractTest, ListsWhatTheCallerMayKnowOfInOrder) {
  ServeSome();
  const auto keys = client_->ListKeys();
  ASSERT_THAT(keys, IsOk());
  EXPECT_THAT(NamesOf(*keys),
              ElementsAre("mail@", "site@", "www@", "www@ecdsa"));
  for (const v1::Key& key : *keys) {
    EXPECT_THAT(key.certificate_chain(), IsEmpty());
  }
  const auto others = ClientAs(kOther)->ListKeys();
  ASSERT_THAT(others, IsOk());
  EXPECT_THAT(NamesOf(*others), ElementsAre("secret@"));
}

TEST_F(KeysContractTest, StrangerSeesAnEmptyListAndNoError) {
  ServeSome();
  EXPECT_THAT(ClientAs("spiffe://example.org/nobody")->ListKeys(),
              IsOkAndHolds(IsEmpty()));
}

TEST_F(KeysContractTest, ListsInPages) {
  ServeSome();
  for (const uint32_t size : {1, 2, 3, 4, 1000}) {
    v1::ListKeysRequest request;
    request.set_page_size(size);
    const auto keys = client_->ListKeys(request);
    ASSERT_THAT(keys, IsOk());
    EXPECT_THAT(NamesOf(*keys),
                ElementsAre("mail@", "site@", "www@", "www@ecdsa"));
  }
}

TEST_F(KeysContractTest, ListsWithSelectorAndChains) {
  ServeSome();
  v1::ListKeysRequest request;
  *request.mutable_selector() = ById("www");
  request.set_include_chains(true);
  const auto keys = client_->ListKeys(request);
  ASSERT_THAT(keys, IsOkAndHolds(SizeIs(2)));
  EXPECT_THAT((*keys)[0].certificate_chain(), SizeIs(1));
  *request.mutable_selector() = ById("secret");
  EXPECT_THAT(client_->ListKeys(request), IsOkAndHolds(IsEmpty()));
}

TEST_F(KeysContractTest, PageSizeAndTokenThatAreNone) {
  ServeSome();
  v1::ListKeysRequest request;
  request.set_page_size(1001);
  EXPECT_THAT(client_->ListKeys(request),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       testing::HasSubstr("page_size")));
  request.set_page_size(2);
  request.set_page_token("not a token");
  EXPECT_THAT(client_->ListKeys(request),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       testing::HasSubstr("page_token")));
}

TEST_F(KeysContractTest, AllThatIsSaidOfAKey) {
  ServeSome();
  const auto keys = client_->GetKey(ById("site"));
  ASSERT_THAT(keys, IsOkAndHolds(SizeIs(1)));
  const v1::Key& key = keys->front();
  const PublicKey expected = PublicKeyOf(TestKeyKind::kP256, 1);
  EXPECT_EQ(key.id(), "site");
  EXPECT_EQ(key.label(), "");
  EXPECT_EQ(key.type(), v1::KEY_TYPE_ECDSA_P256);
  EXPECT_EQ(key.bits(), 256);
  EXPECT_EQ(key.spki(), expected.spki());
  EXPECT_EQ(key.spki_sha256(), expected.spki_sha256());
  EXPECT_THAT(key.usages(),
              ElementsAre(v1::USAGE_TLS13_SERVER, v1::USAGE_TLS12_SERVER));
  EXPECT_THAT(key.schemes(), ElementsAre(0x0403, 0x0503, 0x0603));
  EXPECT_THAT(key.server_names(), ElementsAre("*.example.org", "example.org"));
  EXPECT_THAT(key.certificate_chain(), SizeIs(1));
  EXPECT_GT(key.not_after().seconds(), absl::ToUnixSeconds(absl::Now()));
}

TEST_F(KeysContractTest, KeyWithoutCertificate) {
  ServeSome();
  const auto keys = client_->GetKey(ById("mail"));
  ASSERT_THAT(keys, IsOkAndHolds(SizeIs(1)));
  EXPECT_THAT(keys->front().certificate_chain(), IsEmpty());
  EXPECT_THAT(keys->front().server_names(), IsEmpty());
  EXPECT_FALSE(keys->front().has_not_after());
}

TEST_F(KeysContractTest, GetsByIdHashAndServerName) {
  ServeSome();
  const auto by_id = client_->GetKey(ById("www"));
  ASSERT_THAT(by_id, IsOk());
  EXPECT_THAT(NamesOf(*by_id), ElementsAre("www@", "www@ecdsa"));

  v1::KeySelector by_hash;
  by_hash.set_spki_sha256(
      std::string(PublicKeyOf(TestKeyKind::kEd25519).spki_sha256()));
  const auto by_hash_keys = client_->GetKey(by_hash);
  ASSERT_THAT(by_hash_keys, IsOk());
  EXPECT_THAT(NamesOf(*by_hash_keys), ElementsAre("mail@"));

  const auto by_wildcard = client_->GetKey(ByServerName("Other.Example.ORG"));
  ASSERT_THAT(by_wildcard, IsOk());
  EXPECT_THAT(NamesOf(*by_wildcard), ElementsAre("site@"));
}

TEST_F(KeysContractTest, ExactNamesComeBeforeWildcards) {
  ServeSome();
  const auto keys = client_->GetKey(ByServerName("www.example.org"));
  ASSERT_THAT(keys, IsOk());
  EXPECT_THAT(NamesOf(*keys), ElementsAre("www@", "www@ecdsa", "site@"));
}

TEST_F(KeysContractTest, NoKeyAndNotYoursAreTheSameAnswer) {
  ServeSome();
  ExpectNotFound(*client_, ById("none"));
  ExpectNotFound(*client_, ById("secret"));
  ExpectNotFound(*client_, ByServerName("secret.test"));
  ExpectNotFound(*client_, ByServerName("a.b.example.org"));
  v1::KeySelector by_hash;
  by_hash.set_spki_sha256(
      std::string(PublicKeyOf(TestKeyKind::kP256, 2).spki_sha256()));
  const absl::Status not_yours = client_->GetKey(by_hash).status();
  by_hash.set_spki_sha256(std::string(32, 'x'));
  const absl::Status none = client_->GetKey(by_hash).status();
  const auto text = [](const absl::Status& status) {
    return std::string(status.message().substr(status.message().rfind(": ")));
  };
  EXPECT_EQ(not_yours.code(), none.code());
  EXPECT_EQ(text(not_yours), text(none));
}

TEST_F(KeysContractTest, SelectorsThatAreNone) {
  ServeSome();
  ExpectInvalid(v1::KeySelector());
  v1::KeySelector selector;
  selector.set_spki_sha256("short");
  ExpectInvalid(selector);
  ExpectInvalid(ById(std::string(256, 'a')));
  ExpectInvalid(ByServerName(std::string(256, 'a')));
}

TEST_F(KeysContractTest, PolicyVersionChangesWithPolicyAndKeysOnly) {
  Serve({ContractKey("www", TestKeyKind::kP256)});
  const auto version = [this] {
    EXPECT_THAT(client_->ListKeys(), IsOk());
    return client_->policy_version();
  };
  const std::string first = version();
  EXPECT_THAT(first, SizeIs(16));
  EXPECT_EQ(version(), first);
  signer_->SetRules({});
  const std::string second = version();
  EXPECT_NE(second, first);
  signer_->SetKeys({ContractKey("www", TestKeyKind::kP256, 1)});
  EXPECT_NE(version(), second);
}

}  // namespace
}  // namespace keyhold
