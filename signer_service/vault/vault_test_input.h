// Key files and sign jobs for tests of vaults.
#ifndef KEYHOLD_SIGNER_SERVICE_VAULT_VAULT_TEST_INPUT_H_
#define KEYHOLD_SIGNER_SERVICE_VAULT_VAULT_TEST_INPUT_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "keyhold/signer/v1/sign.pb.h"
#include "signer_service/core/usage_set.h"
#include "signer_service/vault/vault.h"
#include "tls_lib/base/unique_fd.h"
#include "tls_lib/core/public_key.h"
#include "tls_lib/core/signature_scheme.h"
#include "tls_lib/local/test_keys.h"

namespace keyhold {

// An open descriptor of a file without a name that holds `bytes`.
UniqueFd FileHolding(absl::string_view bytes);

// A key file named `id` ("id@label" if there is a label) under "/keys".
KeyFile TestKeyFile(absl::string_view id, absl::string_view encoded_key,
                    absl::string_view label = "");

// Every usage that there is.
UsageSet AllUsages();

// The public half of a test key.
PublicKey TestPublicKey(TestKeyKind kind, int index = 0);

// What a TLS 1.2 client signs whose certificate this is.
std::string TestTls12Transcript(absl::string_view certificate_der);

// A point on P-256, uncompressed.
std::string P256Point();

// Requests that a key may sign, each with the key's name and the scheme.
signer::v1::SignRequest Tls13Request(const PublicKey& key,
                                     SignatureScheme scheme,
                                     signer::v1::Role role);
signer::v1::SignRequest Tls12ServerRequest(const PublicKey& key,
                                           SignatureScheme scheme);
// `certificate_der` is the client's, with the public half of `key`.
signer::v1::SignRequest Tls12ClientRequest(const PublicKey& key,
                                           SignatureScheme scheme,
                                           absl::string_view certificate_der);
signer::v1::SignRequest MessageRequest(const PublicKey& key,
                                       SignatureScheme scheme,
                                       absl::string_view message);
signer::v1::SignRequest DigestRequest(const PublicKey& key,
                                      SignatureScheme scheme,
                                      signer::v1::Hash hash,
                                      absl::string_view value);

// Signs in one batch and waits: the results in the jobs' order. The test fails
// if a job is answered twice.
std::vector<absl::StatusOr<std::string>> SignAll(Vault& vault,
                                                 std::vector<SignJob> jobs);
absl::StatusOr<std::string> SignOne(Vault& vault,
                                    const signer::v1::SignRequest& request);

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_VAULT_VAULT_TEST_INPUT_H_
