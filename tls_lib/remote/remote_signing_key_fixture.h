// What the tests of RemoteSigningKey share: a fake signer with an RSA and a
// P-256 key, and a client of it.
#ifndef KEYHOLD_TLS_LIB_REMOTE_REMOTE_SIGNING_KEY_FIXTURE_H_
#define KEYHOLD_TLS_LIB_REMOTE_REMOTE_SIGNING_KEY_FIXTURE_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "tests/fakes/fake_signer.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/core/signed_content.h"
#include "tls_lib/local/test_keys.h"
#include "tls_lib/remote/remote_signing_key.h"
#include "tls_lib/remote/signer_client.h"

namespace keyhold {

constexpr SignatureScheme kGrease = static_cast<SignatureScheme>(0xfafa);
constexpr SignatureScheme kPss256 = SignatureScheme::kRsaPssRsaeSha256;
constexpr SignatureScheme kPss384 = SignatureScheme::kRsaPssRsaeSha384;
constexpr SignatureScheme kPss512 = SignatureScheme::kRsaPssRsaeSha512;

inline FakeKey KeyNamed(std::string id, TestKeyKind kind, int index = 0) {
  FakeKey key;
  key.id = std::move(id);
  key.pem = TestKeyPem(kind, index);
  return key;
}

inline SigningContext Tls13Server(std::string name = "www.example.org") {
  SigningContext context;
  context.role = Role::kServer;
  context.version = TlsVersion::kTls13;
  context.server_name = std::move(name);
  return context;
}

inline std::string Tls13Content(char filler = 'h') {
  return *AssembleTls13CertificateVerify(
      {Role::kServer, std::string(32, filler)});
}

class RemoteSigningKeyTest : public testing::Test {
 protected:
  RemoteSigningKeyTest()
      : signer_({KeyNamed("rsa", TestKeyKind::kRsa2048),
                 KeyNamed("p256", TestKeyKind::kP256)}),
        client_(*SignerClient::Create(signer_.ClientOptions())),
        rsa_(KeyFor(TestKeyKind::kRsa2048)),
        p256_(KeyFor(TestKeyKind::kP256)) {}

  std::shared_ptr<const RemoteSigningKey> KeyFor(
      TestKeyKind kind, int index = 0, SchemeChoiceCache::Options cache = {}) {
    auto key = RemoteSigningKey::ForCertificate(
        client_, SelfSignedTestCert(TestKeyPem(kind, index)), std::move(cache));
    EXPECT_THAT(key, IsOk());
    return *std::move(key);
  }

  static absl::StatusOr<SignatureScheme> Choose(
      const SigningKey& key, const SigningContext& context,
      const std::vector<SignatureScheme>& offered) {
    auto signer = key.ChooseScheme(context, offered);
    if (!signer.ok()) return signer.status();
    return (*signer)->scheme();
  }

  static absl::StatusOr<std::string> Sign(
      const SigningKey& key, const SigningContext& context,
      const std::vector<SignatureScheme>& offered, absl::string_view message,
      absl::Time deadline = absl::InfiniteFuture()) {
    auto signer = key.ChooseScheme(context, offered);
    if (!signer.ok()) return signer.status();
    return (*signer)->Sign(message, deadline);
  }

  int ChooseCalls() const { return signer_.Calls(FakeRpc::kChooseScheme); }

  FakeSigner signer_;
  std::shared_ptr<SignerClient> client_;
  std::shared_ptr<const RemoteSigningKey> rsa_;
  std::shared_ptr<const RemoteSigningKey> p256_;
};

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_REMOTE_REMOTE_SIGNING_KEY_FIXTURE_H_
