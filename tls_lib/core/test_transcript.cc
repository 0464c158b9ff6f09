#include "tls_lib/core/test_transcript.h"

#include <cstdlib>

#include "absl/strings/str_cat.h"

namespace keyhold {
namespace {

using absl::string_view;

constexpr string_view kTls12("\x03\x03", 2);
constexpr string_view kCipherSuites("\xc0\x2b\xc0\x2f", 4);
constexpr string_view kNoCompression("\0", 1);
// extended_master_secret, empty (RFC 7627 §5.1).
constexpr string_view kExtensions("\x00\x17\x00\x00", 4);

std::string HelloStart(char fill) {
  return absl::StrCat(kTls12, std::string(32, fill),
                      TlsVector(1, std::string(32, 's')));
}

}  // namespace

std::string TestTranscript::Encode() const {
  std::string result;
  for (const TestMessage& message : messages) {
    result.push_back(static_cast<char>(message.type));
    absl::StrAppend(&result, TlsVector(3, message.body));
  }
  return result;
}

TestMessage& TestTranscript::MessageOf(uint8_t type) {
  for (TestMessage& message : messages) {
    if (message.type == type) return message;
  }
  std::abort();
}

std::string TlsVector(int width, string_view bytes) {
  std::string result;
  for (int shift = 8 * (width - 1); shift >= 0; shift -= 8) {
    result.push_back(static_cast<char>(bytes.size() >> shift & 0xff));
  }
  return absl::StrCat(result, bytes);
}

std::string CertificateBody(string_view certificate_der) {
  return TlsVector(3, TlsVector(3, certificate_der));
}

TestTranscript MakeTestTranscript(string_view client_certificate_der) {
  const std::string client_hello =
      absl::StrCat(HelloStart('c'), TlsVector(2, kCipherSuites),
                   TlsVector(1, kNoCompression), TlsVector(2, kExtensions));
  const std::string server_hello =
      absl::StrCat(HelloStart('s'), kCipherSuites.substr(0, 2), kNoCompression,
                   TlsVector(2, kExtensions));
  // named_curve, x25519, a point; rsa_pss_rsae_sha256, a signature.
  const std::string server_key_exchange = absl::StrCat(
      string_view("\x03\x00\x1d", 3), TlsVector(1, std::string(32, 'p')),
      string_view("\x08\x04", 2), TlsVector(2, std::string(256, 'x')));
  // ecdsa_sign and rsa_sign; two schemes; any authority.
  const std::string certificate_request = absl::StrCat(
      TlsVector(1, string_view("\x40\x01", 2)),
      TlsVector(2, string_view("\x04\x03\x08\x04", 4)), TlsVector(2, ""));
  return TestTranscript{{
      {1, client_hello},
      {2, server_hello},
      {11, CertificateBody("the server's; nobody reads it")},
      {12, server_key_exchange},
      {13, certificate_request},
      {14, ""},
      {11, CertificateBody(client_certificate_der)},
      {16, TlsVector(1, std::string(32, 'q'))},
  }};
}

}  // namespace keyhold
