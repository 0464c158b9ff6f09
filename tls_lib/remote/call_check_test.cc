#include "tls_lib/remote/call_check.h"

#include <string>

#include "gtest/gtest.h"
#include "tls_lib/base/status_matchers.h"

namespace keyhold {
namespace {

namespace v1 = signer::v1;

TEST(Describe, NamesTheKeyByItsHashAndTheServer) {
  v1::SignRequest sign;
  sign.set_spki_sha256(std::string(32, '\xab'));
  EXPECT_EQ(Describe(sign), "Sign with key abababababababab");
  sign.set_server_name("www.example.org");
  EXPECT_EQ(Describe(sign),
            "Sign with key abababababababab for www.example.org");
  v1::ChooseSchemeRequest choose;
  choose.set_spki_sha256(std::string(32, '\x01'));
  EXPECT_EQ(Describe(choose), "ChooseScheme with key 0101010101010101");
}

TEST(Describe, NamesTheSelector) {
  v1::GetKeyRequest request;
  EXPECT_EQ(Describe(request), "GetKey by an empty selector");
  request.mutable_selector()->set_id("www");
  EXPECT_EQ(Describe(request), "GetKey by id www");
  request.mutable_selector()->set_server_name("www.example.org");
  EXPECT_EQ(Describe(request), "GetKey by server name www.example.org");
  EXPECT_EQ(Describe(v1::ListKeysRequest()), "ListKeys");
}

TEST(CheckAnswer, ASignatureOfTheSchemeThatWasAskedFor) {
  v1::SignRequest request;
  request.set_scheme(0x0403);
  v1::SignResponse response;
  response.set_scheme(0x0403);
  EXPECT_THAT(CheckAnswer(request, response),
              StatusIs(absl::StatusCode::kInternal,
                       "the service answered with an empty signature"));
  response.set_signature("s");
  EXPECT_THAT(CheckAnswer(request, response), IsOk());
  response.set_scheme(0x0804);
  EXPECT_THAT(CheckAnswer(request, response),
              StatusIs(absl::StatusCode::kInternal,
                       "the service answered with a signature of the scheme "
                       "rsa_pss_rsae_sha256, which was not asked for"));
  request.clear_scheme();
  request.add_offered_schemes(0x0804);
  EXPECT_THAT(CheckAnswer(request, response), IsOk());
}

TEST(CheckAnswer, AnOfferedSchemeAndAKey) {
  v1::ChooseSchemeRequest request;
  request.add_offered(7);
  v1::ChooseSchemeResponse response;
  response.set_scheme(8);
  EXPECT_THAT(CheckAnswer(request, response),
              StatusIs(absl::StatusCode::kInternal,
                       "the service answered with the scheme 8, which was not "
                       "offered"));
  response.set_scheme(7);
  EXPECT_THAT(CheckAnswer(request, response), IsOk());
  EXPECT_THAT(CheckAnswer(v1::GetKeyRequest(), v1::GetKeyResponse()),
              StatusIs(absl::StatusCode::kInternal,
                       "the service answered with no key and no error"));
}

}  // namespace
}  // namespace keyhold
