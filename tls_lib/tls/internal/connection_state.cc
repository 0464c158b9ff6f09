#include "tls_lib/tls/internal/connection_state.h"

#include "tls_lib/base/openssl_error.h"

namespace keyhold::tls_internal {
namespace {

int StateIndex() {
  static const int kIndex =
      SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return kIndex;
}

}  // namespace

absl::Status AttachState(SSL* ssl, ConnectionState* state) {
  if (SSL_set_ex_data(ssl, StateIndex(), state) != 1) {
    return OpensslError(absl::StatusCode::kInternal, "TLS connection");
  }
  return absl::OkStatus();
}

ConnectionState* StateOf(const SSL* ssl) {
  return static_cast<ConnectionState*>(SSL_get_ex_data(ssl, StateIndex()));
}

}  // namespace keyhold::tls_internal
