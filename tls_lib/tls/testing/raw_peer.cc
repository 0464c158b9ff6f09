#include "tls_lib/tls/testing/raw_peer.h"

#include <cstdio>
#include <cstdlib>
#include <utility>

#include "openssl/err.h"
#include "openssl/pem.h"
#include "tls_lib/base/byte_reader.h"
#include "tls_lib/base/openssl_error.h"

namespace keyhold::tls_testing {
namespace {

constexpr uint8_t kClientHello = 1;
constexpr uint8_t kServerHello = 2;
constexpr uint8_t kServerKeyExchange = 12;
constexpr uint8_t kCertificateRequest = 13;
constexpr uint8_t kCertificateVerify = 15;

// RFC 8446 §4.1.3: a ServerHello with this random is a HelloRetryRequest.
constexpr absl::string_view kRetryRandomStart = "\xcf\x21\xad\x74\xe5\x9a\x61";

void Must(bool condition, const char* what) {
  if (condition) return;
  fprintf(stderr, "test peer: %s: %s\n", what, TakeOpensslErrors().c_str());
  abort();
}

BioPtr MemoryOf(absl::string_view text) {
  return BioPtr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// All certificates of PEM text.
std::vector<X509Ptr> ReadCertificates(absl::string_view pem) {
  std::vector<X509Ptr> certificates;
  BioPtr bio = MemoryOf(pem);
  while (X509* next = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)) {
    certificates.emplace_back(next);
  }
  ERR_clear_error();
  Must(!certificates.empty(), "no certificate in PEM");
  return certificates;
}

RawContext NewContext(const SSL_METHOD* method) {
  RawContext result;
  result.context = std::shared_ptr<SSL_CTX>(SSL_CTX_new(method), SSL_CTX_free);
  Must(result.context != nullptr, "SSL_CTX_new");
  SSL_CTX_set_mode(result.context.get(), SSL_MODE_NO_AUTO_CHAIN);
  return result;
}

void Trust(SSL_CTX* context, absl::string_view ca_pem) {
  for (const X509Ptr& ca : ReadCertificates(ca_pem)) {
    Must(X509_STORE_add_cert(SSL_CTX_get_cert_store(context), ca.get()) == 1,
         "X509_STORE_add_cert");
  }
}

std::optional<SignatureScheme> SchemeIn(uint8_t type, absl::string_view body) {
  ByteReader reader(body);
  if (type == kServerKeyExchange) {
    reader.ReadNumber(3);  // curve type and curve
    reader.ReadVector(1);  // public point
  }
  std::optional<uint32_t> scheme = reader.ReadNumber(2);
  if (!scheme) return std::nullopt;
  return static_cast<SignatureScheme>(*scheme);
}

// Of either version: the list is the only vector of that kind in ours.
std::vector<uint16_t> SchemesIn(bool tls13, absl::string_view body) {
  ByteReader reader(body);
  reader.ReadVector(1);  // context, or certificate types
  absl::string_view list = reader.ReadVector(2).value_or("");
  if (tls13) {
    ByteReader extensions(list);
    list = "";
    while (!extensions.empty()) {
      const uint32_t type = extensions.ReadNumber(2).value_or(0);
      absl::string_view extension = extensions.ReadVector(2).value_or("");
      if (type == 13) list = ByteReader(extension).ReadVector(2).value_or("");
    }
  }
  std::vector<uint16_t> schemes;
  ByteReader numbers(list);
  while (std::optional<uint32_t> number = numbers.ReadNumber(2)) {
    schemes.push_back(static_cast<uint16_t>(*number));
  }
  return schemes;
}

}  // namespace

RawContext RawContext::Client(absl::string_view ca_pem) {
  RawContext result = NewContext(TLS_client_method());
  Trust(result.context.get(), ca_pem);
  SSL_CTX_set_verify(result.context.get(), SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_session_cache_mode(
      result.context.get(), SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  return result;
}

RawContext RawContext::Server(absl::string_view chain_pem,
                              absl::string_view key_pem) {
  RawContext result = NewContext(TLS_server_method());
  const unsigned char id[] = "raw";
  SSL_CTX_set_session_id_context(result.context.get(), id, sizeof(id));
  return result.Certificate(chain_pem, key_pem);
}

RawContext& RawContext::Versions(int lowest, int highest) {
  Must(SSL_CTX_set_min_proto_version(context.get(), lowest) == 1 &&
           SSL_CTX_set_max_proto_version(context.get(), highest) == 1,
       "versions");
  return *this;
}

RawContext& RawContext::Sigalgs(absl::string_view list) {
  Must(SSL_CTX_set1_sigalgs_list(context.get(), std::string(list).c_str()) == 1,
       "sigalgs");
  return *this;
}

RawContext& RawContext::ClientSigalgs(absl::string_view list) {
  Must(SSL_CTX_set1_client_sigalgs_list(context.get(),
                                        std::string(list).c_str()) == 1,
       "client sigalgs");
  return *this;
}

RawContext& RawContext::Groups(absl::string_view list) {
  Must(SSL_CTX_set1_groups_list(context.get(), std::string(list).c_str()) == 1,
       "groups");
  return *this;
}

RawContext& RawContext::Tls12Suites(absl::string_view list) {
  Must(SSL_CTX_set_cipher_list(context.get(), std::string(list).c_str()) == 1,
       "cipher list");
  return *this;
}

RawContext& RawContext::Certificate(absl::string_view chain_pem,
                                    absl::string_view key_pem) {
  std::vector<X509Ptr> chain = ReadCertificates(chain_pem);
  BioPtr bio = MemoryOf(key_pem);
  EvpPkeyPtr key(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
  Must(key != nullptr, "private key");
  Must(SSL_CTX_use_certificate(context.get(), chain[0].get()) == 1 &&
           SSL_CTX_use_PrivateKey(context.get(), key.get()) == 1,
       "certificate and key");
  for (size_t i = 1; i < chain.size(); ++i) {
    Must(SSL_CTX_add1_chain_cert(context.get(), chain[i].get()) == 1, "chain");
  }
  return *this;
}

RawContext& RawContext::AskForClients(absl::string_view ca_pem) {
  Trust(context.get(), ca_pem);
  SSL_CTX_set_verify(context.get(),
                     SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                     nullptr);
  return *this;
}

RawContext& RawContext::Options(uint64_t options) {
  SSL_CTX_set_options(context.get(), options);
  return *this;
}

RawContext& RawContext::SecurityLevel(int level) {
  SSL_CTX_set_security_level(context.get(), level);
  return *this;
}

RawContext& RawContext::Alpn(absl::string_view wire_form) {
  Must(SSL_CTX_set_alpn_protos(
           context.get(),
           reinterpret_cast<const unsigned char*>(wire_form.data()),
           static_cast<unsigned int>(wire_form.size())) == 0,
       "ALPN");
  return *this;
}

std::unique_ptr<RawPeer> RawPeer::Client(const RawContext& context,
                                         absl::string_view server_name) {
  std::unique_ptr<RawPeer> peer(new RawPeer(context));
  const std::string name(server_name);
  if (!name.empty()) {
    Must(SSL_set_tlsext_host_name(peer->ssl(), name.c_str()) == 1 &&
             SSL_set1_host(peer->ssl(), name.c_str()) == 1,
         "server name");
  }
  SSL_set_connect_state(peer->ssl());
  return peer;
}

std::unique_ptr<RawPeer> RawPeer::Server(const RawContext& context) {
  std::unique_ptr<RawPeer> peer(new RawPeer(context));
  SSL_set_accept_state(peer->ssl());
  return peer;
}

RawPeer::RawPeer(const RawContext& context)
    : context_(context.context), ssl_(SSL_new(context_.get())) {
  Must(ssl_ != nullptr, "SSL_new");
  SSL_set_bio(ssl(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
  SSL_set_app_data(ssl(), this);
  SSL_set_msg_callback(ssl(), OnMessage);
  SSL_set_msg_callback_arg(ssl(), this);
  SSL_set_info_callback(ssl(), OnInfo);
  SSL_CTX_sess_set_new_cb(context_.get(), OnSession);
}

absl::StatusOr<bool> RawPeer::Step() {
  ERR_clear_error();
  const int result = SSL_do_handshake(ssl());
  if (result == 1) {
    // Takes in tickets, and alerts that come after a client's handshake.
    char byte;
    const int read = SSL_peek(ssl(), &byte, 1);
    if (read <= 0 && SSL_get_error(ssl(), read) == SSL_ERROR_SSL) {
      return Failure("after the handshake");
    }
    return true;
  }
  if (SSL_get_error(ssl(), result) == SSL_ERROR_WANT_READ) return false;
  return Failure("handshake");
}

void RawPeer::Push(absl::string_view ciphertext) {
  BIO_write(SSL_get_rbio(ssl()), ciphertext.data(),
            static_cast<int>(ciphertext.size()));
}

std::string RawPeer::Take() {
  BIO* out = SSL_get_wbio(ssl());
  std::string bytes(BIO_ctrl_pending(out), 0);
  if (!bytes.empty()) {
    BIO_read(out, bytes.data(), static_cast<int>(bytes.size()));
  }
  return bytes;
}

absl::Status RawPeer::Write(absl::string_view bytes) {
  size_t size = 0;
  ERR_clear_error();
  return SSL_write_ex(ssl(), bytes.data(), bytes.size(), &size) == 1
             ? absl::OkStatus()
             : Failure("write");
}

absl::StatusOr<std::string> RawPeer::Read() {
  char buffer[1024];
  size_t size = 0;
  ERR_clear_error();
  if (SSL_read_ex(ssl(), buffer, sizeof(buffer), &size) == 1) {
    return std::string(buffer, size);
  }
  const int error = SSL_get_error(ssl(), 0);
  if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_ZERO_RETURN) return "";
  return Failure("read");
}

void RawPeer::Resume(const RawPeer& other) {
  Must(other.session() != nullptr, "there is no session to resume");
  Must(SSL_set_session(ssl(), other.session()) == 1, "SSL_set_session");
}

void RawPeer::OnMessage(int write, int, int type, const void* bytes,
                        size_t size, SSL*, void* peer) {
  if (type != SSL3_RT_HANDSHAKE) return;
  static_cast<RawPeer*>(peer)->NoteHandshakeMessage(
      write != 0, {static_cast<const char*>(bytes), size});
}

void RawPeer::NoteHandshakeMessage(bool sent, absl::string_view message) {
  ByteReader reader(message);
  const uint32_t type = reader.ReadNumber(1).value_or(0);
  absl::string_view body = reader.ReadVector(3).value_or("");
  if (type == kServerKeyExchange || type == kCertificateVerify) {
    (sent ? seen_.scheme_sent : seen_.scheme_received) = SchemeIn(type, body);
  } else if (type == kCertificateRequest) {
    seen_.requested_schemes =
        SchemesIn(SSL_version(ssl()) == TLS1_3_VERSION, body);
  } else if (type == kClientHello) {
    seen_.client_hello = std::string(message);
  } else if (type == kServerHello &&
             body.substr(2, kRetryRandomStart.size()) == kRetryRandomStart) {
    ++seen_.hello_retry_requests;
  }
}

void RawPeer::OnInfo(const SSL* ssl, int where, int value) {
  if ((where & SSL_CB_ALERT) == 0) return;
  auto peer = static_cast<RawPeer*>(SSL_get_app_data(ssl));
  ((where & SSL_CB_READ) != 0 ? peer->seen_.alert_received
                              : peer->seen_.alert_sent) = value & 0xff;
}

int RawPeer::OnSession(SSL* ssl, SSL_SESSION* session) {
  static_cast<RawPeer*>(SSL_get_app_data(ssl))->session_.reset(session);
  return 1;
}

absl::Status RawPeer::Failure(absl::string_view what) {
  return OpensslError(absl::StatusCode::kUnknown, what);
}

}  // namespace keyhold::tls_testing
