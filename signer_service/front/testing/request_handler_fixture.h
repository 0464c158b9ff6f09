// A handler on a real vault, without a network, for its tests.
#ifndef KEYHOLD_SIGNER_SERVICE_FRONT_TESTING_REQUEST_HANDLER_FIXTURE_H_
#define KEYHOLD_SIGNER_SERVICE_FRONT_TESTING_REQUEST_HANDLER_FIXTURE_H_

#include <sys/mman.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/blocking_counter.h"
#include "absl/time/clock.h"
#include "daemon/log_capture.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "signer_service/front/request_handler.h"
#include "signer_service/front/request_limiter.h"
#include "signer_service/front/testing/test_snapshot.h"
#include "signer_service/vault/in_process_vault.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/base/unique_fd.h"

namespace keyhold {

// Key p256 in catalog and vault; key gone in the catalog only. uid 1 may use
// both in TLS and for messages.
class RequestHandlerFixture : public testing::Test {
 protected:
  static UniqueFd FileWith(absl::string_view text) {
    UniqueFd fd(memfd_create("key", MFD_CLOEXEC));
    EXPECT_EQ(write(fd.get(), text.data(), text.size()),
              static_cast<ssize_t>(text.size()));
    lseek(fd.get(), 0, SEEK_SET);
    return fd;
  }

  static UsageSet AllUsages() {
    UsageSet usages;
    for (int i = signer::v1::Usage_MIN; i <= signer::v1::Usage_MAX; ++i) {
      usages.Insert(static_cast<signer::v1::Usage>(i));
    }
    return usages;
  }

  RequestHandlerFixture()
      : state_(MakeSnapshot()),
        handler_(vault_, state_, Limits(), limiter_, log_.log()) {
    KeyFile file;
    file.id = "p256";
    file.path = "p256.key";
    file.fd = FileWith(TestKeyPem(TestKeyKind::kP256));
    file.usage_ceiling = AllUsages();
    std::vector<KeyFile> files;
    files.push_back(std::move(file));
    EXPECT_THAT(vault_.ReplaceKeys(std::move(files))[0].status, IsOk());
  }

  static std::shared_ptr<const ServingSnapshot> MakeSnapshot() {
    PolicyRule rule = TestRule({"uid:1"}, {"*"});
    rule.usages = RoleSet::ServerOnly().TlsForms();
    rule.usages->Insert(signer::v1::USAGE_MESSAGE);
    return TestSnapshot(
        {TestCatalogKey("p256", TestKeyKind::kP256),
         TestCatalogKey("gone", TestKeyKind::kP256, RoleSet::ServerOnly(), 1)},
        {std::move(rule)});
  }

  static RequestLimits Limits() {
    RequestLimits limits;
    limits.max_message_bytes = 100;
    limits.max_time = absl::Seconds(5);
    return limits;
  }

  std::shared_ptr<const CallerView> Caller(uid_t uid) {
    return std::make_shared<CallerView>(state_.Get(), Identity::FromUid(uid));
  }

  static signer::v1::SignRequest GoodRequest() {
    signer::v1::SignRequest request;
    request.set_id(7);
    request.set_spki_sha256(TestSpkiSha256(TestKeyKind::kP256));
    request.set_scheme(0x0403);
    request.mutable_tls13_certificate_verify()->set_role(
        signer::v1::ROLE_SERVER);
    request.mutable_tls13_certificate_verify()->set_transcript_hash(
        std::string(32, 'h'));
    return request;
  }

  SignCall Call(signer::v1::SignRequest request, uid_t uid = 1) {
    SignCall call;
    call.request = std::move(request);
    call.caller = Caller(uid);
    call.received = absl::Now();
    return call;
  }

  // Signs and waits: the answers in the calls' order.
  std::vector<absl::StatusOr<signer::v1::SignResponse>> Sign(
      std::vector<SignCall> calls) {
    std::vector<absl::StatusOr<signer::v1::SignResponse>> results(calls.size());
    absl::BlockingCounter unanswered(static_cast<int>(calls.size()));
    handler_.Sign(std::move(calls), [&](std::vector<SignAnswer> answers) {
      for (SignAnswer& answer : answers) {
        results[answer.call] = std::move(answer.response);
        unanswered.DecrementCount();
      }
    });
    unanswered.Wait();
    return results;
  }
  absl::StatusOr<signer::v1::SignResponse> SignOne(SignCall call) {
    std::vector<SignCall> calls;
    calls.push_back(std::move(call));
    return Sign(std::move(calls))[0];
  }

  LogCapture log_;
  InProcessVault vault_;
  ServingState state_;
  RequestLimiter limiter_;
  RequestHandler handler_;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_FRONT_TESTING_REQUEST_HANDLER_FIXTURE_H_
