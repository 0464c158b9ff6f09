// Several fake signers with the same key, and a client of all of them.
#ifndef KEYHOLD_TLS_LIB_REMOTE_FAILOVER_FIXTURE_H_
#define KEYHOLD_TLS_LIB_REMOTE_FAILOVER_FIXTURE_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "keyhold/signer/v1/sign.pb.h"
#include "tests/fakes/fake_signer.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/core/public_key.h"
#include "tls_lib/core/signature_scheme.h"
#include "tls_lib/local/test_keys.h"
#include "tls_lib/remote/signer_client.h"

namespace keyhold {

// A signature that was started.
struct StartedSign {
  absl::Status Wait() {
    done.WaitForNotification();
    return answer.status();
  }
  absl::StatusOr<signer::v1::SignResponse> answer = absl::UnknownError("");
  absl::Notification done;
  std::unique_ptr<Pending> pending;
};

inline signer::v1::SignRequest FailoverRequest() {
  static const PublicKey key =
      *PublicKey::FromSpki(TestKeySpki(TestKeyKind::kP256));
  signer::v1::SignRequest request;
  request.set_spki_sha256(std::string(key.spki_sha256()));
  request.set_scheme(
      static_cast<uint32_t>(SignatureScheme::kEcdsaSecp256r1Sha256));
  auto& input = *request.mutable_tls13_certificate_verify();
  input.set_role(signer::v1::ROLE_SERVER);
  input.set_transcript_hash(std::string(32, 'h'));
  return request;
}

inline std::unique_ptr<StartedSign> StartSignWith(
    SignerClient& client,
    absl::Time deadline = absl::Now() + absl::Seconds(60)) {
  auto started = std::make_unique<StartedSign>();
  started->pending = client.StartSign(
      FailoverRequest(), deadline,
      [raw = started.get()](absl::StatusOr<signer::v1::SignResponse> answer) {
        raw->answer = std::move(answer);
        raw->done.Notify();
      });
  return started;
}

class FailoverTest : public testing::Test {
 protected:
  // UNIX sockets: so they need not share a CA.
  FailoverTest() {
    for (int i = 0; i < 3; ++i) {
      FakeKey key;
      key.id = "www";
      key.pem = TestKeyPem(TestKeyKind::kP256);
      signers_.push_back(std::make_unique<FakeSigner>(
          std::vector<FakeKey>{key}, std::vector<FakeRule>{},
          FakeSigner::Listen::kUnix));
    }
  }
  ~FailoverTest() override {
    for (auto& signer : signers_) signer->faults().ReleaseSigns();
  }

  // A client of the first `count`.
  SignerClientOptions OptionsFor(size_t count) {
    SignerClientOptions options = signers_[0]->ClientOptions();
    options.endpoints.clear();
    for (size_t i = 0; i < count; ++i) {
      options.endpoints.push_back(signers_[i]->endpoint());
    }
    return options;
  }
  std::shared_ptr<SignerClient> Connect(size_t count) {
    return Connect(OptionsFor(count));
  }
  // Connected to all: a signature has come from each.
  std::shared_ptr<SignerClient> Connect(const SignerClientOptions& options) {
    auto client = SignerClient::Create(options);
    EXPECT_THAT(client, IsOk());
    for (size_t i = 0; i < options.endpoints.size(); ++i) {
      const int before = Signs(i);
      while (Signs(i) == before) {
        EXPECT_THAT((*client)->Sign(FailoverRequest()), IsOk());
      }
    }
    return *std::move(client);
  }
  int Signs(size_t signer) const {
    return signers_[signer]->Calls(FakeRpc::kSign);
  }
  // Starts signatures until so many wait at `signer`, whose signs are held.
  std::vector<std::unique_ptr<StartedSign>> FillUntilHeld(SignerClient& client,
                                                          size_t signer,
                                                          absl::Time deadline) {
    std::vector<std::unique_ptr<StartedSign>> started;
    const int before = Signs(signer);
    while (Signs(signer) == before) {
      started.push_back(StartSignWith(client, deadline));
      // What went to another is answered; what went to this one stays.
      started.back()->done.WaitForNotificationWithTimeout(
          absl::Milliseconds(20));
    }
    return started;
  }
  static SignerEndpointStatus StateOf(const SignerClient& client,
                                      const FakeSigner& signer) {
    for (SignerEndpointStatus& state : client.endpoint_states()) {
      if (state.endpoint == signer.endpoint()) return state;
    }
    return {};
  }

  std::vector<std::unique_ptr<FakeSigner>> signers_;
};

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_REMOTE_FAILOVER_FIXTURE_H_
