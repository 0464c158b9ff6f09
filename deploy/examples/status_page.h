// The page that https_server serves: what its handshake settled.
#ifndef KEYHOLD_DEPLOY_EXAMPLES_STATUS_PAGE_H_
#define KEYHOLD_DEPLOY_EXAMPLES_STATUS_PAGE_H_

#include <string>

#include "absl/strings/string_view.h"
#include "tls_lib/tls/handshake_facts.h"

namespace keyhold::examples {

// Plain text, a line each: protocol, server name, scheme, who signed, client.
// `signer` is where remote keys sign.
std::string StatusPage(const HandshakeFacts& facts, absl::string_view signer);

}  // namespace keyhold::examples

#endif  // KEYHOLD_DEPLOY_EXAMPLES_STATUS_PAGE_H_
