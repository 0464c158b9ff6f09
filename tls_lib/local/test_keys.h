// Keys and certificates for tests, made at run time: no private key is ever
// in the repository.
//
//   TestCa ca("Site CA");
//   std::string key = TestKeyPem(TestKeyKind::kP256);
//   TestCertOptions options;
//   options.dns_names = {"www.example.org"};
//   std::string chain = ca.Issue(key, options);
//
// Every function ends the process with a message if OpenSSL fails.
#ifndef KEYHOLD_TLS_LIB_LOCAL_TEST_KEYS_H_
#define KEYHOLD_TLS_LIB_LOCAL_TEST_KEYS_H_

#include <ostream>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "absl/types/span.h"

namespace keyhold {

enum class TestKeyKind {
  kRsa2048,
  kRsa3072,
  kRsa4096,
  kRsaPss2048,        // id-RSASSA-PSS without parameters
  kRsaPss2048Sha256,  // restricted to SHA-256, MGF1 with SHA-256, salt >= 32
  kP256,
  kP384,
  kP521,
  kEd25519,
  kEd448,
  // Those below are refused by Keyhold.
  kRsa1024,
  kSecp256k1,
  kP256Explicit,  // P-256 with its parameters written out
};

// The kinds that Keyhold serves: those above the line.
absl::Span<const TestKeyKind> GoodTestKeyKinds();
// "Rsa2048", "P256" …: letters and digits only, for names of test cases.
absl::string_view TestKeyKindName(TestKeyKind kind);
std::ostream& operator<<(std::ostream& os, TestKeyKind kind);

enum class TestKeyFormat {
  kPkcs8Pem,
  kPkcs8Der,
  kTraditionalPem,  // PKCS#1 for RSA, SEC1 for EC; no other kind has it
  kTraditionalDer,
};

// A private key in PKCS#8 PEM. Made once per process for each kind and index,
// so that repeated calls are cheap and give the same key; another index gives
// another key. Thread-safe.
std::string TestKeyPem(TestKeyKind kind, int index = 0);
// The same key in another format.
std::string TestKeyEncoded(TestKeyKind kind, TestKeyFormat format,
                           int index = 0);
// DER SubjectPublicKeyInfo of the same key.
std::string TestKeySpki(TestKeyKind kind, int index = 0);
// The same key in PKCS#8 PEM, encrypted with the password "password".
std::string EncryptedTestKeyPem(TestKeyKind kind, int index = 0);

struct TestCertOptions {
  // Empty: the subject has none.
  std::string common_name = "test";
  // subjectAltName entries.
  std::vector<std::string> dns_names;
  std::vector<std::string> uris;          // "spiffe://example.org/web"
  std::vector<std::string> ip_addresses;  // "127.0.0.1", "::1"
  // extendedKeyUsage; neither: the extension is absent.
  bool server_auth = false;
  bool client_auth = false;
  bool is_ca = false;
  absl::Time not_before = absl::Now() - absl::Hours(1);
  absl::Time not_after = absl::Now() + absl::Hours(24);
};

// A self-signed certificate in PEM. `key_pem`: its private key.
std::string SelfSignedTestCert(absl::string_view key_pem,
                               const TestCertOptions& options = {});
// One whose validity ended an hour ago.
TestCertOptions Expired(TestCertOptions options);

// The DER of the first PEM block in `pem`, whatever its label.
std::string PemToDer(absl::string_view pem);

// A certification authority. Immutable, thread-safe, copyable.
class TestCa {
 public:
  // Self-signed. Each object with the same kind and index has the same key.
  explicit TestCa(absl::string_view common_name,
                  TestKeyKind kind = TestKeyKind::kP256, int index = 100);

  // A certificate in PEM for the public half of `key_pem`, a private key.
  std::string Issue(absl::string_view key_pem,
                    const TestCertOptions& options = {}) const;
  // A CA below this one.
  TestCa IssueCa(absl::string_view common_name,
                 TestKeyKind kind = TestKeyKind::kP256, int index = 101) const;

  const std::string& cert_pem() const { return cert_pem_; }
  const std::string& key_pem() const { return key_pem_; }

 private:
  TestCa(std::string cert_pem, std::string key_pem)
      : cert_pem_(std::move(cert_pem)), key_pem_(std::move(key_pem)) {}

  std::string cert_pem_;
  std::string key_pem_;
};

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_LOCAL_TEST_KEYS_H_
