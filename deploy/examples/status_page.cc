#include "deploy/examples/status_page.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tls_lib/core/certificate_fields.h"
#include "tls_lib/local/local_signing_key.h"

namespace keyhold::examples {

std::string StatusPage(const HandshakeFacts& facts, absl::string_view signer) {
  std::string client = "none";
  if (!facts.peer_chain_der.empty()) {
    auto fields = ReadCertificateFields(facts.peer_chain_der[0]);
    if (fields.ok()) client = absl::StrJoin(fields->dns_names, ", ");
  }
  const bool is_local =
      facts.certified_key != nullptr &&
      dynamic_cast<const LocalSigningKey*>(&facts.certified_key->key());
  return absl::StrCat(
      "protocol: TLSv", facts.version == TlsVersion::kTls13 ? "1.3" : "1.2",
      "\nserver name: ", facts.server_name,
      "\nscheme: ", facts.own_scheme ? SchemeName(*facts.own_scheme) : "none",
      "\nsigned by: ",
      facts.resumed ? "nobody, the session was resumed"
      : is_local    ? "this process"
                    : absl::StrCat("signer ", signer),
      "\nclient: ", client, "\n");
}

}  // namespace keyhold::examples
