#include "signer_service/front/key_queries.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "signer_service/front/testing/test_snapshot.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/core/error_reason.h"

namespace keyhold {
namespace {

using signer::v1::GetKeyRequest;
using signer::v1::GetKeyResponse;
using signer::v1::Key;
using signer::v1::ListKeysRequest;
using signer::v1::ListKeysResponse;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Optional;
using testing::SizeIs;

// Keys a, a@old, b and secret; uid 1 may know of all but the last.
class KeyQueriesTest : public testing::Test {
 protected:
  KeyQueriesTest() {
    std::vector<CatalogKey> keys;
    CatalogKey a = TestCatalogKey("a", TestKeyKind::kP256);
    a.dns_names = {"www.example.org", "*.example.net"};
    a.chain = {std::make_shared<const std::string>("leaf"),
               std::make_shared<const std::string>("issuer")};
    a.not_after = absl::FromUnixSeconds(1000);
    keys.push_back(a);
    CatalogKey old = TestCatalogKey("a", TestKeyKind::kRsa2048);
    old.label = "old";
    old.dns_names = {"www.example.org"};
    keys.push_back(old);
    keys.push_back(
        TestCatalogKey("b", TestKeyKind::kEd25519, RoleSet::ClientOnly()));
    CatalogKey secret = TestCatalogKey("secret", TestKeyKind::kP384);
    secret.dns_names = {"secret.example.org"};
    keys.push_back(secret);
    std::vector<PolicyRule> rules = {TestRule({"uid:1"}, {"a", "b"}),
                                     TestRule({"uid:2"}, {"*"})};
    rules[1].schemes = SchemeSet();
    rules[1].schemes.Insert(SignatureScheme::kRsaPssRsaeSha256);
    snapshot_ = TestSnapshot(std::move(keys), std::move(rules));
  }

  // As a vault would answer.
  static std::string EngineName(KeyType type) {
    return type == KeyType::kEcdsaP256 ? "fast" : "openssl";
  }
  static absl::StatusOr<ListKeysResponse> ListKeys(
      const CallerView& caller, const ListKeysRequest& request) {
    return keyhold::ListKeys(caller, request, EngineName);
  }
  static absl::StatusOr<GetKeyResponse> GetKey(const CallerView& caller,
                                               const GetKeyRequest& request) {
    return keyhold::GetKey(caller, request, EngineName);
  }

  CallerView Caller(uid_t uid) const {
    return CallerView(snapshot_, Identity::FromUid(uid));
  }

