// The TLS 1.2 client's half of signed_content.h.
#include <array>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "tls_lib/base/byte_reader.h"
#include "tls_lib/base/status_macros.h"
#include "tls_lib/core/certificate_fields.h"
#include "tls_lib/core/signed_content.h"

namespace keyhold {
namespace {

using absl::string_view;

// In the order of the transcript (RFC 5246 §7.3).
enum Position {
  kClientHello,
  kServerHello,
  kServerCertificate,
  kCertificateStatus,
  kServerKeyExchange,
  kCertificateRequest,
  kServerHelloDone,
  kClientCertificate,
  kClientKeyExchange,
  kPositions,
};

struct ExpectedMessage {
  uint32_t type;
  string_view name;
  bool optional;
};

constexpr std::array<ExpectedMessage, kPositions> kExpected = {{
    {1, "ClientHello", false},
    {2, "ServerHello", false},
    {11, "server's Certificate", false},
    {22, "CertificateStatus", true},
    {12, "ServerKeyExchange", false},
    {13, "CertificateRequest", false},
    {14, "ServerHelloDone", false},
    {11, "client's Certificate", false},
    {16, "ClientKeyExchange", false},
}};

// Null where an optional message is absent.
using Bodies = std::array<std::optional<string_view>, kPositions>;

absl::Status TooLongError(size_t size) {
  return absl::InvalidArgumentError(
      absl::StrCat("handshake_messages has ", size, " bytes; expected at most ",
                   kMaxTls12HandshakeBytes));
}

absl::Status MissingMessageError(string_view name) {
  return absl::InvalidArgumentError(
      absl::StrCat("handshake_messages: expected a whole ", name,
                   " next (RFC 5246 section 7.4.8)"));
}

absl::Status TrailingBytesError() {
  return absl::InvalidArgumentError(
      "handshake_messages: bytes follow the ClientKeyExchange");
}

absl::Status MalformedMessageError(Position position) {
  return absl::InvalidArgumentError(
      absl::StrCat("handshake_messages: the ", kExpected[position].name,
                   " is malformed or not one of TLS 1.2"));
}

absl::Status NoCertificateError() {
  return absl::InvalidArgumentError(
      "handshake_messages: the client's Certificate is empty");
}

absl::Status OtherKeyError() {
  return absl::InvalidArgumentError(
      "handshake_messages: the client's Certificate is for another key than "
      "the one that is to sign");
}

absl::StatusOr<Bodies> SplitMessages(string_view handshake_messages) {
  if (handshake_messages.size() > kMaxTls12HandshakeBytes) {
    return TooLongError(handshake_messages.size());
  }
  Bodies bodies;
  ByteReader reader(handshake_messages);
  for (size_t i = 0; i < kPositions; ++i) {
    ByteReader ahead = reader;
    std::optional<uint32_t> type = ahead.ReadNumber(1);
    std::optional<string_view> body = ahead.ReadVector(3);
    if (type == kExpected[i].type && body) {
      bodies[i] = body;
      reader = ahead;
    } else if (!kExpected[i].optional) {
      return MissingMessageError(kExpected[i].name);
    }
  }
  if (!reader.empty()) return TrailingBytesError();
  return bodies;
}

// legacy_version, random and session_id, which both hellos begin with. TLS 1.3
// hellos have this version too; they are never followed by these messages.
bool ReadHelloStart(ByteReader& reader) {
  constexpr uint32_t kTls12 = 0x0303;
  std::optional<uint32_t> version = reader.ReadNumber(2);
  std::optional<string_view> random = reader.ReadBytes(32);
  std::optional<string_view> session_id = reader.ReadVector(1);
  return version == kTls12 && random && session_id && session_id->size() <= 32;
}

// Extensions may be absent altogether (RFC 5246 §7.4.1.2).
bool ReadExtensions(ByteReader& reader) {
  return reader.empty() || (reader.ReadVector(2) && reader.empty());
}

bool IsClientHello(string_view body) {
  ByteReader reader(body);
  if (!ReadHelloStart(reader)) return false;
  std::optional<string_view> cipher_suites = reader.ReadVector(2);
  std::optional<string_view> compressions = reader.ReadVector(1);
  return cipher_suites && compressions && ReadExtensions(reader);
}

bool IsServerHello(string_view body) {
  ByteReader reader(body);
  if (!ReadHelloStart(reader)) return false;
  constexpr size_t kCipherSuiteAndCompression = 3;
  return reader.ReadBytes(kCipherSuiteAndCompression) && ReadExtensions(reader);
}

bool IsCertificateRequest(string_view body) {
  ByteReader reader(body);
  std::optional<string_view> types = reader.ReadVector(1);
  std::optional<string_view> schemes = reader.ReadVector(2);
  std::optional<string_view> authorities = reader.ReadVector(2);
  return types && schemes && authorities && reader.empty();
}

// Null if the body is malformed; "" if the list is empty.
std::optional<string_view> LeafOf(string_view certificate_body) {
  ByteReader body(certificate_body);
  std::optional<string_view> list = body.ReadVector(3);
  if (!list || !body.empty()) return std::nullopt;
  ByteReader reader(*list);
  string_view leaf;
  while (!reader.empty()) {
    std::optional<string_view> certificate = reader.ReadVector(3);
    if (!certificate || certificate->empty()) return std::nullopt;
    if (leaf.empty()) leaf = *certificate;
  }
  return leaf;
}

absl::Status CheckBodies(const Bodies& bodies) {
  if (!IsClientHello(*bodies[kClientHello])) {
    return MalformedMessageError(kClientHello);
  }
  if (!IsServerHello(*bodies[kServerHello])) {
    return MalformedMessageError(kServerHello);
  }
  std::optional<string_view> server_leaf = LeafOf(*bodies[kServerCertificate]);
  if (!server_leaf || server_leaf->empty()) {
    return MalformedMessageError(kServerCertificate);
  }
  if (!IsCertificateRequest(*bodies[kCertificateRequest])) {
    return MalformedMessageError(kCertificateRequest);
  }
  if (!bodies[kServerHelloDone]->empty()) {
    return MalformedMessageError(kServerHelloDone);
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckTls12CertificateVerify(string_view handshake_messages,
                                         string_view spki) {
  ASSIGN_OR_RETURN(Bodies bodies, SplitMessages(handshake_messages));
  RETURN_IF_ERROR(CheckBodies(bodies));
  std::optional<string_view> leaf = LeafOf(*bodies[kClientCertificate]);
  if (!leaf) return MalformedMessageError(kClientCertificate);
  if (leaf->empty()) return NoCertificateError();
  absl::StatusOr<CertificateFields> fields = ReadCertificateFields(*leaf);
  if (!fields.ok()) return MalformedMessageError(kClientCertificate);
  if (fields->spki != spki) return OtherKeyError();
  return absl::OkStatus();
}

bool LooksLikeTls12CertificateVerify(string_view message) {
  return SplitMessages(message).ok();
}

}  // namespace keyhold
