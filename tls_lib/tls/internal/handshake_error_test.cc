#include "tls_lib/tls/internal/handshake_error.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "openssl/ec.h"
#include "openssl/err.h"
#include "openssl/ssl.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/tls/unexpected_eof.h"

namespace keyhold::tls_internal {
namespace {

using ::testing::HasSubstr;

TEST(AlertNameTest, HasTheStandardsNames) {
  EXPECT_EQ(AlertName(40), "handshake_failure");
  EXPECT_EQ(AlertName(48), "unknown_ca");
  EXPECT_EQ(AlertName(112), "unrecognized_name");
  EXPECT_EQ(AlertName(116), "certificate_required");
  EXPECT_EQ(AlertName(120), "no_application_protocol");
  EXPECT_EQ(AlertName(200), "number 200");
}

class HandshakeErrorTest : public ::testing::Test {
 protected:
  HandshakeErrorTest() {
    OPENSSL_init_ssl(OPENSSL_INIT_LOAD_SSL_STRINGS, nullptr);
    ERR_clear_error();
  }
  ~HandshakeErrorTest() override {
    EXPECT_EQ(ERR_peek_error(), 0u) << "the queue is emptied";
  }

  ConnectionState state_;
};

TEST_F(HandshakeErrorTest, OwnErrorComesFirst) {
  ERR_raise(ERR_LIB_SSL, SSL_R_CALLBACK_FAILED);
  state_.error = absl::NotFoundError("no such name");
  state_.verify_problem = "expired";
  EXPECT_THAT(HandshakeError(Phase::kHandshake, state_),
              StatusIs(absl::StatusCode::kNotFound, "no such name"));
}

TEST_F(HandshakeErrorTest, ThenTheCertificate) {
  ERR_raise(ERR_LIB_SSL, SSL_R_CERTIFICATE_VERIFY_FAILED);
  state_.verify_problem = "expired";
  EXPECT_THAT(HandshakeError(Phase::kHandshake, state_),
              StatusIs(absl::StatusCode::kUnauthenticated, "expired"));
}

TEST_F(HandshakeErrorTest, ThenTheAlert) {
  ERR_raise(ERR_LIB_SSL, SSL_AD_REASON_OFFSET + 40);
  EXPECT_THAT(HandshakeError(Phase::kData, state_),
              StatusIs(absl::StatusCode::kAborted,
                       "the peer sent the alert handshake_failure"));
  ERR_raise(ERR_LIB_SSL, SSL_AD_REASON_OFFSET + 116);
  state_.withheld = absl::FailedPreconditionError("nothing fits");
  EXPECT_THAT(HandshakeError(Phase::kData, state_),
              StatusIs(absl::StatusCode::kAborted,
                       "the peer sent the alert certificate_required (no "
                       "client certificate was sent to it: nothing fits)"));
}

TEST_F(HandshakeErrorTest, UnexpectedEofDependsOnThePhase) {
  for (bool in_queue : {true, false}) {
    if (in_queue) ERR_raise(ERR_LIB_SSL, SSL_R_UNEXPECTED_EOF_WHILE_READING);
    EXPECT_TRUE(IsUnexpectedEof(HandshakeError(Phase::kData, state_)));
    if (in_queue) ERR_raise(ERR_LIB_SSL, SSL_R_UNEXPECTED_EOF_WHILE_READING);
    EXPECT_THAT(HandshakeError(Phase::kHandshake, state_),
                StatusIs(absl::StatusCode::kUnavailable));
  }
}

TEST_F(HandshakeErrorTest, LibsslsReasonIsTheProtocols) {
  // What lies beneath it is not.
  ERR_raise(ERR_LIB_EC, EC_R_POINT_IS_NOT_ON_CURVE);
  ERR_raise(ERR_LIB_SSL, SSL_R_BAD_ECPOINT);
  EXPECT_THAT(HandshakeError(Phase::kHandshake, state_),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "no TLS handshake with this peer: bad ecpoint"));
}

TEST_F(HandshakeErrorTest, FailuresOfOpensslAreInternal) {
  ERR_raise(ERR_LIB_SSL, ERR_R_MALLOC_FAILURE);
  EXPECT_THAT(
      HandshakeError(Phase::kHandshake, state_),
      StatusIs(absl::StatusCode::kInternal, HasSubstr("OpenSSL failed: ")));
}

}  // namespace
}  // namespace keyhold::tls_internal
