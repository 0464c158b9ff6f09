#include "signer_service/front/refusal.h"

#include <string>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "signer_service/front/testing/test_snapshot.h"
#include "tls_lib/core/error_reason.h"

namespace keyhold {
namespace {

using signer::v1::SignRequest;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

CallerView Caller() {
  return CallerView(
      TestSnapshot({TestCatalogKey("www", TestKeyKind::kP256)}, {}),
      Identity::FromUid(33));
}

absl::Status Refused() {
  return WithReason(absl::PermissionDeniedError("no"),
                    ErrorReason::kUsageNotAllowed);
}

TEST(RefusalTest, SaysWhoWhatAndWhy) {
  EXPECT_THAT(RefusalLine("GetKey", Caller(), Refused()).ToString(),
              EndsWith("\"level\":\"warning\",\"event\":\"refused\","
                       "\"call\":\"GetKey\",\"identity\":\"uid:33\","
                       "\"status\":\"PERMISSION_DENIED\","
                       "\"reason\":\"USAGE_NOT_ALLOWED\",\"message\":\"no\"}"));
}

TEST(RefusalTest, NamesAllThatARuleMayHaveMatched) {
  const CallerView caller(
      TestSnapshot({}, {}),
      Identity::FromCertificate({"spiffe://example.org/web", {"a", "b"}, ""}));
  EXPECT_THAT(RefusalLine("GetKey", caller, Refused()).ToString(),
              HasSubstr("\"identity\":\"spiffe://example.org/web\","
                        "\"other_names\":[\"dns:a\",\"dns:b\"],"));
}

TEST(RefusalTest, SaysWhatIsKnownOfASignature) {
  SignRequest request;
  request.set_spki_sha256(TestSpkiSha256(TestKeyKind::kP256));
  request.set_scheme(0x0403);
  request.set_server_name("www.example.org");
  request.set_request_id(std::string(16, '\xab'));
  request.set_traceparent("00-trace");
  request.mutable_digest()->set_value(std::string(32, 'D'));
  const std::string line =
      SignRefusalLine(Caller(), AskedFor(request), Refused()).ToString();
  EXPECT_THAT(line, HasSubstr("\"call\":\"Sign\""));
  EXPECT_THAT(line,
              EndsWith(",\"key\":\"www\",\"usage\":\"digest\","
                       "\"scheme\":\"ecdsa_secp256r1_sha256\","
                       "\"server_name\":\"www.example.org\","
                       "\"request_id\":\"abababababababababababababababab\","
                       "\"traceparent\":\"00-trace\"}"));
  // What is to be signed is nobody's business.
  EXPECT_THAT(line, Not(HasSubstr("DDDD")));
}

TEST(RefusalTest, SaysWhatASchemeWasAskedFor) {
  signer::v1::ChooseSchemeRequest request;
  request.set_spki_sha256(TestSpkiSha256(TestKeyKind::kP256));
  request.set_role(signer::v1::ROLE_CLIENT);
  request.set_tls_version(signer::v1::TLS_VERSION_1_2);
  request.set_server_name("www.example.org");
  EXPECT_THAT(ChooseSchemeRefusalLine(Caller(), request, Refused()).ToString(),
              EndsWith(",\"key\":\"www\",\"usage\":\"tls12_client\","
                       "\"server_name\":\"www.example.org\"}"));
}

TEST(RefusalTest, SaysWhatKeysWereAskedFor) {
  const auto line = [](const signer::v1::KeySelector& selector) {
    return SelectorRefusalLine("GetKey", Caller(), selector, Refused())
        .ToString();
  };
  signer::v1::KeySelector selector;
  selector.set_id("a");
  EXPECT_THAT(line(selector), EndsWith(",\"id\":\"a\"}"));
  selector.set_spki_sha256(TestSpkiSha256(TestKeyKind::kP256));
  EXPECT_THAT(line(selector), EndsWith(",\"key\":\"www\"}"));
  selector.set_server_name("a.example");
  EXPECT_THAT(line(selector), EndsWith(",\"server_name\":\"a.example\"}"));
}

TEST(RefusalTest, OverlongFieldsAreCut) {
  SignRequest request;
  request.set_spki_sha256(std::string(1000, 's'));
  request.set_server_name(std::string(100000, 'n'));
  request.set_request_id(std::string(100000, 'r'));
  request.set_traceparent(std::string(100000, 't'));
  EXPECT_LT(
      SignRefusalLine(Caller(), AskedFor(request), Refused()).ToString().size(),
      1000u);
}

}  // namespace
}  // namespace keyhold
