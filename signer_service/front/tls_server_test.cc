// Who gets in over TCP, and as whom.
#include "signer_service/front/tls_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "grpcpp/client_context.h"
#include "grpcpp/create_channel.h"
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

constexpr char kAppRule[] = R"(
    - identities: ["spiffe://example.org/app", "dns:*.mesh.test", "cn:tool"]
      keys: [p256]
)";

class TlsServerTest : public testing::Test {
 protected:
  TlsServerTest() { site_.WriteConfig(kAppRule); }

  static void SetDeadline(grpc::ClientContext& context) {
    context.set_deadline(std::chrono::system_clock::now() +
                         std::chrono::seconds(30));
  }
  grpc::Status Sign(const std::shared_ptr<grpc::Channel>& channel,
                    SignResponse* response = nullptr) {
    grpc::ClientContext context;
    SetDeadline(context);
    SignResponse ignored;
    return TestSite::Stub(channel)->Sign(
        &context, Tls13Request(TestSpkiSha256(TestKeyKind::kP256)),
        response == nullptr ? &ignored : response);
  }

  TestSite site_;
};

TEST_F(TlsServerTest, SignsForAKnownCaller) {
  site_.Start();
  SignResponse response;
  EXPECT_EQ(CodeAndReason(Sign(site_.AppChannel(), &response)), "OK");
  EXPECT_EQ(response.scheme(), 0x0403u);
  EXPECT_FALSE(response.signature().empty());
  EXPECT_EQ(response.policy_version().size(), 16u);
}

TEST_F(TlsServerTest, EveryKindOfNameIsAnIdentity) {
  site_.Start();
  TestCertOptions dns;
  dns.common_name = "";
  dns.dns_names = {"a.Mesh.test"};
  EXPECT_EQ(CodeAndReason(Sign(site_.TcpChannel(dns))), "OK");
  TestCertOptions tool;
  tool.common_name = "tool";
  EXPECT_EQ(CodeAndReason(Sign(site_.TcpChannel(tool))), "OK");

  TestCertOptions stranger = tool;
  stranger.common_name = "stranger";
  EXPECT_EQ(CodeAndReason(Sign(site_.TcpChannel(stranger))),
            "NOT_FOUND/KEY_NOT_FOUND");
  site_.log().WaitFor({"refused", "\"identity\":\"cn:stranger\""});
}

TEST_F(TlsServerTest, ACertificateWithTwoUrisHasNoSpiffeId) {
  site_.Start();
  TestCertOptions two = SpiffeNames("spiffe://example.org/app");
  two.uris.push_back("spiffe://example.org/other");
  EXPECT_EQ(CodeAndReason(Sign(site_.TcpChannel(two))),
            "UNAUTHENTICATED/NO_CLIENT_IDENTITY");
}

TEST_F(TlsServerTest, ACertificateWithoutNamesIsNobody) {
  site_.Start();
  TestCertOptions none;
  none.common_name = "";
  EXPECT_EQ(CodeAndReason(Sign(site_.TcpChannel(none))),
            "UNAUTHENTICATED/NO_CLIENT_IDENTITY");
  // Streams likewise, at once.
  grpc::ClientContext context;
  SetDeadline(context);
  const auto stub = TestSite::Stub(site_.TcpChannel(none));
  const auto stream = stub->SignStream(&context);
  signer::v1::SignBatchResponse frame;
  EXPECT_FALSE(stream->Read(&frame));
  EXPECT_EQ(CodeAndReason(stream->Finish()),
            "UNAUTHENTICATED/NO_CLIENT_IDENTITY");
}

TEST_F(TlsServerTest, ClientsOfAnotherCaDoNotGetIn) {
  site_.Start();
  const TestCa other("Transport CA", TestKeyKind::kP256, 77);
  grpc::SslCredentialsOptions tls;
  tls.pem_root_certs = site_.ca().cert_pem();
  tls.pem_private_key = TestKeyPem(TestKeyKind::kP256, 51);
  tls.pem_cert_chain =
      other.Issue(tls.pem_private_key, SpiffeNames("spiffe://example.org/app"));
  EXPECT_EQ(
      Sign(grpc::CreateChannel(site_.tcp_target(), grpc::SslCredentials(tls)))
          .error_code(),
      grpc::StatusCode::UNAVAILABLE);
}

TEST_F(TlsServerTest, ClientsWithAnExpiredCertificateDoNotGetIn) {
  site_.Start();
  EXPECT_EQ(
      Sign(site_.TcpChannel(Expired(SpiffeNames("spiffe://example.org/app"))))
          .error_code(),
      grpc::StatusCode::UNAVAILABLE);
}

TEST_F(TlsServerTest, ClientsWithoutACertificateDoNotGetIn) {
  site_.Start();
  grpc::SslCredentialsOptions tls;
  tls.pem_root_certs = site_.ca().cert_pem();
  EXPECT_EQ(
      Sign(grpc::CreateChannel(site_.tcp_target(), grpc::SslCredentials(tls)))
          .error_code(),
      grpc::StatusCode::UNAVAILABLE);
}

// What the port answers to `text` until it hangs up.
std::string AnswerTo(const std::string& target, absl::string_view text) {
  int port = 0;
  EXPECT_TRUE(absl::SimpleAtoi(target.substr(target.rfind(':') + 1), &port));
  const UniqueFd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(
      connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)),
      0);
  EXPECT_EQ(send(fd.get(), text.data(), text.size(), MSG_NOSIGNAL),
            static_cast<ssize_t>(text.size()));
  std::string answer;
  char buffer[1024];
  ssize_t count;
  while ((count = recv(fd.get(), buffer, sizeof(buffer), 0)) > 0) {
    answer.append(buffer, static_cast<size_t>(count));
  }
  return answer;
}

