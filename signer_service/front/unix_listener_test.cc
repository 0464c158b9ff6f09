// Local callers are who the kernel says they are.
#include "signer_service/front/unix_listener.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "grpcpp/client_context.h"
#include "gtest/gtest.h"
#include "signer_service/front/testing/rpc_error.h"
#include "signer_service/front/testing/test_site.h"
#include "signer_service/front/testing/test_snapshot.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/base/unique_fd.h"

namespace keyhold {
namespace {

using signer::v1::SignRequest;
using signer::v1::SignResponse;
using testing::HasSubstr;

grpc::Status Sign(const std::shared_ptr<grpc::Channel>& channel) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() +
                       std::chrono::seconds(30));
  SignResponse response;
  return TestSite::Stub(channel)->Sign(
      &context, Tls13Request(TestSpkiSha256(TestKeyKind::kP256)), &response);
}

sockaddr_un AddressOf(const std::string& path) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  return address;
}

class UnixListenerTest : public testing::Test {
 protected:
  TestSite site_;
};

TEST_F(UnixListenerTest, SignsForThisUser) {
  site_.Start();
  EXPECT_EQ(site_.service().addresses().back(), "unix:" + site_.unix_path());
  EXPECT_EQ(CodeAndReason(Sign(site_.UnixChannel())), "OK");
}

TEST_F(UnixListenerTest, AnotherUsersRuleDoesNotHelp) {
  site_.WriteConfig(absl::StrCat("\n    - {identities: [\"uid:", getuid() + 1,
                                 "\"], keys: [p256]}\n"));
  site_.Start();
  EXPECT_EQ(CodeAndReason(Sign(site_.UnixChannel())),
            "NOT_FOUND/KEY_NOT_FOUND");
  site_.log().WaitFor(
      {"refused", absl::StrCat("\"identity\":\"uid:", getuid(), "\"")});
}

TEST_F(UnixListenerTest, PermissionsAreThoseConfigured) {
  site_.listen = "listen:\n  unix:\n    - {path: s.sock, mode: '0600'}\n";
  site_.WriteConfig();
  site_.Start();
  struct stat info;
  ASSERT_EQ(stat(site_.unix_path().c_str(), &info), 0);
  EXPECT_TRUE(S_ISSOCK(info.st_mode));
  EXPECT_EQ(info.st_mode & 0777, mode_t{0600});
}

TEST_F(UnixListenerTest, TheSocketIsGoneAfterTheEnd) {
  site_.Start();
  EXPECT_TRUE(std::filesystem::exists(site_.unix_path()));
  site_.Stop();
  EXPECT_FALSE(std::filesystem::exists(site_.unix_path()));
}

TEST_F(UnixListenerTest, AnOldSocketIsReplaced) {
  {
    const UniqueFd old(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const sockaddr_un address = AddressOf(site_.unix_path());
    ASSERT_EQ(bind(old.get(), reinterpret_cast<const sockaddr*>(&address),
                   sizeof(address)),
              0);
  }
  ASSERT_TRUE(std::filesystem::exists(site_.unix_path()));
  site_.Start();
  EXPECT_EQ(CodeAndReason(Sign(site_.UnixChannel())), "OK");
}

TEST_F(UnixListenerTest, AnotherFileAtThePathIsLeftAlone) {
  site_.WriteFile("s.sock", "text");
  EXPECT_THAT(site_.TryStart(),
              StatusIs(absl::StatusCode::kAlreadyExists,
                       site_.unix_path() + ": is not a socket; remove it or "
                                           "choose another path"));
  EXPECT_TRUE(std::filesystem::is_regular_file(site_.unix_path()));
}

TEST_F(UnixListenerTest, AServiceThatAnswersThereIsLeftAlone) {
  site_.Start();
  TestSite second;
  second.listen =
      absl::StrCat("listen:\n  unix:\n    - path: ", site_.unix_path(), "\n");
  second.WriteConfig();
  EXPECT_THAT(second.TryStart(),
              StatusIs(absl::StatusCode::kAlreadyExists,
                       HasSubstr("another service answers there")));
  EXPECT_EQ(CodeAndReason(Sign(site_.UnixChannel())), "OK");
}

TEST_F(UnixListenerTest, AServiceWhoseQueueIsFullIsLeftAlone) {
  const UniqueFd other(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_un address = AddressOf(site_.unix_path());
  const auto* const any = reinterpret_cast<const sockaddr*>(&address);
  ASSERT_EQ(bind(other.get(), any, sizeof(address)), 0);
  ASSERT_EQ(listen(other.get(), 0), 0);
  std::vector<UniqueFd> waiting;
  do {
    waiting.emplace_back(
        socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  } while (connect(waiting.back().get(), any, sizeof(address)) == 0);
  EXPECT_THAT(site_.TryStart(),
              StatusIs(absl::StatusCode::kAlreadyExists,
                       HasSubstr("another service answers there")));
}

TEST_F(UnixListenerTest, NoiseOnTheSocketHurtsNobody) {
  site_.Start();
  const UniqueFd noise(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_un address = AddressOf(site_.unix_path());
  ASSERT_EQ(connect(noise.get(), reinterpret_cast<const sockaddr*>(&address),
                    sizeof(address)),
            0);
  const std::string text(10000, 'x');
  (void)send(noise.get(), text.data(), text.size(), MSG_NOSIGNAL);
  EXPECT_EQ(CodeAndReason(Sign(site_.UnixChannel())), "OK");
}

}  // namespace
}  // namespace keyhold
