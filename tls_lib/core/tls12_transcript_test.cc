// The TLS 1.2 client's half of signed_content.h.
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/core/signed_content.h"
#include "tls_lib/core/test_transcript.h"
#include "tls_lib/local/test_keys.h"

namespace keyhold {
namespace {

using ::testing::HasSubstr;

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;

class Tls12TranscriptTest : public testing::Test {
 protected:
  TestTranscript Good() const { return MakeTestTranscript(cert_der_); }
  absl::Status Check(const TestTranscript& transcript) const {
    return CheckTls12CertificateVerify(transcript.Encode(), spki_);
  }

  const std::string cert_der_ =
      PemToDer(SelfSignedTestCert(TestKeyPem(TestKeyKind::kP256)));
  const std::string spki_ = TestKeySpki(TestKeyKind::kP256);
};

TEST_F(Tls12TranscriptTest, WholeTranscript) {
  EXPECT_THAT(Check(Good()), IsOk());
  EXPECT_TRUE(LooksLikeTls12CertificateVerify(Good().Encode()));
}

TEST_F(Tls12TranscriptTest, WithCertificateStatus) {
  TestTranscript transcript = Good();
  transcript.messages.insert(transcript.messages.begin() + 3,
                             {22, "a response of OCSP"});
  EXPECT_THAT(Check(transcript), IsOk());
  EXPECT_TRUE(LooksLikeTls12CertificateVerify(transcript.Encode()));
}

TEST_F(Tls12TranscriptTest, LongerChain) {
  TestTranscript transcript = Good();
  transcript.messages[6].body =
      TlsVector(3, absl::StrCat(TlsVector(3, cert_der_), TlsVector(3, "CA")));
  EXPECT_THAT(Check(transcript), IsOk());
}

TEST_F(Tls12TranscriptTest, HellosWithoutExtensions) {
  TestTranscript transcript = Good();
  for (uint8_t type : {1, 2}) {
    std::string& body = transcript.MessageOf(type).body;
    body.resize(body.size() - 6);
  }
  EXPECT_THAT(Check(transcript), IsOk());
}

TEST_F(Tls12TranscriptTest, EachMissingMessageIsNamed) {
  const char* const names[] = {"ClientHello",          "ServerHello",
                               "server's Certificate", "ServerKeyExchange",
                               "CertificateRequest",   "ServerHelloDone",
                               "client's Certificate", "ClientKeyExchange"};
  for (size_t i = 0; i < 8; ++i) {
    TestTranscript transcript = Good();
    transcript.messages.erase(transcript.messages.begin() + i);
    EXPECT_THAT(
        Check(transcript),
        StatusIs(kInvalid,
                 absl::StrCat("handshake_messages: expected a whole ", names[i],
                              " next (RFC 5246 section 7.4.8)")));
    EXPECT_FALSE(LooksLikeTls12CertificateVerify(transcript.Encode()));
  }
}

TEST_F(Tls12TranscriptTest, OtherOrder) {
  TestTranscript transcript = Good();
  std::swap(transcript.messages[3], transcript.messages[4]);
  EXPECT_THAT(Check(transcript),
              StatusIs(kInvalid, HasSubstr("a whole ServerKeyExchange next")));
  EXPECT_FALSE(LooksLikeTls12CertificateVerify(transcript.Encode()));
}

TEST_F(Tls12TranscriptTest, BytesBehindTheEnd) {
  EXPECT_THAT(CheckTls12CertificateVerify(Good().Encode() + "x", spki_),
              StatusIs(kInvalid,
                       "handshake_messages: bytes follow the "
                       "ClientKeyExchange"));
  TestTranscript with_finished = Good();
  with_finished.messages.push_back({20, std::string(12, 'f')});
  EXPECT_THAT(Check(with_finished),
              StatusIs(kInvalid, HasSubstr("bytes follow")));
}

TEST_F(Tls12TranscriptTest, EveryTruncationIsRefused) {
  const std::string whole = Good().Encode();
  for (size_t size = 0; size < whole.size(); ++size) {
    EXPECT_THAT(CheckTls12CertificateVerify(whole.substr(0, size), spki_),
                StatusIs(kInvalid));
    EXPECT_FALSE(LooksLikeTls12CertificateVerify(whole.substr(0, size)));
  }
}

TEST_F(Tls12TranscriptTest, TooLong) {
  TestTranscript transcript = Good();
  transcript.messages.insert(transcript.messages.begin() + 3,
                             {22, std::string(65536, 'o')});
  const std::string encoded = transcript.Encode();
  EXPECT_THAT(
      Check(transcript),
      StatusIs(kInvalid, absl::StrCat("handshake_messages has ", encoded.size(),
                                      " bytes; expected at most "
                                      "65536")));
  EXPECT_FALSE(LooksLikeTls12CertificateVerify(encoded));
}

TEST_F(Tls12TranscriptTest, MalformedMessagesAreNamed) {
  struct Case {
    size_t index;
    std::string body;
    const char* name;
  };
  std::string tls13_hello = Good().messages[1].body;
  tls13_hello[1] = 4;
  std::string long_session_id = Good().messages[0].body;
  long_session_id[34] = 33;
  const Case cases[] = {
      {0, "", "ClientHello"},
      {0, long_session_id, "ClientHello"},
      {0, Good().messages[0].body + "x", "ClientHello"},
      {1, Good().messages[1].body + "x", "ServerHello"},
      {1, tls13_hello, "ServerHello"},
      {2, "", "server's Certificate"},
      {2, TlsVector(3, ""), "server's Certificate"},
      {4, "", "CertificateRequest"},
      {4, Good().messages[4].body + "x", "CertificateRequest"},
      {5, "x", "ServerHelloDone"},
      {6, "", "client's Certificate"},
      {6, TlsVector(3, TlsVector(3, "")), "client's Certificate"},
      {6, TlsVector(3, TlsVector(3, "no certificate")), "client's Certificate"},
      {6, CertificateBody("x") + "x", "client's Certificate"},
  };
  for (const Case& c : cases) {
    TestTranscript transcript = Good();
    transcript.messages[c.index].body = c.body;
    EXPECT_THAT(Check(transcript),
                StatusIs(kInvalid,
                         absl::StrCat("handshake_messages: the ", c.name,
                                      " is malformed or not one of TLS 1.2")));
  }
}

TEST_F(Tls12TranscriptTest, NoClientCertificate) {
  TestTranscript transcript = Good();
  transcript.messages[6].body = TlsVector(3, "");
  EXPECT_THAT(
      Check(transcript),
      StatusIs(kInvalid,
               "handshake_messages: the client's Certificate is empty"));
}

TEST_F(Tls12TranscriptTest, CertificateOfAnotherKey) {
  EXPECT_THAT(
      CheckTls12CertificateVerify(Good().Encode(),
                                  TestKeySpki(TestKeyKind::kP256, 1)),
      StatusIs(kInvalid,
               "handshake_messages: the client's Certificate is for another "
               "key than the one that is to sign"));
}

// Only the leaf counts, and only the client's.
TEST_F(Tls12TranscriptTest, TheKeyElsewhereIsNotEnough) {
  const std::string other =
      PemToDer(SelfSignedTestCert(TestKeyPem(TestKeyKind::kP256, 1)));
  TestTranscript transcript = MakeTestTranscript(other);
  transcript.messages[2].body = CertificateBody(cert_der_);
  EXPECT_THAT(Check(transcript), StatusIs(kInvalid, HasSubstr("another key")));
  transcript.messages[6].body =
      TlsVector(3, absl::StrCat(TlsVector(3, other), TlsVector(3, cert_der_)));
  EXPECT_THAT(Check(transcript), StatusIs(kInvalid, HasSubstr("another key")));
}

TEST(LooksLikeTls12CertificateVerifyTest, OtherSignedContentDoesNot) {
  EXPECT_FALSE(LooksLikeTls12CertificateVerify(""));
  EXPECT_FALSE(LooksLikeTls12CertificateVerify(
      *AssembleTls13CertificateVerify({Role::kClient, std::string(32, 'h')})));
}

}  // namespace
}  // namespace keyhold
