#include "signer_service/core/foreign_content.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "openssl/sha.h"
#include "tls_lib/base/der.h"
#include "tls_lib/local/test_keys.h"

namespace keyhold {

using signer::v1::Role;
using signer::v1::SignRequest;

namespace {

const absl::string_view kZero("\0", 1);

// The signed part of a certificate (RFC 5280 §4.1).
std::string CertificateContent() {
  TestCertOptions options;
  options.dns_names = {"www.example.org"};
  const std::string der =
      PemToDer(SelfSignedTestCert(TestKeyPem(TestKeyKind::kP256), options));
  DerReader certificate(der);
  DerReader fields(*certificate.Read(kDerSequence));
  return std::string(fields.ReadElement()->whole);
}

// The signed part of a certificate request (RFC 2986 §4.1).
std::string CertificateRequestContent() {
  return DerElement(kDerSequence, absl::StrCat(DerElement(kDerInteger, kZero),
                                               DerElement(kDerSequence, ""),
                                               TestKeySpki(TestKeyKind::kP256),
                                               DerElement(DerExplicit(0), "")));
}

std::string JsonWebToken() {
  return absl::StrCat(
      absl::WebSafeBase64Escape(R"({"alg":"ES256","typ":"JWT"})"), ".",
      absl::WebSafeBase64Escape(R"({"sub":"admin","exp":4102444800})"));
}

std::string SshString(absl::string_view text) {
  const char length[] = {0, 0, 0, static_cast<char>(text.size())};
  return absl::StrCat(absl::string_view(length, 4), text);
}

// What a client signs to log in (RFC 4252 §7).
std::string SshChallenge() {
  return absl::StrCat(SshString(std::string(32, 's')), "\x32",
                      SshString("root"), SshString("ssh-connection"),
                      SshString("publickey"), "\x01",
                      SshString("ecdsa-sha2-nistp256"), SshString("key"));
}

// 64 spaces, a context, a zero byte and what follows (RFC 8446 §4.4.3).
std::string WithContext(absl::string_view context, absl::string_view rest) {
  return absl::StrCat(std::string(64, ' '), context, kZero, rest);
}

// RFC 9345 §4: the leaf's DER, the credential and the scheme.
std::string DelegatedCredential() {
  return WithContext(
      "TLS, server delegated credentials",
      absl::StrCat(CertificateContent(), absl::string_view("\0\x09\x3a\x80", 4),
                   "\x04\x03", TestKeySpki(TestKeyKind::kP256, 1)));
}

// client_random, server_random, then the parameters.
std::string KeyExchange(absl::string_view parameters) {
  return absl::StrCat(std::string(32, 'c'), std::string(32, 's'), parameters);
}

// dh_p, dh_g and dh_Ys, each with its length (RFC 5246 §7.4.3).
std::string DheParameters() {
  const auto number = [](const std::string& bytes) {
    const char length[] = {static_cast<char>(bytes.size() >> 8),
                           static_cast<char>(bytes.size())};
    return absl::StrCat(absl::string_view(length, 2), bytes);
  };
  return absl::StrCat(number(std::string(256, '\xff')), number("\x02"),
                      number(std::string(256, 'y')));
}

// curve_type explicit_prime (RFC 4492 §5.4): p, a, b, base, order, cofactor,
// and the point.
std::string ExplicitCurveParameters() {
  std::string parameters = "\x01";
  for (int field = 0; field < 6; ++field) {
    absl::StrAppend(&parameters, "\x20", std::string(32, 'f'));
  }
  return absl::StrCat(parameters, "\x41", "\x04", std::string(64, 'p'));
}

std::string Sha256(absl::string_view bytes) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
         digest);
  return std::string(reinterpret_cast<char*>(digest), sizeof(digest));
}

}  // namespace

std::vector<ForeignContent> AllForeignContent() {
  const std::string hash(32, 'h');
  return {
      {"certificate request", CertificateRequestContent()},
      {"certificate", CertificateContent()},
      {"JSON web token", JsonWebToken()},
      {"SSH challenge", SshChallenge()},
      {"hash of code", hash},
      {"TLS 1.3 message of the other role",
       WithContext("TLS 1.3, client CertificateVerify", hash)},
      {"TLS 1.3 message of this role",
       WithContext("TLS 1.3, server CertificateVerify", hash)},
      {"delegated credential", DelegatedCredential()},
      {"exported authenticator", WithContext("Exported Authenticator", hash)},
      {"DHE ServerKeyExchange", KeyExchange(DheParameters())},
      {"explicit-curve ServerKeyExchange",
       KeyExchange(ExplicitCurveParameters())},
  };
}

std::vector<SignRequest> RequestsFor(const ForeignContent& content,
                                     absl::string_view spki_sha256) {
  constexpr uint32_t kEcdsaP256Sha256 = 0x0403;
  const std::string& bytes = content.bytes;
  SignRequest request;
  request.set_spki_sha256(std::string(spki_sha256));
  request.set_scheme(kEcdsaP256Sha256);
  std::vector<SignRequest> requests;
  request.set_message(bytes);
  requests.push_back(request);
  request.mutable_digest()->set_hash(signer::v1::HASH_SHA256);
  request.mutable_digest()->set_value(Sha256(bytes));
  requests.push_back(request);
  request.mutable_tls12_certificate_verify()->set_handshake_messages(bytes);
  requests.push_back(request);
  // arbitrary_explicit_prime_curves is 0xff01, ffdhe2048 0x0100.
  for (const uint32_t curve : {0u, 23u, 29u, 0x0100u, 0xff01u, 0xff02u}) {
    auto* exchange = request.mutable_tls12_server_key_exchange();
    exchange->set_client_random(bytes.substr(0, 32));
    exchange->set_server_random(bytes.size() > 32 ? bytes.substr(32, 32) : "");
    exchange->set_curve(curve);
    exchange->set_public_point(bytes.size() > 64 ? bytes.substr(64) : "");
    requests.push_back(request);
  }
  if (bytes.size() == 32 || bytes.size() == 48) return requests;
  for (const Role role : {signer::v1::ROLE_SERVER, signer::v1::ROLE_CLIENT}) {
    request.mutable_tls13_certificate_verify()->set_role(role);
    request.mutable_tls13_certificate_verify()->set_transcript_hash(bytes);
    requests.push_back(request);
  }
  return requests;
}

}  // namespace keyhold
