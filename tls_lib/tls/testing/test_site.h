// Certificates with local keys, and configurations around them, for tests of
// handshakes.
#ifndef KEYHOLD_TLS_LIB_TLS_TESTING_TEST_SITE_H_
#define KEYHOLD_TLS_LIB_TLS_TESTING_TEST_SITE_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "tls_lib/core/cert_resolver.h"
#include "tls_lib/core/certified_key.h"
#include "tls_lib/core/signing_key.h"
#include "tls_lib/local/test_keys.h"
#include "tls_lib/tls/client_config.h"
#include "tls_lib/tls/server_config.h"
#include "tls_lib/tls/testing/fake_signing_key.h"
#include "tls_lib/tls/trust_anchors.h"

namespace keyhold::tls_testing {

// All functions end the process with a message on failure.

// The CA of all sites and clients of a test.
const TestCa& SiteCa();
// Another one, which nobody trusts.
const TestCa& OtherCa();
std::shared_ptr<const TrustAnchors> SiteAnchors();

// A certificate of SiteCa for www.example.org, both usages, and its key.
struct TestSite {
  explicit TestSite(TestKeyKind kind, int index = 0,
                    std::vector<std::string> names = {"www.example.org"},
                    const TestCa& ca = SiteCa());

  std::string key_pem;
  std::string chain_pem;
  std::shared_ptr<FakeSigningKey> key;  // in front of a LocalSigningKey
  std::shared_ptr<const CertifiedKey> certified_key;
};

// Serves each site under a name; "" is the default.
std::shared_ptr<const CertResolver> ResolverOf(
    std::vector<std::pair<std::string, const TestSite*>> sites);

// One site as the default.
ServerConfig::Builder ServerOf(const TestSite& site);
// Trusts SiteCa.
ClientConfig::Builder TestClient();
// The same with a client certificate.
ClientConfig::Builder ClientOf(const TestSite& site);

// value() of Build().
std::shared_ptr<const ServerConfig> Built(const ServerConfig::Builder& builder);
std::shared_ptr<const ClientConfig> Built(const ClientConfig::Builder& builder);

}  // namespace keyhold::tls_testing

#endif  // KEYHOLD_TLS_LIB_TLS_TESTING_TEST_SITE_H_