TEST_F(TlsServerTest, PlaintextGetsAnAlertAtMostAndTheServiceGoesOn) {
  site_.Start();
  // HTTP/1, HTTP/2 in the clear, and noise.
  for (const std::string& text :
       {std::string("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        std::string("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0", 33),
        std::string(1000, '\0')}) {
    EXPECT_LE(AnswerTo(site_.tcp_target(), text).size(), 7u);
  }
  EXPECT_EQ(Sign(grpc::CreateChannel(site_.tcp_target(),
                                     grpc::InsecureChannelCredentials()))
                .error_code(),
            grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(CodeAndReason(Sign(site_.AppChannel())), "OK");
}

TEST_F(TlsServerTest, ANewCertificateIsTakenOverByItself) {
  site_.Start();
  EXPECT_EQ(CodeAndReason(Sign(site_.AppChannel())), "OK");
  TestCertOptions renamed;
  renamed.dns_names = {"renamed.test"};
  site_.WriteTransportCertificate(renamed, 52);
  // New connections see it within the second of the refresh: clients that
  // expect localhost are turned away then.
  grpc::Status status;
  do {
    status = Sign(site_.AppChannel());
  } while (status.ok());
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(TlsServerTest, ManyCallersAtOnceKeepTheirIdentities) {
  site_.Start();
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([this, i] {
      const bool allowed = i % 2 == 0;
      const auto channel = site_.TcpChannel(SpiffeNames(
          allowed ? "spiffe://example.org/app" : "spiffe://example.org/no"));
      for (int j = 0; j < 50; ++j) {
        EXPECT_EQ(CodeAndReason(Sign(channel)),
                  allowed ? "OK" : "NOT_FOUND/KEY_NOT_FOUND");
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST_F(TlsServerTest, RefusalsCarryTheSameDetailsOnEveryCall) {
  site_.Start();
  const auto stub = TestSite::Stub(site_.AppChannel());
  const auto ask = [&](const std::string& spki) {
    std::vector<RpcError> errors;
    {
      grpc::ClientContext context;
      SetDeadline(context);
      SignResponse response;
      errors.push_back(
          ReadError(stub->Sign(&context, Tls13Request(spki), &response)));
    }
    {
      grpc::ClientContext context;
      SetDeadline(context);
      signer::v1::GetKeyRequest request;
      request.mutable_selector()->set_spki_sha256(spki);
      signer::v1::GetKeyResponse response;
      errors.push_back(ReadError(stub->GetKey(&context, request, &response)));
    }
    {
      grpc::ClientContext context;
      SetDeadline(context);
      signer::v1::ChooseSchemeRequest request;
      request.set_spki_sha256(spki);
      request.set_role(signer::v1::ROLE_SERVER);
      request.set_tls_version(signer::v1::TLS_VERSION_1_3);
      request.add_offered(0x0403);
      signer::v1::ChooseSchemeResponse response;
      errors.push_back(
          ReadError(stub->ChooseScheme(&context, request, &response)));
    }
    return errors;
  };
  const std::vector<RpcError> not_yours =
      ask(TestSpkiSha256(TestKeyKind::kP384));
  const std::vector<RpcError> none = ask(std::string(32, 'x'));
  EXPECT_EQ(not_yours, none);
  for (const RpcError& error : none) {
    EXPECT_EQ(error.code, grpc::StatusCode::NOT_FOUND);
    EXPECT_EQ(error.message,
              "no such key, or none that the caller may know of");
    EXPECT_EQ(error.domain, "keyhold");
    EXPECT_EQ(error.reason, "KEY_NOT_FOUND");
    EXPECT_EQ(error.policy_version.size(), 32u);
  }
}

TEST_F(TlsServerTest, AnExpiredOwnCertificateIsAClearErrorAtStart) {
  TestCertOptions names;
  names.dns_names = {"localhost"};
  site_.WriteTransportCertificate(Expired(names));
  EXPECT_THAT(site_.TryStart(),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("the service's own certificate expired at")));
}

TEST_F(TlsServerTest, AnAddressInUseIsNamed) {
  site_.Start();
  const std::string address = site_.service().addresses()[0];
  TestSite second;
  second.listen = absl::StrCat("listen:\n  tcp:\n    - address: ", address,
                               "\n      certificate_file: transport.crt\n"
                               "      private_key_file: transport.key\n"
                               "      client_ca_file: ca.crt\n");
  second.WriteConfig();
  EXPECT_THAT(second.TryStart(),
              StatusIs(absl::StatusCode::kUnavailable,
                       absl::StrCat("cannot listen on ", address,
                                    ": Address already in use")));
}

TEST_F(TlsServerTest, AnOversizeMessageIsRefusedWithTheReason) {
  site_.WriteConfig(R"(
    - identities: ["spiffe://example.org/app"]
      keys: [p256]
      usages: [message]
)");
  site_.Start();
  SignRequest request = Tls13Request(TestSpkiSha256(TestKeyKind::kP256));
  request.set_message(std::string(1 << 20, 'm'));
  grpc::ClientContext context;
  SetDeadline(context);
  SignResponse response;
  const grpc::Status status =
      TestSite::Stub(site_.AppChannel())->Sign(&context, request, &response);
  EXPECT_EQ(CodeAndReason(status), "RESOURCE_EXHAUSTED/FRAME_TOO_LARGE");
  EXPECT_EQ(status.error_message(),
            "message: at most 65536 bytes are accepted, got 1048576");
}

}  // namespace
}  // namespace keyhold
