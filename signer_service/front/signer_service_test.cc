// The whole service in this process: start, health, reload.
#include "signer_service/front/signer_service.h"

#include <atomic>
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "grpcpp/client_context.h"
#include "grpcpp/generic/generic_stub.h"
#include "gtest/gtest.h"
#include "signer_service/audit/audit_settings.h"
#include "signer_service/front/audit_pause.h"
#include "signer_service/front/testing/rpc_error.h"
#include "signer_service/front/testing/test_site.h"
#include "signer_service/front/testing/test_snapshot.h"
#include "tls_lib/base/status_matchers.h"

namespace keyhold {
namespace {

using signer::v1::SignRequest;
using signer::v1::SignResponse;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::StartsWith;

std::chrono::system_clock::time_point Soon() {
  return std::chrono::system_clock::now() + std::chrono::seconds(30);
}

std::string Sign(const std::shared_ptr<grpc::Channel>& channel,
                 TestKeyKind kind = TestKeyKind::kP256, int index = 0) {
  grpc::ClientContext context;
  context.set_deadline(Soon());
  SignResponse response;
  SignRequest request = Tls13Request(TestSpkiSha256(kind, index));
  if (kind == TestKeyKind::kEd25519) request.set_scheme(0x0807);
  return CodeAndReason(
      TestSite::Stub(channel)->Sign(&context, request, &response));
}

// grpc.health.v1.Health/Check for `name`, whose messages are {1: string} and
// {1: enum}: the enum, or the error.
std::string Health(const std::shared_ptr<grpc::Channel>& channel,
                   const std::string& name) {
  std::string request;
  if (!name.empty()) {
    request = absl::StrCat(
        "\x0a", std::string(1, static_cast<char>(name.size())), name);
  }
  const grpc::Slice slice(request);
  const grpc::ByteBuffer bytes(&slice, 1);
  grpc::GenericStub stub(channel);
  grpc::ClientContext context;
  context.set_deadline(Soon());
  grpc::CompletionQueue queue;
  const auto call = stub.PrepareUnaryCall(
      &context, "/grpc.health.v1.Health/Check", bytes, &queue);
  call->StartCall();
  grpc::ByteBuffer response;
  grpc::Status status;
  call->Finish(&response, &status, nullptr);
  void* tag;
  bool ok;
  queue.Next(&tag, &ok);
  if (!status.ok()) {
    return absl::StrCat(CodeAndReason(status), ": ", status.error_message());
  }
  grpc::Slice answer;
  if (!response.DumpToSingleSlice(&answer).ok() || answer.size() != 2) {
    return "malformed";
  }
  switch (answer.begin()[1]) {
    case 1:
      return "SERVING";
    case 2:
      return "NOT_SERVING";
    default:
      return "other";
  }
}

class SignerServiceTest : public testing::Test {
 protected:
  TestSite site_;
};

TEST_F(SignerServiceTest, ReadyLineSaysWhereAndWhat) {
  site_.Start();
  EXPECT_THAT(
      site_.log().WaitFor({"\"event\":\"ready\""}),
      MatchesRegex(
          "\\{\"time\":\"[^\"]*\",\"level\":\"info\",\"event\":\"ready\","
          "\"listeners\":\\[\\{\"address\":\"127.0.0.1:[0-9]+\"\\},"
          "\\{\"address\":\"unix:/tmp/.*/s.sock\"\\}\\],\"keys\":3,"
          "\"policy_version\":\"[0-9a-f]{32}\"\\}"));
  EXPECT_THAT(
      site_.service().addresses(),
      ElementsAre(StartsWith("127.0.0.1:"), "unix:" + site_.unix_path()));
}

TEST_F(SignerServiceTest, HealthKnowsTwoNamesAndNoKeys) {
  site_.Start();
  for (const auto& channel : {site_.AppChannel(), site_.UnixChannel()}) {
    EXPECT_EQ(Health(channel, ""), "SERVING");
    EXPECT_EQ(Health(channel, "keyhold.signer.v1.Signer"), "SERVING");
    // A key that exists and one that does not.
    EXPECT_THAT(Health(channel, "p256"), StartsWith("NOT_FOUND"));
    EXPECT_EQ(Health(channel, "p256"), Health(channel, "none"));
  }
}

TEST_F(SignerServiceTest, HealthSaysNotServingWhilePaused) {
  site_.Start();
  const auto channel = site_.UnixChannel();
  EXPECT_EQ(Health(channel, ""), "SERVING");
  site_.service().SetPaused(true);
  // Also for who comes meanwhile.
  for (const auto& each : {channel, site_.AppChannel(), site_.UnixChannel()}) {
    EXPECT_EQ(Health(each, ""), "NOT_SERVING");
    EXPECT_EQ(Sign(each, TestKeyKind::kP256), "OK");
  }
  site_.service().SetPaused(false);
  EXPECT_EQ(Health(channel, ""), "SERVING");
}

TEST_F(SignerServiceTest, HealthFollowsTheAuditLog) {
  AuditPause pause(site_.log().log());
  AuditNotice notice;
  notice.log = kSignaturesLog;
  notice.kind = AuditNotice::Kind::kBlocked;
  notice.message = "no space left";
  // Before there is a service.
  pause.OnNotice(notice);
  site_.Start();
  pause.Attach(&site_.service());
  const auto channel = site_.UnixChannel();
  while (Health(channel, "") != "NOT_SERVING") {
  }
  EXPECT_THAT(site_.log().WaitFor({"\"event\":\"audit_blocked\""}),
              HasSubstr(R"("log":"signatures","message":"no space left")"));
  notice.kind = AuditNotice::Kind::kWritable;
  // Of the other log, which stops nothing.
  notice.log = kRefusalsLog;
  pause.OnNotice(notice);
  EXPECT_EQ(Health(channel, ""), "NOT_SERVING");
  notice.log = kSignaturesLog;
  pause.OnNotice(notice);
  while (Health(channel, "") != "SERVING") {
  }
  pause.Attach(nullptr);
}

TEST_F(SignerServiceTest, ReflectionIsOffUnlessAskedFor) {
  const auto list = [](const std::shared_ptr<grpc::Channel>& channel) {
    grpc::ClientContext context;
    context.set_deadline(Soon());
    grpc::GenericStub stub(channel);
    grpc::CompletionQueue queue;
    void* tag;
    bool ok;
    const auto call = stub.PrepareCall(
        &context,
        "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
        &queue);
    call->StartCall(nullptr);
    queue.Next(&tag, &ok);
    call->WritesDone(nullptr);
    queue.Next(&tag, &ok);
    grpc::Status status;
    call->Finish(&status, nullptr);
    queue.Next(&tag, &ok);
    return status.error_code();
  };
  site_.Start();
  EXPECT_EQ(list(site_.AppChannel()), grpc::StatusCode::UNIMPLEMENTED);
  EXPECT_EQ(list(site_.UnixChannel()), grpc::StatusCode::UNIMPLEMENTED);

  TestSite open;
  open.WriteConfig("\n    - {identities: ['*'], keys: [p256]}\n",
                   "reflection: true\n");
  open.Start();
  EXPECT_EQ(list(open.AppChannel()), grpc::StatusCode::OK);
  EXPECT_EQ(list(open.UnixChannel()), grpc::StatusCode::OK);
}

TEST_F(SignerServiceTest, StartsWithoutTheKeysThatAreAtFault) {
  site_.WriteFile("keys/bad.key", "no key");
  site_.Start();
  site_.log().WaitFor({"\"event\":\"key_error\"", "bad.key"});
  site_.log().WaitFor({"\"event\":\"keys_loaded\",\"keys\":3,\"kept\":0"});
  site_.log().WaitFor(
      {"\"event\":\"engine\",\"name\":\"openssl-p256-batch\",\"keys\":"});
  site_.log().WaitFor(
      {"\"event\":\"engine\",\"name\":\"sodium-ed25519\",\"keys\":1"});
  EXPECT_EQ(Sign(site_.AppChannel()), "OK");
}

TEST_F(SignerServiceTest, WarnsAboutOracles) {
  site_.Start();
  site_.log().WaitFor({"config_warning", "\\\"digest\\\" lets whoever holds"});
}

TEST_F(SignerServiceTest, AReloadTakesKeysAndPolicyOver) {
  site_.Start();
  const auto app = site_.AppChannel();
  EXPECT_EQ(Sign(app), "OK");
  EXPECT_EQ(Sign(app, TestKeyKind::kP256, 7), "NOT_FOUND/KEY_NOT_FOUND");
  site_.WriteKey("keys/new.key", TestKeyKind::kP256, 7);
  std::filesystem::remove(site_.Path("keys/p256.key"));
  site_.WriteConfig("\n    - {identities: ['*'], keys: [new]}\n");
  EXPECT_THAT(site_.service().Reload(), IsOk());
  EXPECT_EQ(Sign(app), "NOT_FOUND/KEY_NOT_FOUND");
  EXPECT_EQ(Sign(app, TestKeyKind::kP256, 7), "OK");
  EXPECT_EQ(Sign(app, TestKeyKind::kEd25519), "NOT_FOUND/KEY_NOT_FOUND");
  EXPECT_EQ(Sign(site_.UnixChannel(), TestKeyKind::kP256, 7), "OK");
  site_.log().WaitFor({"\"event\":\"reload\",\"keys\":3"});
}

TEST_F(SignerServiceTest, ABadConfigurationChangesNothing) {
  site_.Start();
  const auto app = site_.AppChannel();
  site_.WriteFile("signer.yaml", "listen: {tpc: []}\n");
  EXPECT_THAT(site_.service().Reload(),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr(":1:10: listen.tpc: unknown field")));
  site_.log().WaitFor(
      {"\"event\":\"reload_failed\"", "listen.tpc", "nothing was changed"});
  EXPECT_EQ(Sign(app), "OK");
}

TEST_F(SignerServiceTest, ABadKeyFileLeavesTheLastGoodKeyAndIsReportedOnce) {
  site_.Start();
  const auto app = site_.AppChannel();
  site_.WriteFile("keys/p256.key", "half a fi");
  EXPECT_THAT(site_.service().Reload(), IsOk());
  site_.log().WaitFor({"\"event\":\"keys_loaded\",\"keys\":3,\"kept\":1"});
  EXPECT_EQ(Sign(app), "OK");
  EXPECT_THAT(site_.service().Reload(), IsOk());
  EXPECT_EQ(Sign(app), "OK");
  EXPECT_EQ(site_.log().Lines("\"event\":\"key_error\"").size(), 1u);
}

TEST_F(SignerServiceTest, WhatOnlyARestartChangesIsWarnedAbout) {
  site_.Start();
  site_.WriteConfig("\n    - {identities: ['*'], keys: [p256]}\n",
                    "threads: 3\n");
  EXPECT_THAT(site_.service().Reload(), IsOk());
  site_.log().WaitFor({"\"event\":\"restart_needed\""});
}

TEST_F(SignerServiceTest, SignaturesGoOnThroughReloads) {
  site_.Start();
  std::atomic<bool> stop{false};
  std::vector<std::thread> clients;
  for (int i = 0; i < 4; ++i) {
    clients.emplace_back([&, i] {
      const auto channel =
          i % 2 == 0 ? site_.AppChannel() : site_.UnixChannel();
      while (!stop) EXPECT_EQ(Sign(channel), "OK");
    });
  }
  for (int i = 0; i < 20; ++i) {
    site_.WriteKey("keys/other.key", TestKeyKind::kP384, i % 2);
    EXPECT_THAT(site_.service().Reload(), IsOk());
  }
  stop = true;
  for (std::thread& client : clients) client.join();
}

TEST_F(SignerServiceTest, CheckReportsKeysThatWouldNotBeServed) {
  absl::StatusOr<SignerSettings> settings =
      SignerSettings::Load(site_.Path("signer.yaml"));
  ASSERT_THAT(settings, IsOk());
  EXPECT_THAT(CheckKeysAndFiles(*settings, site_.vault(), site_.log().log()),
              IsOk());
  site_.WriteFile("keys/bad.key", "no key");
  EXPECT_THAT(CheckKeysAndFiles(*settings, site_.vault(), site_.log().log()),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       "some keys would not be served; the log says which and "
                       "why"));
  site_.log().WaitFor({"\"event\":\"key_error\"", "bad.key"});
}

}  // namespace
}  // namespace keyhold
