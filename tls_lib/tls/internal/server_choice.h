// Which of a name's certificates a server serves, and with which scheme.
#ifndef KEYHOLD_TLS_LIB_TLS_INTERNAL_SERVER_CHOICE_H_
#define KEYHOLD_TLS_LIB_TLS_INTERNAL_SERVER_CHOICE_H_

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "tls_lib/core/cert_resolver.h"
#include "tls_lib/tls/internal/client_hello_facts.h"
#include "tls_lib/tls/internal/handshake_key.h"
#include "tls_lib/tls/internal/handshake_runner.h"

namespace keyhold::tls_internal {

// The first candidate that fits the ClientHello and whose key chooses a
// scheme. Asks the keys through `runner`, until `deadline`.
//
// FailedPrecondition (reason kNoCommonScheme) says for each candidate why
// not: the alert is handshake_failure. A key that the service does not serve
// to this application (NotFound, PermissionDenied) is passed over, and its
// error returned if no other suits. Any other error is a failure to ask: the
// candidates after it are not tried, since another certificate must not depend
// on whether a signer is up. But if the ClientHello may resume a session, the
// wait is short, that key's last known choice goes on, and the check at its
// signature decides.
absl::StatusOr<ChosenKey> ChooseServerKey(const Resolution& resolution,
                                          const ClientHelloFacts& facts,
                                          absl::Time deadline,
                                          HandshakeRunner& runner);

}  // namespace keyhold::tls_internal

#endif  // KEYHOLD_TLS_LIB_TLS_INTERNAL_SERVER_CHOICE_H_
