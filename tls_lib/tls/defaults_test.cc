// A golden snapshot: a change of defaults shows up in review. What the two
// kinds of context really offer is read back from libssl and off the wire.
#include <fstream>
#include <sstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "openssl/ssl.h"
#include "tls_lib/base/byte_reader.h"
#include "tls_lib/core/signature_scheme.h"
#include "tls_lib/local/test_keys.h"
#include "tls_lib/tls/internal/client_context.h"
#include "tls_lib/tls/internal/client_settings.h"
#include "tls_lib/tls/internal/server_context.h"
#include "tls_lib/tls/internal/server_settings.h"
#include "tls_lib/tls/testing/endpoint.h"
#include "tls_lib/tls/testing/raw_peer.h"
#include "tls_lib/tls/testing/test_site.h"
#include "tls_lib/tls/ticket_keys.h"

namespace keyhold {
namespace {

using tls_testing::Built;
using tls_testing::OurEnd;
using tls_testing::RawContext;
using tls_testing::RawPeer;
using tls_testing::TestSite;

constexpr char kGoldenPath[] = "tls_lib/tls/testdata/defaults.golden";

std::string Schemes() {
  std::string text = "signature schemes, best first\n";
  for (const SchemeInfo& scheme : AllSchemes()) {
    absl::StrAppendFormat(&text, "  0x%04x %s%s\n",
                          static_cast<uint16_t>(scheme.scheme), scheme.name,
                          scheme.allowed_in_tls13 ? "" : " (TLS 1.2 only)");
  }
  return text;
}

std::string Suites(SSL_CTX* context) {
  std::string text;
  STACK_OF(SSL_CIPHER)* suites = SSL_CTX_get_ciphers(context);
  for (int i = 0; i < sk_SSL_CIPHER_num(suites); ++i) {
    absl::StrAppend(&text, "  ",
                    SSL_CIPHER_standard_name(sk_SSL_CIPHER_value(suites, i)),
                    "\n");
  }
  return text;
}

std::string Options(SSL_CTX* context) {
  constexpr std::pair<uint64_t, const char*> kNames[] = {
      {SSL_OP_NO_RENEGOTIATION, "no renegotiation"},
      {SSL_OP_ALLOW_CLIENT_RENEGOTIATION, "CLIENT RENEGOTIATION"},
      {SSL_OP_NO_COMPRESSION, "no compression"},
      {SSL_OP_CIPHER_SERVER_PREFERENCE, "server's order of suites"},
      {SSL_OP_PRIORITIZE_CHACHA, "ChaCha20 for clients that put it first"},
      {SSL_OP_ENABLE_MIDDLEBOX_COMPAT, "TLS 1.3 middlebox compatibility"},
      {SSL_OP_ALLOW_NO_DHE_KEX, "TLS 1.3 PSK WITHOUT (EC)DHE"},
      {SSL_OP_IGNORE_UNEXPECTED_EOF, "IGNORE UNEXPECTED EOF"},
      {SSL_OP_LEGACY_SERVER_CONNECT, "LEGACY SERVER CONNECT"},
      {SSL_OP_NO_TICKET, "no tickets"},
  };
  uint64_t options = SSL_CTX_get_options(context);
  std::string text;
  for (const auto& [bit, name] : kNames) {
    if ((options & bit) != 0) absl::StrAppend(&text, "  ", name, "\n");
    options &= ~bit;
  }
  absl::StrAppendFormat(&text, "  others: 0x%x\n", options);
  return text;
}

std::string Context(const char* name, SSL_CTX* context) {
  return absl::StrFormat(
      "%s\n  versions 0x%04x to 0x%04x\n  security level %d\n"
      "  early data %u bytes\n  tickets per TLS 1.3 handshake %d\n"
      "  session timeout %d s\nits cipher suites\n%sits options\n%s",
      name, SSL_CTX_get_min_proto_version(context),
      SSL_CTX_get_max_proto_version(context),
      SSL_CTX_get_security_level(context), SSL_CTX_get_max_early_data(context),
      static_cast<int>(SSL_CTX_get_num_tickets(context)),
      static_cast<int>(SSL_CTX_get_timeout(context)), Suites(context),
      Options(context));
}

// What our client puts into its ClientHello, in order.
std::string ClientHelloExtensions() {
  TestSite site(TestKeyKind::kP256);
  RawContext context = RawContext::Server(site.chain_pem, site.key_pem);
  // The stranger does obey openssl.cnf.
  context.Sigalgs("ecdsa_secp256r1_sha256");
  auto server = RawPeer::Server(context);
  OurEnd client = OurEnd::Client(Built(tls_testing::TestClient()));
  const tls_testing::HandshakeOutcome outcome = RunHandshake(client, *server);
  EXPECT_TRUE(outcome.ok()) << outcome;
  ByteReader reader(server->seen().client_hello);
  reader.ReadNumber(4);  // header
  reader.ReadNumber(2);  // legacy_version
  reader.ReadBytes(32);  // random
  reader.ReadVector(1);  // legacy_session_id
  reader.ReadVector(2);  // cipher_suites
  absl::string_view compression = reader.ReadVector(1).value();
  std::string text =
      absl::StrFormat("the client's ClientHello\n  compression methods %d\n",
                      static_cast<int>(compression.size()));
  ByteReader extensions(reader.ReadVector(2).value());
  while (!extensions.empty()) {
    const uint32_t type = extensions.ReadNumber(2).value();
    absl::string_view body = extensions.ReadVector(2).value();
    absl::StrAppendFormat(&text, "  extension %d", type);
    // Lists: groups, schemes, versions, PSK modes.
    if (type == 10 || type == 13 || type == 43 || type == 45) {
      for (char byte : body) {
        absl::StrAppendFormat(&text, " %02x", static_cast<uint8_t>(byte));
      }
    }
    text += "\n";
  }
  return text;
}

std::string Snapshot() {
  TestSite site(TestKeyKind::kP256);
  tls_internal::ServerSettings server;
  server.resolver = tls_testing::ResolverOf({{"", &site}});
  tls_internal::ClientSettings client;
  client.anchors = tls_testing::SiteAnchors();
  auto server_context = tls_internal::ServerContext::Create(server).value();
  auto client_context = tls_internal::ClientContext::Create(client).value();
  return absl::StrCat(
      Schemes(), Context("server", server_context->ssl_context()),
      Context("client", client_context->ssl_context()), ClientHelloExtensions(),
      "settings\n  signature timeout ",
      absl::FormatDuration(server.signature_timeout), " (server), ",
      absl::FormatDuration(client.signature_timeout),
      " (client)\n  client's session cache ", client.session_cache_size,
      "\n  ticket keys rotate after ",
      absl::FormatDuration(TicketKeys::kRotation), ", end after ",
      absl::FormatDuration(TicketKeys::kLifetime), "\n");
}

TEST(DefaultsTest, AreAsInTheGoldenFile) {
  std::ifstream file(kGoldenPath);
  std::stringstream golden;
  golden << file.rdbuf();
  const std::string snapshot = Snapshot();
  EXPECT_EQ(snapshot, golden.str())
      << "if the change is meant, copy this to " << kGoldenPath << ":\n"
      << snapshot;
}

}  // namespace
}  // namespace keyhold
