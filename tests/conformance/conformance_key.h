// The keys that the conformance suite signs with.
#ifndef KEYHOLD_TESTS_CONFORMANCE_CONFORMANCE_KEY_H_
#define KEYHOLD_TESTS_CONFORMANCE_CONFORMANCE_KEY_H_

#include <string>
#include <vector>

#include "tls_lib/core/signature_scheme.h"
#include "tls_lib/core/signing_context.h"
#include "tls_lib/local/test_keys.h"

namespace keyhold {

struct ConformanceKey {
  TestKeyKind kind;
  Role role;

  // "P256.server": unique, and fit to be a file's name.
  std::string Name() const;
  // PKCS#8. Server and client have different keys.
  std::string KeyPem() const;
  // Self-signed, for serverAuth or clientAuth alone.
  std::string CertificatePem() const;
  // DER.
  std::string Spki() const;
};

// Every type of key in both roles: what an implementation has to hold.
std::vector<ConformanceKey> AllConformanceKeys();

// The schemes that a key of `kind` makes in `version`, best first: a list by
// hand, so that the code under test is not measured by itself.
std::vector<SignatureScheme> ExpectedSchemes(TestKeyKind kind,
                                             TlsVersion version);

}  // namespace keyhold

#endif  // KEYHOLD_TESTS_CONFORMANCE_CONFORMANCE_KEY_H_
