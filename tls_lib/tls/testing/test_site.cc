#include "tls_lib/tls/testing/test_site.h"

#include "tls_lib/base/secret_bytes.h"
#include "tls_lib/core/sni_cert_resolver.h"
#include "tls_lib/local/local_signing_key.h"

namespace keyhold::tls_testing {

const TestCa& SiteCa() {
  static const TestCa* const kCa = new TestCa("Site CA");
  return *kCa;
}

const TestCa& OtherCa() {
  static const TestCa* const kCa =
      new TestCa("Other CA", TestKeyKind::kP256, 102);
  return *kCa;
}

std::shared_ptr<const TrustAnchors> SiteAnchors() {
  return TrustAnchors::FromPem(SiteCa().cert_pem()).value();
}

TestSite::TestSite(TestKeyKind kind, int index, std::vector<std::string> names,
                   const TestCa& ca)
    : key_pem(TestKeyPem(kind, index)) {
  TestCertOptions options;
  options.dns_names = std::move(names);
  options.server_auth = true;
  options.client_auth = true;
  chain_pem = ca.Issue(key_pem, options);
  PrivateKey parsed =
      PrivateKey::Parse(SecretBytes::CopyOf(key_pem).value()).value();
  key = std::make_shared<FakeSigningKey>(
      LocalSigningKey::Create(std::move(parsed)).value());
  certified_key = CertifiedKey::CreateFromPem(chain_pem, key).value();
}

std::shared_ptr<const CertResolver> ResolverOf(
    std::vector<std::pair<std::string, const TestSite*>> sites) {
  std::vector<NamedCertifiedKey> entries;
  for (const auto& [name, site] : sites) {
    entries.push_back({name, site->certified_key});
  }
  return SniCertResolver::Create(std::move(entries)).value();
}

ServerConfig::Builder ServerOf(const TestSite& site) {
  return ServerConfig::Builder(ResolverOf({{"", &site}}));
}

ClientConfig::Builder TestClient() {
  return ClientConfig::Builder(SiteAnchors());
}

ClientConfig::Builder ClientOf(const TestSite& site) {
  ClientConfig::Builder builder = TestClient();
  builder.SetClientCertResolver(
      std::make_shared<SingleClientCertResolver>(site.certified_key));
  return builder;
}

std::shared_ptr<const ServerConfig> Built(
    const ServerConfig::Builder& builder) {
  return builder.Build().value();
}

std::shared_ptr<const ClientConfig> Built(
    const ClientConfig::Builder& builder) {
  return builder.Build().value();
}

}  // namespace keyhold::tls_testing
