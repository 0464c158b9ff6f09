#include "tls_lib/tls/internal/client_hello_facts.h"

#include <algorithm>
#include <string>

#include "absl/strings/string_view.h"
#include "tls_lib/base/status_macros.h"
#include "tls_lib/tls/internal/hello_extensions.h"

namespace keyhold::tls_internal {
namespace {

// IANA's code points of protocol_defaults.h's kTls12Suites.
constexpr uint16_t kEcdsaSuites[] = {0xc02b, 0xc02c, 0xcca9};
constexpr uint16_t kRsaSuites[] = {0xc02f, 0xc030, 0xcca8};

std::optional<absl::string_view> Extension(SSL* ssl, unsigned int type) {
  const unsigned char* bytes = nullptr;
  size_t size = 0;
  if (SSL_client_hello_get0_ext(ssl, type, &bytes, &size) != 1) {
    return std::nullopt;
  }
  return absl::string_view(reinterpret_cast<const char*>(bytes), size);
}

absl::Status ReadVersion(SSL* ssl, TlsVersion lowest, TlsVersion highest,
                         ClientHelloFacts& facts) {
  std::optional<std::vector<uint16_t>> supported;
  if (auto body = Extension(ssl, TLSEXT_TYPE_supported_versions)) {
    ASSIGN_OR_RETURN(supported, ParseSupportedVersions(*body));
  }
  std::optional<TlsVersion> version = NegotiatedVersion(
      static_cast<uint16_t>(SSL_client_hello_get0_legacy_version(ssl)),
      supported, lowest, highest);
  facts.version_in_common = version.has_value();
  facts.hello.version = version.value_or(highest);
  return absl::OkStatus();
}

absl::Status ReadOffers(SSL* ssl, ClientHelloFacts& facts) {
  if (auto body = Extension(ssl, TLSEXT_TYPE_server_name)) {
    ASSIGN_OR_RETURN(facts.hello.server_name, ParseServerName(*body));
  }
  if (auto body = Extension(ssl, TLSEXT_TYPE_signature_algorithms)) {
    ASSIGN_OR_RETURN(facts.hello.signature_schemes,
                     ParseSignatureAlgorithms(*body));
  }
  if (auto body =
          Extension(ssl, TLSEXT_TYPE_application_layer_protocol_negotiation)) {
    ASSIGN_OR_RETURN(facts.hello.alpn_protocols, ParseAlpn(*body));
  }
  if (auto body = Extension(ssl, TLSEXT_TYPE_supported_groups)) {
    ASSIGN_OR_RETURN(facts.groups, ParseSupportedGroups(*body));
  }
  const unsigned char* suites = nullptr;
  size_t size = SSL_client_hello_get0_ciphers(ssl, &suites);
  ASSIGN_OR_RETURN(facts.cipher_suites,
                   ParseNumbers({reinterpret_cast<const char*>(suites), size},
                                "list of cipher suites"));
  return absl::OkStatus();
}

bool MayResume(SSL* ssl, TlsVersion version) {
  if (version == TlsVersion::kTls13) {
    return Extension(ssl, TLSEXT_TYPE_psk).has_value();
  }
  const unsigned char* session_id = nullptr;
  return SSL_client_hello_get0_session_id(ssl, &session_id) > 0 ||
         !Extension(ssl, TLSEXT_TYPE_session_ticket).value_or("").empty();
}

bool Contains(absl::Span<const uint16_t> list, uint16_t value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

bool SharesOne(absl::Span<const uint16_t> offered,
               absl::Span<const uint16_t> ours) {
  return std::any_of(ours.begin(), ours.end(),
                     [&](uint16_t value) { return Contains(offered, value); });
}

// The NamedCurve of an ECDSA key; null for other keys.
std::optional<uint16_t> CurveOf(KeyType type) {
  switch (type) {
    case KeyType::kEcdsaP256:
      return 23;
    case KeyType::kEcdsaP384:
      return 24;
    case KeyType::kEcdsaP521:
      return 25;
    default:
      return std::nullopt;
  }
}

bool IsRsa(KeyType type) {
  return type == KeyType::kRsa || type == KeyType::kRsaPss;
}

}  // namespace

absl::StatusOr<ClientHelloFacts> ReadClientHello(SSL* ssl, TlsVersion lowest,
                                                 TlsVersion highest) {
  ClientHelloFacts facts;
  RETURN_IF_ERROR(ReadVersion(ssl, lowest, highest, facts));
  RETURN_IF_ERROR(ReadOffers(ssl, facts));
  facts.may_resume = MayResume(ssl, facts.hello.version);
  return facts;
}

std::optional<TlsVersion> NegotiatedVersion(
    uint16_t legacy_version,
    const std::optional<std::vector<uint16_t>>& supported_versions,
    TlsVersion lowest, TlsVersion highest) {
  for (TlsVersion version : {TlsVersion::kTls13, TlsVersion::kTls12}) {
    if (version < lowest || version > highest) continue;
    const bool offered =
        supported_versions
            ? Contains(*supported_versions, static_cast<uint16_t>(version))
            : version == TlsVersion::kTls12 &&
                  legacy_version >= static_cast<uint16_t>(version);
    if (offered) return version;
  }
  return std::nullopt;
}

bool FitsClientHello(KeyType type, const ClientHelloFacts& facts) {
  if (facts.hello.version == TlsVersion::kTls13) return true;
  if (IsRsa(type)) return SharesOne(facts.cipher_suites, kRsaSuites);
  if (!SharesOne(facts.cipher_suites, kEcdsaSuites)) return false;
  std::optional<uint16_t> curve = CurveOf(type);
  return !curve || !facts.groups || Contains(*facts.groups, *curve);
}

}  // namespace keyhold::tls_internal
