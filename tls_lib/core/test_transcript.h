// The handshake messages that a TLS 1.2 client signs, made for tests.
//
//   TestTranscript transcript = MakeTestTranscript(PemToDer(cert_pem));
//   transcript.MessageOf(13).body = "";  // an empty CertificateRequest
//   CheckTls12CertificateVerify(transcript.Encode(), spki);
#ifndef KEYHOLD_TLS_LIB_CORE_TEST_TRANSCRIPT_H_
#define KEYHOLD_TLS_LIB_CORE_TEST_TRANSCRIPT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace keyhold {

struct TestMessage {
  uint8_t type;  // HandshakeType (RFC 5246 §7.4)
  std::string body;
};

struct TestTranscript {
  std::vector<TestMessage> messages;

  std::string Encode() const;
  // The first message of this type. Ends the process if there is none.
  TestMessage& MessageOf(uint8_t type);
};

// `bytes` behind their length, in `width` bytes.
std::string TlsVector(int width, absl::string_view bytes);

// The body of a Certificate message of TLS 1.2 with one certificate.
std::string CertificateBody(absl::string_view certificate_der);

// A whole, valid transcript without CertificateStatus, whose client has this
// certificate.
TestTranscript MakeTestTranscript(absl::string_view client_certificate_der);

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_CORE_TEST_TRANSCRIPT_H_
