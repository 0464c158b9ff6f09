#include "tls_lib/tls/internal/ticket_callback.h"

#include <cstring>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "openssl/core_names.h"
#include "openssl/params.h"
#include "openssl/rand.h"
#include "tls_lib/base/openssl_error.h"
#include "tls_lib/base/status_macros.h"
#include "tls_lib/provider/crypto_library.h"
#include "tls_lib/tls/internal/connection_state.h"

namespace keyhold::tls_internal {
namespace {

constexpr size_t kNameSize = 16;
constexpr size_t kIvSize = 16;

// libssl's answers.
constexpr int kFailed = -1;
constexpr int kUnknownKey = 0;
constexpr int kSuccess = 1;
constexpr int kSuccessButRenew = 2;

absl::Status TicketError() {
  return OpensslError(absl::StatusCode::kInternal,
                      "OpenSSL cannot encrypt a session ticket");
}

int KeysIndex() {
  static const int kIndex =
      SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return kIndex;
}

TicketKeys& KeysOf(SSL* ssl) {
  return *static_cast<TicketKeys*>(
      SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), KeysIndex()));
}

// Fetched once: a fetch takes locks. Never freed, as CryptoLibrary().
const EVP_CIPHER* TicketCipher() {
  static const EVP_CIPHER* const kCipher = [] {
    absl::StatusOr<OSSL_LIB_CTX*> library = provider::CryptoLibrary();
    return library.ok() ? EVP_CIPHER_fetch(*library, "AES-256-CBC", nullptr)
                        : nullptr;
  }();
  return kCipher;
}

absl::Status StartMac(const TicketKeys::Key& key, EVP_MAC_CTX* mac) {
  char digest[] = "SHA256";
  auto bytes = const_cast<uint8_t*>(key.hmac.data());
  OSSL_PARAM params[] = {
      OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, bytes,
                                        key.hmac.size()),
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
      OSSL_PARAM_construct_end()};
  return EVP_MAC_CTX_set_params(mac, params) == 1 ? absl::OkStatus()
                                                  : TicketError();
}

absl::Status StartEncrypting(TicketKeys& keys, unsigned char* name,
                             unsigned char* iv, EVP_CIPHER_CTX* cipher,
                             EVP_MAC_CTX* mac) {
  ASSIGN_OR_RETURN(OSSL_LIB_CTX * library, provider::CryptoLibrary());
  ASSIGN_OR_RETURN(std::shared_ptr<const TicketKeys::Key> key,
                   keys.EncryptionKey());
  memcpy(name, key->name.data(), kNameSize);
  if (RAND_bytes_ex(library, iv, kIvSize, 0) != 1 ||
      EVP_EncryptInit_ex2(cipher, TicketCipher(), key->aes.data(), iv,
                          nullptr) != 1) {
    return TicketError();
  }
  return StartMac(*key, mac);
}

int StartDecrypting(SSL* ssl, TicketKeys& keys, const unsigned char* name,
                    const unsigned char* iv, EVP_CIPHER_CTX* cipher,
                    EVP_MAC_CTX* mac) {
  TicketKeys::Found found =
      keys.DecryptionKey({reinterpret_cast<const char*>(name), kNameSize});
  if (found.key == nullptr) return kUnknownKey;
  if (EVP_DecryptInit_ex2(cipher, TicketCipher(), found.key->aes.data(), iv,
                          nullptr) != 1 ||
      !StartMac(*found.key, mac).ok()) {
    return kFailed;
  }
  // TLS 1.3 clients use a ticket once (RFC 8446 §C.4): they need another.
  return found.renew || SSL_version(ssl) == TLS1_3_VERSION ? kSuccessButRenew
                                                           : kSuccess;
}

// Seconds since 1970 of the full handshake that a session began with, which
// renewed tickets hand on.
using StartTime = int64_t;

std::optional<StartTime> StartOf(SSL_SESSION* session) {
  void* bytes = nullptr;
  size_t size = 0;
  StartTime start = 0;
  if (SSL_SESSION_get0_ticket_appdata(session, &bytes, &size) != 1 ||
      size != sizeof(start)) {
    return std::nullopt;
  }
  memcpy(&start, bytes, size);
  return start;
}

// From here on: callbacks of libssl.

int OnNewTicket(SSL* ssl, void*) {
  SSL_SESSION* session = SSL_get_session(ssl);
  if (StartOf(session)) return 1;
  const StartTime start = absl::ToUnixSeconds(KeysOf(ssl).Now());
  return SSL_SESSION_set1_ticket_appdata(session, &start, sizeof(start));
}

SSL_TICKET_RETURN OnDecryptedTicket(SSL* ssl, SSL_SESSION* session,
                                    const unsigned char*, size_t,
                                    SSL_TICKET_STATUS status, void*) {
  const bool renew = status == SSL_TICKET_SUCCESS_RENEW;
  if (status != SSL_TICKET_SUCCESS && !renew) {
    return SSL_TICKET_RETURN_IGNORE_RENEW;
  }
  const std::optional<StartTime> start = StartOf(session);
  if (!start || KeysOf(ssl).Now() - absl::FromUnixSeconds(*start) >=
                    TicketKeys::kLifetime) {
    return SSL_TICKET_RETURN_IGNORE_RENEW;
  }
  return renew ? SSL_TICKET_RETURN_USE_RENEW : SSL_TICKET_RETURN_USE;
}

int OnTicketKey(SSL* ssl, unsigned char* name, unsigned char* iv,
                EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac, int encrypt) {
  TicketKeys& keys = KeysOf(ssl);
  if (encrypt == 0) return StartDecrypting(ssl, keys, name, iv, cipher, mac);
  absl::Status status = StartEncrypting(keys, name, iv, cipher, mac);
  if (status.ok()) return kSuccess;
  StateOf(ssl)->error = status;
  return kFailed;
}

}  // namespace

absl::Status UseTicketKeys(SSL_CTX* context, TicketKeys* keys) {
  if (SSL_CTX_set_ex_data(context, KeysIndex(), keys) != 1 ||
      SSL_CTX_set_tlsext_ticket_key_evp_cb(context, OnTicketKey) != 1 ||
      SSL_CTX_set_session_ticket_cb(context, OnNewTicket, OnDecryptedTicket,
                                    nullptr) != 1) {
    return OpensslError(absl::StatusCode::kInternal,
                        "OpenSSL does not take the session ticket keys");
  }
  return absl::OkStatus();
}

}  // namespace keyhold::tls_internal
