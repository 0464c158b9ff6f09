// By default a key for TLS signs handshakes of its role and nothing else:
// through every call, on both transports.
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "signer_service/core/foreign_content.h"
#include "signer_service/front/testing/rpc_error.h"
#include "signer_service/front/testing/stream_client.h"
#include "signer_service/front/testing/test_snapshot.h"

namespace keyhold {
namespace {

using signer::v1::SignRequest;
using signer::v1::SignResponse;
using testing::AnyOf;

class StructuredInputsTest : public SignStreamFixture {
 protected:
  StructuredInputsTest() {
    // A client's key, as its certificate says.
    const std::string key = TestKeyPem(TestKeyKind::kP256, 3);
    TestCertOptions client;
    client.client_auth = true;
    site_.WriteKey("keys/client.key", TestKeyKind::kP256, 3);
    site_.WriteFile("keys/client.crt", SelfSignedTestCert(key, client));
    // No usages are named: the default.
    site_.WriteConfig("\n    - {identities: ['*'], keys: [p256, client]}\n");
    site_.Start();
    stub_ = TestSite::Stub(Channel());
  }

  std::string Unary(const SignRequest& request) {
    grpc::ClientContext context;
    SignResponse response;
    return CodeAndReason(stub_->Sign(&context, request, &response));
  }
  std::string Choose(int index, signer::v1::Role role,
                     signer::v1::TlsVersion version) {
    signer::v1::ChooseSchemeRequest request;
    request.set_spki_sha256(TestSpkiSha256(TestKeyKind::kP256, index));
    request.set_role(role);
    request.set_tls_version(version);
    request.add_offered(0x0403);
    grpc::ClientContext context;
    signer::v1::ChooseSchemeResponse response;
    return CodeAndReason(stub_->ChooseScheme(&context, request, &response));
  }

  std::unique_ptr<signer::v1::Signer::Stub> stub_;
};

// Refused, and as what.
auto IsRefused() {
  return AnyOf("PERMISSION_DENIED/USAGE_NOT_ALLOWED",
               "INVALID_ARGUMENT/INVALID_REQUEST");
}

TEST_P(StructuredInputsTest, NothingOfOtherProtocolsIsSigned) {
  StreamClient stream(Channel());
  for (const int key : {0, 3}) {
    const std::string spki = TestSpkiSha256(TestKeyKind::kP256, key);
    for (const ForeignContent& content : AllForeignContent()) {
      std::vector<SignRequest> requests = RequestsFor(content, spki);
      for (size_t i = 0; i < requests.size(); ++i) {
        EXPECT_THAT(Unary(requests[i]), IsRefused())
            << content.name << " as " << requests[i].input_case();
        requests[i].set_id(i + 1);
      }
      stream.Send(requests);
      for (const auto& [id, answer] : stream.ReadAnswers(requests.size())) {
        EXPECT_THAT(CodeAndReason(answer.status()), IsRefused())
            << content.name << " as " << requests[id - 1].input_case();
        EXPECT_EQ(answer.signature(), "");
      }
    }
  }
}

TEST_P(StructuredInputsTest, TheOtherRoleIsRefusedByEveryCall) {
  const auto both_versions = {signer::v1::TLS_VERSION_1_2,
                              signer::v1::TLS_VERSION_1_3};
  for (const auto& [key, own, other] :
       {std::tuple(0, signer::v1::ROLE_SERVER, signer::v1::ROLE_CLIENT),
        std::tuple(3, signer::v1::ROLE_CLIENT, signer::v1::ROLE_SERVER)}) {
    for (const signer::v1::TlsVersion version : both_versions) {
      EXPECT_EQ(Choose(key, own, version), "OK");
      EXPECT_EQ(Choose(key, other, version),
                "PERMISSION_DENIED/USAGE_NOT_ALLOWED");
    }
    SignRequest request = Tls13Request(TestSpkiSha256(TestKeyKind::kP256, key));
    request.mutable_tls13_certificate_verify()->set_role(own);
    EXPECT_EQ(Unary(request), "OK");
    request.mutable_tls13_certificate_verify()->set_role(other);
    EXPECT_EQ(Unary(request), "PERMISSION_DENIED/USAGE_NOT_ALLOWED");
    request.set_id(1);
    StreamClient stream(Channel());
    stream.Send({request});
    EXPECT_EQ(CodeAndReason(stream.ReadAnswers(1)[1].status()),
              "PERMISSION_DENIED/USAGE_NOT_ALLOWED");
  }
}

TEST_P(StructuredInputsTest, WhatTheServiceBuildsNeedsAUsageOfItsOwn) {
  SignRequest request = Tls13Request(TestSpkiSha256(TestKeyKind::kP256));
  request.mutable_csr()->add_dns_names("www.example.org");
  EXPECT_EQ(Unary(request), "PERMISSION_DENIED/USAGE_NOT_ALLOWED");
  request.mutable_self_signed_certificate()->add_dns_names("www.example.org");
  EXPECT_EQ(Unary(request), "PERMISSION_DENIED/USAGE_NOT_ALLOWED");
  request.mutable_delegated_credential()->set_role(signer::v1::ROLE_SERVER);
  EXPECT_EQ(Unary(request), "INVALID_ARGUMENT/INPUT_NOT_ACCEPTED");
}

INSTANTIATE_TEST_SUITE_P(Transports, StructuredInputsTest, testing::Bool(),
                         TransportName);

}  // namespace
}  // namespace keyhold
