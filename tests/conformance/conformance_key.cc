#include "tests/conformance/conformance_key.h"

#include "absl/strings/str_cat.h"

namespace keyhold {
namespace {

using S = SignatureScheme;

int IndexOf(Role role) { return role == Role::kServer ? 0 : 1; }

}  // namespace

std::string ConformanceKey::Name() const {
  return absl::StrCat(TestKeyKindName(kind),
                      role == Role::kServer ? ".server" : ".client");
}

std::string ConformanceKey::KeyPem() const {
  return TestKeyPem(kind, IndexOf(role));
}

std::string ConformanceKey::CertificatePem() const {
  TestCertOptions options;
  options.common_name = Name();
  options.server_auth = role == Role::kServer;
  options.client_auth = role == Role::kClient;
  return SelfSignedTestCert(KeyPem(), options);
}

std::string ConformanceKey::Spki() const {
  return TestKeySpki(kind, IndexOf(role));
}

std::vector<ConformanceKey> AllConformanceKeys() {
  std::vector<ConformanceKey> result;
  for (TestKeyKind kind : GoodTestKeyKinds()) {
    result.push_back({kind, Role::kServer});
    result.push_back({kind, Role::kClient});
  }
  return result;
}

std::vector<SignatureScheme> ExpectedSchemes(TestKeyKind kind,
                                             TlsVersion version) {
  const bool tls13 = version == TlsVersion::kTls13;
  switch (kind) {
    case TestKeyKind::kRsa2048:
    case TestKeyKind::kRsa3072:
    case TestKeyKind::kRsa4096:
      if (tls13) {
        return {S::kRsaPssRsaeSha256, S::kRsaPssRsaeSha384,
                S::kRsaPssRsaeSha512};
      }
      return {S::kRsaPssRsaeSha256, S::kRsaPssRsaeSha384, S::kRsaPssRsaeSha512,
              S::kRsaPkcs1Sha256,   S::kRsaPkcs1Sha384,   S::kRsaPkcs1Sha512};
    case TestKeyKind::kRsaPss2048:
      return {S::kRsaPssPssSha256, S::kRsaPssPssSha384, S::kRsaPssPssSha512};
    case TestKeyKind::kRsaPss2048Sha256:
      return {S::kRsaPssPssSha256};
    case TestKeyKind::kP256:
      if (tls13) return {S::kEcdsaSecp256r1Sha256};
      return {S::kEcdsaSecp256r1Sha256, S::kEcdsaSecp384r1Sha384,
              S::kEcdsaSecp521r1Sha512};
    case TestKeyKind::kP384:
      if (tls13) return {S::kEcdsaSecp384r1Sha384};
      return {S::kEcdsaSecp384r1Sha384, S::kEcdsaSecp256r1Sha256,
              S::kEcdsaSecp521r1Sha512};
    case TestKeyKind::kP521:
      if (tls13) return {S::kEcdsaSecp521r1Sha512};
      return {S::kEcdsaSecp521r1Sha512, S::kEcdsaSecp256r1Sha256,
              S::kEcdsaSecp384r1Sha384};
    case TestKeyKind::kEd25519:
      return {S::kEd25519};
    case TestKeyKind::kEd448:
      return {S::kEd448};
    case TestKeyKind::kRsa1024:
    case TestKeyKind::kSecp256k1:
    case TestKeyKind::kP256Explicit:
      break;
  }
  return {};
}

}  // namespace keyhold