  std::shared_ptr<const ServingSnapshot> snapshot_;
};

std::vector<std::string> Names(
    const google::protobuf::RepeatedPtrField<Key>& keys) {
  std::vector<std::string> names;
  for (const Key& key : keys) names.push_back(key.id() + "@" + key.label());
  return names;
}

TEST_F(KeyQueriesTest, ListsWhatTheCallerMayKnowOf) {
  const absl::StatusOr<ListKeysResponse> list =
      ListKeys(Caller(1), ListKeysRequest());
  ASSERT_THAT(list, IsOk());
  EXPECT_THAT(Names(list->keys()), ElementsAre("a@", "a@old", "b@"));
  EXPECT_EQ(list->policy_version(), snapshot_->policy_version());
  EXPECT_EQ(list->next_page_token(), "");
  EXPECT_THAT(ListKeys(Caller(3), ListKeysRequest())->keys(), IsEmpty());
}

TEST_F(KeyQueriesTest, DescribesAKeyAsTheCallerMayUseIt) {
  GetKeyRequest request;
  request.mutable_selector()->set_spki_sha256(
      TestSpkiSha256(TestKeyKind::kP256));
  const auto response = GetKey(Caller(1), request);
  ASSERT_THAT(response, IsOk());
  ASSERT_THAT(response->keys(), SizeIs(1));
  const Key& key = response->keys(0);
  EXPECT_EQ(key.id(), "a");
  EXPECT_EQ(key.type(), signer::v1::KEY_TYPE_ECDSA_P256);
  EXPECT_EQ(key.bits(), 256u);
  EXPECT_EQ(key.spki(), TestKeySpki(TestKeyKind::kP256));
  EXPECT_EQ(key.spki_sha256(), TestSpkiSha256(TestKeyKind::kP256));
  EXPECT_THAT(key.usages(), ElementsAre(signer::v1::USAGE_TLS13_SERVER,
                                        signer::v1::USAGE_TLS12_SERVER));
  EXPECT_THAT(key.schemes(), ElementsAre(0x0403, 0x0503, 0x0603));
  EXPECT_THAT(key.server_names(),
              ElementsAre("www.example.org", "*.example.net"));
  EXPECT_THAT(key.certificate_chain(), ElementsAre("leaf", "issuer"));
  EXPECT_EQ(key.not_after().seconds(), 1000);
  EXPECT_EQ(key.engine(), "fast");
}

TEST_F(KeyQueriesTest, SchemesAreThoseOfTheCallersRules) {
  GetKeyRequest request;
  request.mutable_selector()->set_id("a");
  const auto response = GetKey(Caller(2), request);
  ASSERT_THAT(response, IsOk());
  ASSERT_THAT(response->keys(), SizeIs(2));
  EXPECT_THAT(response->keys(0).schemes(), IsEmpty());
  EXPECT_THAT(response->keys(1).schemes(), ElementsAre(0x0804));
}

TEST_F(KeyQueriesTest, AnAnswerThatIsTooLargeIsToBeListedInPages) {
  std::vector<CatalogKey> keys;
  for (int i = 0; i < 3; ++i) {
    CatalogKey key =
        TestCatalogKey("a", TestKeyKind::kP256, RoleSet::ServerOnly(), i);
    key.label = std::to_string(i);
    key.chain = {std::make_shared<const std::string>(400'000, 'c')};
    keys.push_back(std::move(key));
  }
  const CallerView caller(
      TestSnapshot(std::move(keys), {TestRule({"*"}, {"*"})}),
      Identity::FromUid(1));
  GetKeyRequest request;
  request.mutable_selector()->set_id("a");
  const absl::Status status = GetKey(caller, request).status();
  EXPECT_THAT(
      status,
      StatusIs(absl::StatusCode::kResourceExhausted,
               "the keys that the selector names take more than 1048576 bytes "
               "with their chains; ListKeys gives them in pages"));
  EXPECT_EQ(GetReason(status), ErrorReason::kFrameTooLarge);
}

TEST_F(KeyQueriesTest, FindsByServerNameExactFirst) {
  GetKeyRequest request;
  request.mutable_selector()->set_server_name("WWW.example.org");
  EXPECT_THAT(Names(GetKey(Caller(1), request)->keys()),
              ElementsAre("a@", "a@old"));
  request.mutable_selector()->set_server_name("any.example.net");
  EXPECT_THAT(Names(GetKey(Caller(1), request)->keys()), ElementsAre("a@"));
}

TEST_F(KeyQueriesTest, NoneAndNotYoursCostTheSame) {
  const auto work = [&](auto set) {
    ListKeysRequest list;
    set(*list.mutable_selector());
    GetKeyRequest get;
    set(*get.mutable_selector());
    const uint64_t before = PolicyWorkOfThisThread();
    EXPECT_THAT(ListKeys(Caller(1), list)->keys(), IsEmpty());
    EXPECT_FALSE(GetKey(Caller(1), get).ok());
    return PolicyWorkOfThisThread() - before;
  };
  EXPECT_EQ(work([](auto& selector) { selector.set_id("secret"); }),
            work([](auto& selector) { selector.set_id("none"); }));
  EXPECT_EQ(work([](auto& selector) {
              selector.set_spki_sha256(TestSpkiSha256(TestKeyKind::kP384));
            }),
            work([](auto& selector) {
              selector.set_spki_sha256(std::string(32, 'x'));
            }));
}

TEST_F(KeyQueriesTest, AListCostsNothingForKeysOfOthers) {
  // The work for a list, if so many keys are others'.
  const auto work = [](int others) {
    std::vector<CatalogKey> keys = {
        TestCatalogKey("b", TestKeyKind::kEd25519),
        TestCatalogKey("site-1", TestKeyKind::kP384),
        TestCatalogKey("site-2", TestKeyKind::kP521)};
    for (int i = 0; i < others; ++i) {
      keys.push_back(TestCatalogKey(absl::StrCat("other-", i),
                                    TestKeyKind::kP256, RoleSet::ServerOnly(),
                                    i));
    }
    const CallerView caller(
        TestSnapshot(std::move(keys),
                     {TestRule({"uid:1"}, {"site-*", "b", "site-1", "gone"}),
                      TestRule({"uid:2"}, {"*"})}),
        Identity::FromUid(1));
    const uint64_t before = PolicyWorkOfThisThread();
    EXPECT_THAT(Names(ListKeys(caller, ListKeysRequest())->keys()),
                ElementsAre("b@", "site-1@", "site-2@"));
    return PolicyWorkOfThisThread() - before;
  };
  EXPECT_EQ(work(0), work(5));
}

TEST_F(KeyQueriesTest, NoneAndNotYoursAreTheSame) {
  const auto get = [&](uid_t uid, auto set) {
    GetKeyRequest request;
    set(*request.mutable_selector());
    return GetKey(Caller(uid), request).status();
  };
  for (const absl::Status& status :
       {get(1, [](auto& s) { s.set_id("secret"); }),
        get(1, [](auto& s) { s.set_id("none"); }),
        get(1, [](auto& s) { s.set_server_name("secret.example.org"); }),
        get(1, [](auto& s) { s.set_server_name("none.example.org"); }),
        get(1,
            [](auto& s) {
              s.set_spki_sha256(TestSpkiSha256(TestKeyKind::kP384));
            }),
        get(1, [](auto& s) { s.set_spki_sha256(std::string(32, 'x')); }),
        get(3, [](auto& s) { s.set_id("a"); })}) {
    EXPECT_EQ(status, KeyNotFoundError());
  }
}

TEST_F(KeyQueriesTest, ListsBySelector) {
  ListKeysRequest request;
  request.mutable_selector()->set_id("a");
  EXPECT_THAT(Names(ListKeys(Caller(1), request)->keys()),
              ElementsAre("a@", "a@old"));
  request.mutable_selector()->set_id("secret");
  EXPECT_THAT(ListKeys(Caller(1), request)->keys(), IsEmpty());
}

TEST_F(KeyQueriesTest, ChainsOnlyWhenAskedFor) {
  ListKeysRequest request;
  EXPECT_THAT(ListKeys(Caller(1), request)->keys(0).certificate_chain(),
              IsEmpty());
  request.set_include_chains(true);
  EXPECT_THAT(ListKeys(Caller(1), request)->keys(0).certificate_chain(),
              SizeIs(2));
}

TEST_F(KeyQueriesTest, PagesHoldEachKeyOnce) {
  ListKeysRequest request;
  request.set_page_size(1);
  std::vector<std::string> names;
  do {
    const auto page = ListKeys(Caller(1), request);
    ASSERT_THAT(page, IsOk());
    ASSERT_THAT(page->keys(), SizeIs(1));
    names.push_back(Names(page->keys())[0]);
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  EXPECT_THAT(names, ElementsAre("a@", "a@old", "b@"));
}

TEST_F(KeyQueriesTest, PagesOfASelector) {
  ListKeysRequest request;
  request.set_page_size(1);
  request.mutable_selector()->set_server_name("www.example.org");
  const auto first = ListKeys(Caller(1), request);
  ASSERT_THAT(first, IsOk());
  EXPECT_THAT(Names(first->keys()), ElementsAre("a@"));
  request.set_page_token(first->next_page_token());
  const auto second = ListKeys(Caller(1), request);
  ASSERT_THAT(second, IsOk());
  EXPECT_THAT(Names(second->keys()), ElementsAre("a@old"));
  EXPECT_EQ(second->next_page_token(), "");
}

TEST_F(KeyQueriesTest, APageOfLongChainsIsCutByBytes) {
  std::vector<CatalogKey> keys;
  for (int i = 0; i < 20; ++i) {
    keys.push_back(TestCatalogKey(absl::StrCat("k", i), TestKeyKind::kP256,
                                  RoleSet::ServerOnly(), 200 + i));
    keys.back().chain = {
        std::make_shared<const std::string>(std::string(100000, 'c'))};
  }
  const CallerView caller(
      TestSnapshot(std::move(keys), {TestRule({"*"}, {"*"})}),
      Identity::FromUid(1));
  ListKeysRequest request;
  request.set_include_chains(true);
  size_t count = 0;
  int pages = 0;
  do {
    const auto page = ListKeys(caller, request);
    ASSERT_THAT(page, IsOk());
    EXPECT_LT(page->ByteSizeLong(), size_t{4} << 20);
    count += static_cast<size_t>(page->keys_size());
    ++pages;
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  EXPECT_EQ(count, 20u);
  EXPECT_EQ(pages, 2);
}

TEST_F(KeyQueriesTest, RefusesMalformedRequests) {
  ListKeysRequest request;
  request.set_page_size(1001);
  const absl::Status too_many = ListKeys(Caller(1), request).status();
  EXPECT_THAT(too_many, StatusIs(absl::StatusCode::kInvalidArgument,
                                 "page_size: expected at most 1000, got 1001"));
  EXPECT_THAT(GetReason(too_many), Optional(ErrorReason::kInvalidRequest));
  request.Clear();
  for (const char* token : {"x", "!", "YWJj"}) {
    request.set_page_token(token);
    EXPECT_THAT(ListKeys(Caller(1), request),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         HasSubstr("page_token: expected the next_page_token "
                                   "of an earlier answer")))
        << token;
  }
  request.Clear();
  request.mutable_selector();
  EXPECT_THAT(ListKeys(Caller(1), request),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("selector: required")));
  EXPECT_THAT(GetKey(Caller(1), GetKeyRequest()),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("selector: required")));
}

}  // namespace
}  // namespace keyhold
