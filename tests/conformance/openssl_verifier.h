// Verifies signatures with OpenSSL alone, by a way of its own: nothing of the
// code under test is used.
#ifndef KEYHOLD_TESTS_CONFORMANCE_OPENSSL_VERIFIER_H_
#define KEYHOLD_TESTS_CONFORMANCE_OPENSSL_VERIFIER_H_

#include <string>

#include "gtest/gtest.h"
#include "tls_lib/core/signature_scheme.h"

namespace keyhold {

// Whether `signature` is one of `scheme` over `message` by the key of `spki`
// (DER).
testing::AssertionResult VerifiesWithOpenssl(const std::string& spki,
                                             SignatureScheme scheme,
                                             const std::string& message,
                                             const std::string& signature);

}  // namespace keyhold

#endif  // KEYHOLD_TESTS_CONFORMANCE_OPENSSL_VERIFIER_H_
