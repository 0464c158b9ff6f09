#include "tls_lib/tls/internal/peer_verification.h"

#include <arpa/inet.h>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "tls_lib/base/openssl_error.h"
#include "tls_lib/core/internal/dns_name.h"
#include "tls_lib/tls/internal/connection_state.h"

namespace keyhold::tls_internal {
namespace {

absl::Status BadServerNameError(absl::string_view name) {
  return absl::InvalidArgumentError(
      absl::StrCat("\"", absl::CHexEscape(name.substr(0, 64)),
                   "\" is neither a DNS name nor an IP address"));
}

absl::Status DemandNameError() {
  return OpensslError(absl::StatusCode::kInternal,
                      "OpenSSL does not take the server's name");
}

bool IsIpAddress(const std::string& name) {
  unsigned char address[sizeof(in6_addr)];
  return inet_pton(AF_INET, name.c_str(), address) == 1 ||
         inet_pton(AF_INET6, name.c_str(), address) == 1;
}

// A stranger wrote the certificate: control characters are escaped.
std::string SubjectOf(X509* certificate) {
  constexpr size_t kMostShown = 256;
  BioPtr text(BIO_new(BIO_s_mem()));
  if (text == nullptr || certificate == nullptr ||
      X509_NAME_print_ex(text.get(), X509_get_subject_name(certificate), 0,
                         XN_FLAG_RFC2253) < 0) {
    return "";
  }
  char* bytes = nullptr;
  long size = BIO_get_mem_data(text.get(), &bytes);
  return std::string(bytes, size).substr(0, kMostShown);
}

bool IsNameMismatch(int error) {
  return error == X509_V_ERR_HOSTNAME_MISMATCH ||
         error == X509_V_ERR_IP_ADDRESS_MISMATCH;
}

std::string Describe(X509_STORE_CTX* context, const ConnectionState& state) {
  const int error = X509_STORE_CTX_get_error(context);
  const int depth = X509_STORE_CTX_get_error_depth(context);
  absl::string_view peer = state.client != nullptr ? "server" : "client";
  std::string which = depth == 0 ? absl::StrCat("the ", peer, "'s certificate")
                                 : absl::StrCat("certificate ", depth,
                                                " above the ", peer, "'s");
  std::string problem = absl::StrCat(
      which, " (", SubjectOf(X509_STORE_CTX_get_current_cert(context)),
      ") does not verify: ", X509_verify_cert_error_string(error));
  if (IsNameMismatch(error)) {
    absl::StrAppend(&problem, "; it is not for ", state.server_name);
  }
  return problem;
}

int OnCertificate(int ok, X509_STORE_CTX* context) {
  if (ok == 1) return 1;
  auto ssl = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(
      context, SSL_get_ex_data_X509_STORE_CTX_idx()));
  ConnectionState* state = StateOf(ssl);
  if (state->verify_problem.empty()) {
    state->verify_problem = Describe(context, *state);
  }
  return 0;
}

}  // namespace

void VerifyPeers(SSL_CTX* context, bool required) {
  SSL_CTX_set_verify(
      context,
      SSL_VERIFY_PEER | (required ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0),
      OnCertificate);
}

absl::Status DemandName(SSL* ssl, absl::string_view server_name) {
  const std::string name(server_name);
  if (IsIpAddress(name)) {
    return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), name.c_str()) == 1
               ? absl::OkStatus()
               : DemandNameError();
  }
  if (!internal::IsDnsName(name)) return BadServerNameError(server_name);
  SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS |
                             X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
  if (SSL_set1_host(ssl, name.c_str()) != 1 ||
      SSL_set_tlsext_host_name(ssl, name.c_str()) != 1) {
    return DemandNameError();
  }
  return absl::OkStatus();
}

}  // namespace keyhold::tls_internal
