#include "tls_lib/tls/internal/protocol_defaults.h"

#include "absl/strings/str_cat.h"
#include "tls_lib/base/openssl_error.h"
#include "tls_lib/base/status_macros.h"
#include "tls_lib/core/signature_scheme.h"
#include "tls_lib/provider/crypto_library.h"

namespace keyhold::tls_internal {
namespace {

constexpr uint64_t kOptions = SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                              SSL_OP_CIPHER_SERVER_PREFERENCE |
                              SSL_OP_PRIORITIZE_CHACHA |
                              SSL_OP_ENABLE_MIDDLEBOX_COMPAT;

absl::Status ContextError() {
  return OpensslError(absl::StatusCode::kInternal,
                      "OpenSSL cannot set up a TLS context");
}

}  // namespace

std::string SchemeList() {
  std::string list;
  for (const SchemeInfo& scheme : AllSchemes()) {
    absl::StrAppend(&list, list.empty() ? "" : ":", scheme.name);
  }
  return list;
}

absl::StatusOr<SslCtxPtr> NewSslContext(const SSL_METHOD* method,
                                        TlsVersion lowest, TlsVersion highest) {
  // libssl freezes its table of signature algorithms in SSL_CTX_new: the
  // providers are loaded before.
  ASSIGN_OR_RETURN(OSSL_LIB_CTX * library, provider::CryptoLibrary());
  SslCtxPtr context(SSL_CTX_new_ex(library, nullptr, method));
  if (context == nullptr) return ContextError();
  SSL_CTX_clear_options(context.get(), ~uint64_t{0});
  SSL_CTX_set_options(context.get(), kOptions);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_NONE, nullptr);
  // A chain is sent as it was given. Otherwise libssl, where there are no
  // intermediates, verifies the leaf in each handshake to find some.
  SSL_CTX_set_mode(context.get(), SSL_MODE_NO_AUTO_CHAIN);
  SSL_CTX_set_security_level(context.get(), kSecurityLevel);
  const std::string schemes = SchemeList();
  // client_sigalgs apart from sigalgs: a server's pinned scheme must not
  // narrow what it accepts of clients.
  if (SSL_CTX_set_min_proto_version(context.get(), static_cast<int>(lowest)) !=
          1 ||
      SSL_CTX_set_max_proto_version(context.get(), static_cast<int>(highest)) !=
          1 ||
      SSL_CTX_set_ciphersuites(context.get(), kTls13Suites) != 1 ||
      SSL_CTX_set_cipher_list(context.get(), kTls12Suites) != 1 ||
      SSL_CTX_set1_groups_list(context.get(), kGroups) != 1 ||
      SSL_CTX_set1_sigalgs_list(context.get(), schemes.c_str()) != 1 ||
      SSL_CTX_set1_client_sigalgs_list(context.get(), schemes.c_str()) != 1) {
    return ContextError();
  }
  return context;
}

absl::Status CheckVersions(TlsVersion lowest, TlsVersion highest) {
  for (TlsVersion version : {lowest, highest}) {
    if (version != TlsVersion::kTls12 && version != TlsVersion::kTls13) {
      return absl::InvalidArgumentError(
          "only TLS 1.2 and TLS 1.3 can be configured");
    }
  }
  if (lowest <= highest) return absl::OkStatus();
  return absl::InvalidArgumentError(
      "the lowest TLS version is above the highest");
}

absl::Status CheckAlpnProtocols(absl::Span<const std::string> protocols) {
  constexpr size_t kMaxListSize = 65535;
  for (const std::string& protocol : protocols) {
    if (protocol.empty() || protocol.size() > 255) {
      return absl::InvalidArgumentError(
          absl::StrCat("an ALPN protocol name has ", protocol.size(),
                       " bytes; it must have 1 to 255 (RFC 7301 §3.1)"));
    }
  }
  if (AlpnWireForm(protocols).size() <= kMaxListSize) return absl::OkStatus();
  return absl::InvalidArgumentError(
      "the ALPN protocol names are longer than 65535 bytes together");
}

absl::Status CheckSignatureTimeout(absl::Duration timeout) {
  if (timeout > absl::ZeroDuration()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("the signature timeout is ",
                                                 absl::FormatDuration(timeout),
                                                 "; it must be positive"));
}

std::string AlpnWireForm(absl::Span<const std::string> protocols) {
  std::string wire;
  for (const std::string& protocol : protocols) {
    wire.push_back(static_cast<char>(protocol.size()));
    wire += protocol;
  }
  return wire;
}

}  // namespace keyhold::tls_internal
