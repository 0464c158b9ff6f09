#include "tls_lib/tls/internal/facts_reader.h"

#include <optional>
#include <string>
#include <vector>

#include "openssl/objects.h"
#include "tls_lib/core/signature_scheme.h"

namespace keyhold::tls_internal {
namespace {

HashAlgorithm HashOf(int nid) {
  switch (nid) {
    case NID_sha256:
      return HashAlgorithm::kSha256;
    case NID_sha384:
      return HashAlgorithm::kSha384;
    case NID_sha512:
      return HashAlgorithm::kSha512;
    default:
      return HashAlgorithm::kNone;
  }
}

// Whether libssl's type of signature is that of `scheme`, made by a key of
// the certificate's type.
bool IsOfType(const SchemeInfo& scheme, int type, bool pss_key) {
  switch (scheme.algorithm) {
    case SignatureAlgorithm::kRsaPkcs1:
      return type == EVP_PKEY_RSA;
    case SignatureAlgorithm::kRsaPss:
      return type == EVP_PKEY_RSA_PSS &&
             pss_key == (scheme.key_type == KeyType::kRsaPss);
    case SignatureAlgorithm::kEcdsa:
      return type == EVP_PKEY_EC;
    case SignatureAlgorithm::kEddsa:
      return type == (scheme.key_type == KeyType::kEd25519 ? EVP_PKEY_ED25519
                                                           : EVP_PKEY_ED448);
  }
  return false;
}

// libssl tells the two halves of a scheme, not its code point.
std::optional<SignatureScheme> PeerScheme(SSL* ssl) {
  int type = NID_undef;
  int digest = NID_undef;
  X509* leaf = SSL_get0_peer_certificate(ssl);
  if (leaf == nullptr || SSL_get_peer_signature_type_nid(ssl, &type) != 1) {
    return std::nullopt;
  }
  SSL_get_peer_signature_nid(ssl, &digest);
  const bool pss_key = EVP_PKEY_is_a(X509_get0_pubkey(leaf), "RSA-PSS") == 1;
  for (const SchemeInfo& scheme : AllSchemes()) {
    if (!IsOfType(scheme, type, pss_key)) continue;
    if (scheme.hash == HashAlgorithm::kNone || scheme.hash == HashOf(digest)) {
      return scheme.scheme;
    }
  }
  return std::nullopt;
}

std::string DerOf(X509* certificate) {
  unsigned char* bytes = nullptr;
  const int size = i2d_X509(certificate, &bytes);
  OpensslBytesPtr owner(bytes);
  if (size <= 0) return "";
  return std::string(reinterpret_cast<char*>(bytes), size);
}

std::vector<std::string> PeerChain(SSL* ssl) {
  std::vector<std::string> chain;
  X509* leaf = SSL_get0_peer_certificate(ssl);
  if (leaf == nullptr) return chain;
  chain.push_back(DerOf(leaf));
  // On a server, libssl's chain lacks the leaf.
  STACK_OF(X509)* certificates = SSL_get_peer_cert_chain(ssl);
  const int first = SSL_is_server(ssl) ? 0 : 1;
  for (int i = first; i < sk_X509_num(certificates); ++i) {
    chain.push_back(DerOf(sk_X509_value(certificates, i)));
  }
  return chain;
}

std::string AlpnProtocol(SSL* ssl) {
  const unsigned char* name = nullptr;
  unsigned int size = 0;
  SSL_get0_alpn_selected(ssl, &name, &size);
  return std::string(reinterpret_cast<const char*>(name), size);
}

}  // namespace

HandshakeFacts ReadFacts(SSL* ssl, const ConnectionState& state) {
  HandshakeFacts facts;
  facts.version = static_cast<TlsVersion>(SSL_version(ssl));
  facts.cipher_suite = SSL_CIPHER_standard_name(SSL_get_current_cipher(ssl));
  facts.alpn_protocol = AlpnProtocol(ssl);
  if (state.server != nullptr) {
    facts.server_name = state.server_name;
  } else if (const char* name =
                 SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name)) {
    facts.server_name = name;
  }
  facts.resumed = SSL_session_reused(ssl) == 1;
  facts.own_scheme = state.signed_with;
  if (state.signed_with) facts.certified_key = state.certified_key;
  facts.peer_scheme = PeerScheme(ssl);
  facts.peer_chain_der = PeerChain(ssl);
  return facts;
}

}  // namespace keyhold::tls_internal
