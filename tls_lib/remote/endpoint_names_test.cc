// Endpoints whose host is a name.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tls_lib/remote/failover_fixture.h"

namespace keyhold {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

// A resolver that says what it is told.
class Names {
 public:
  void Set(absl::StatusOr<std::vector<std::string>> addresses) {
    absl::MutexLock lock(&mutex_);
    addresses_ = std::move(addresses);
  }
  NameLookup Lookup() {
    return [this](const std::string& host)
               -> absl::StatusOr<std::vector<std::string>> {
      absl::MutexLock lock(&mutex_);
      EXPECT_EQ(host, "signer.test");
      return addresses_;
    };
  }

 private:
  absl::Mutex mutex_;
  absl::StatusOr<std::vector<std::string>> addresses_ ABSL_GUARDED_BY(mutex_) =
      std::vector<std::string>{"127.0.0.1"};
};

class EndpointNamesTest : public testing::Test {
 protected:
  EndpointNamesTest() : signer_({Key()}) {
    const std::string endpoint = signer_.endpoint();
    name_ = absl::StrCat("signer.test", endpoint.substr(endpoint.rfind(':')));
    options_ = signer_.ClientOptions();
    options_.endpoints = {name_};
    options_.lookup_interval = absl::Seconds(1);
    options_.lookup = names_.Lookup();
  }
  static FakeKey Key() {
    FakeKey key;
    key.id = "www";
    key.pem = TestKeyPem(TestKeyKind::kP256);
    return key;
  }
  std::vector<std::string> States() const {
    std::vector<std::string> names;
    for (const auto& state : client_->endpoint_states()) {
      names.push_back(state.endpoint);
    }
    return names;
  }

  Names names_;
  FakeSigner signer_;
  std::string name_;
  SignerClientOptions options_;
  std::shared_ptr<SignerClient> client_;
};

TEST_F(EndpointNamesTest, EachAddressIsAnEndpointHeldToTheName) {
  // Nothing listens at the second.
  names_.Set(std::vector<std::string>{"127.0.0.1", "127.0.0.2"});
  client_ = *SignerClient::Create(options_);
  EXPECT_THAT(client_->Sign(FailoverRequest()), IsOk());
  EXPECT_THAT(States(),
              UnorderedElementsAre(absl::StrCat(name_, " (127.0.0.1)"),
                                   absl::StrCat(name_, " (127.0.0.2)")));
  options_.endpoints = {absl::StrCat(
      "other.test", signer_.endpoint().substr(signer_.endpoint().rfind(':')))};
  options_.lookup = [](const std::string&) {
    return std::vector<std::string>{"127.0.0.1"};
  };
  client_ = *SignerClient::Create(options_);
  EXPECT_THAT(client_->Sign(FailoverRequest(), absl::Now() + absl::Seconds(1)),
              StatusIs(absl::StatusCode::kUnavailable,
                       HasSubstr("Hostname Verification Check failed")));
}

TEST_F(EndpointNamesTest, ANameThatMovesIsFollowed) {
  names_.Set(std::vector<std::string>{"127.0.0.2"});
  client_ = *SignerClient::Create(options_);
  auto waiting = StartSignWith(*client_);
  names_.Set(std::vector<std::string>{"127.0.0.1"});
  EXPECT_THAT(waiting->Wait(), IsOk());
  EXPECT_THAT(States(), ElementsAre(absl::StrCat(name_, " (127.0.0.1)")));
}

TEST_F(EndpointNamesTest, ANameThatIsNotThereIsSaidAndLookedUpAgain) {
  names_.Set(absl::UnavailableError("cannot look up signer.test"));
  client_ = *SignerClient::Create(options_);
  EXPECT_THAT(
      client_->Sign(FailoverRequest(), absl::Now() + absl::Milliseconds(300)),
      StatusIs(absl::StatusCode::kUnavailable,
               HasSubstr("cannot look up signer.test")));
  EXPECT_THAT(client_->endpoint_states(),
              ElementsAre(AllOf(Field(&SignerEndpointStatus::endpoint, name_),
                                Field(&SignerEndpointStatus::last_error,
                                      HasSubstr("cannot look up")))));
  auto waiting = StartSignWith(*client_);
  names_.Set(std::vector<std::string>{"127.0.0.1"});
  EXPECT_THAT(waiting->Wait(), IsOk());
}

TEST_F(EndpointNamesTest, WhatIsKnownIsUsedOnWhenALookupFails) {
  client_ = *SignerClient::Create(options_);
  EXPECT_THAT(client_->Sign(FailoverRequest()), IsOk());
  names_.Set(absl::UnavailableError("the resolver is away"));
  while (client_->endpoint_states().size() < 2) {
    EXPECT_THAT(client_->Sign(FailoverRequest()), IsOk());
  }
  EXPECT_THAT(client_->Sign(FailoverRequest()), IsOk());
}

TEST_F(EndpointNamesTest, QueriesOfKeysWaitForTheName) {
  client_ = *SignerClient::Create(options_);
  signer::v1::KeySelector selector;
  selector.set_id("www");
  EXPECT_THAT(client_->GetKey(selector), IsOk());
}

}  // namespace
}  // namespace keyhold
