// signed_content.h against handshakes that OpenSSL makes by itself: what was
// written from the RFCs must be what a TLS library signs.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "openssl/err.h"
#include "openssl/pem.h"
#include "openssl/ssl.h"
#include "tests/conformance/conformance_key.h"
#include "tests/conformance/openssl_verifier.h"
#include "tls_lib/base/byte_reader.h"
#include "tls_lib/base/openssl_ptr.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/core/signed_content.h"

namespace keyhold {
namespace {

using absl::string_view;

constexpr int kServerKeyExchange = 12;
constexpr int kCertificateVerify = 15;
constexpr size_t kMessageHeaderBytes = 4;

// Every handshake message of one connection, in order, from the client's side.
struct Recording {
  std::vector<std::string> messages;

  static void Record(int /*write*/, int /*version*/, int content_type,
                     const void* bytes, size_t size, SSL* /*ssl*/,
                     void* recording) {
    if (content_type != SSL3_RT_HANDSHAKE) return;
    static_cast<Recording*>(recording)->messages.emplace_back(
        static_cast<const char*>(bytes), size);
  }
  // What comes before the first message of this type.
  std::string TranscriptBefore(int type) const {
    std::string result;
    for (const std::string& message : messages) {
      if (message[0] == type) break;
      result += message;
    }
    return result;
  }
  // The body of the first message of this type.
  std::string BodyOf(int type) const {
    for (const std::string& message : messages) {
      if (message[0] == type) return message.substr(kMessageHeaderBytes);
    }
    return "";
  }
};

void UseKey(SSL_CTX* context, const ConformanceKey& key) {
  const std::string key_pem = key.KeyPem();
  const std::string cert_pem = key.CertificatePem();
  BioPtr key_bio(
      BIO_new_mem_buf(key_pem.data(), static_cast<int>(key_pem.size())));
  BioPtr cert_bio(
      BIO_new_mem_buf(cert_pem.data(), static_cast<int>(cert_pem.size())));
  EvpPkeyPtr private_key(
      PEM_read_bio_PrivateKey(key_bio.get(), nullptr, nullptr, nullptr));
  X509Ptr certificate(
      PEM_read_bio_X509(cert_bio.get(), nullptr, nullptr, nullptr));
  ASSERT_EQ(SSL_CTX_use_certificate(context, certificate.get()), 1);
  ASSERT_EQ(SSL_CTX_use_PrivateKey(context, private_key.get()), 1);
}

class GenuineHandshakeTest : public testing::Test {
 protected:
  // A handshake in which the server asks for the client's certificate and
  // takes any. The key exchange is over `group`.
  void Handshake(TestKeyKind kind, const std::string& group) {
    server_context_.reset(SSL_CTX_new(TLS_server_method()));
    client_context_.reset(SSL_CTX_new(TLS_client_method()));
    UseKey(server_context_.get(), {kind, Role::kServer});
    UseKey(client_context_.get(), {kind, Role::kClient});
    // In TLS 1.2 the list is for the curves of certificates too.
    const std::string groups =
        group == "P-256" ? group : absl::StrCat(group, ":P-256");
    for (SSL_CTX* context : {server_context_.get(), client_context_.get()}) {
      SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION);
      ASSERT_EQ(SSL_CTX_set1_groups_list(context, groups.c_str()), 1);
    }
    SSL_CTX_set_verify(server_context_.get(),
                       SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                       [](int, X509_STORE_CTX*) { return 1; });
    server_.reset(SSL_new(server_context_.get()));
    client_.reset(SSL_new(client_context_.get()));
    BIO* server_side = nullptr;
    BIO* client_side = nullptr;
    BIO_new_bio_pair(&server_side, 0, &client_side, 0);
    SSL_set_bio(server_.get(), server_side, server_side);
    SSL_set_bio(client_.get(), client_side, client_side);
    SSL_set_accept_state(server_.get());
    SSL_set_connect_state(client_.get());
    SSL_set_msg_callback(client_.get(), Recording::Record);
    SSL_set_msg_callback_arg(client_.get(), &recording_);
    while (!SSL_is_init_finished(server_.get()) ||
           !SSL_is_init_finished(client_.get())) {
      for (SSL* side : {client_.get(), server_.get()}) {
        ERR_clear_error();
        const int result = SSL_do_handshake(side);
        const int error = SSL_get_error(side, result);
        ASSERT_TRUE(result == 1 || error == SSL_ERROR_WANT_READ ||
                    error == SSL_ERROR_WANT_WRITE);
      }
    }
  }

  SslCtxPtr server_context_;
  SslCtxPtr client_context_;
  SslPtr server_;
  SslPtr client_;
  Recording recording_;
};

TEST_F(GenuineHandshakeTest, ClientTranscript) {
  for (TestKeyKind kind : {TestKeyKind::kRsa2048, TestKeyKind::kP256}) {
    SCOPED_TRACE(TestKeyKindName(kind));
    recording_ = {};
    Handshake(kind, "X25519");
    const std::string transcript =
        recording_.TranscriptBefore(kCertificateVerify);
    const std::string spki = ConformanceKey({kind, Role::kClient}).Spki();
    EXPECT_THAT(CheckTls12CertificateVerify(transcript, spki), IsOk());
    EXPECT_TRUE(LooksLikeTls12CertificateVerify(transcript));
    // RFC 5246 §7.4.8: the scheme and the signature.
    const std::string body = recording_.BodyOf(kCertificateVerify);
    ByteReader reader(body);
    const auto scheme = static_cast<SignatureScheme>(*reader.ReadNumber(2));
    EXPECT_TRUE(VerifiesWithOpenssl(spki, scheme, transcript,
                                    std::string(*reader.ReadVector(2))));
  }
}

TEST_F(GenuineHandshakeTest, ServerKeyExchangeOverEachCurve) {
  for (const char* group : {"P-256", "P-384", "P-521", "X25519", "X448"}) {
    SCOPED_TRACE(group);
    recording_ = {};
    Handshake(TestKeyKind::kP256, group);
    std::string randoms(64, '\0');
    auto* bytes = reinterpret_cast<uint8_t*>(randoms.data());
    SSL_get_client_random(client_.get(), bytes, 32);
    SSL_get_server_random(client_.get(), bytes + 32, 32);
    // RFC 8422 §5.4: the parameters, then the scheme and the signature.
    const std::string body = recording_.BodyOf(kServerKeyExchange);
    const size_t parameters = 4 + static_cast<uint8_t>(body[3]);
    const std::string message =
        absl::StrCat(randoms, body.substr(0, parameters));
    std::optional<Tls12ServerKeyExchangeContent> content =
        ParseTls12ServerKeyExchange(message);
    ASSERT_TRUE(content);
    EXPECT_THAT(AssembleTls12ServerKeyExchange(*content),
                IsOkAndHolds(message));
    ByteReader reader(string_view(body).substr(parameters));
    const auto scheme = static_cast<SignatureScheme>(*reader.ReadNumber(2));
    EXPECT_TRUE(VerifiesWithOpenssl(
        ConformanceKey({TestKeyKind::kP256, Role::kServer}).Spki(), scheme,
        message, std::string(*reader.ReadVector(2))));
  }
}

}  // namespace
}  // namespace keyhold
