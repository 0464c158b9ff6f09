// keyhold.so in the test's own process, loaded as any program loads it.
#ifndef KEYHOLD_TLS_LIB_PROVIDER_TESTING_LOADED_MODULE_H_
#define KEYHOLD_TLS_LIB_PROVIDER_TESTING_LOADED_MODULE_H_

#include <string>

#include "tls_lib/base/openssl_ptr.h"
#include "tls_lib/local/test_keys.h"
#include "tls_lib/provider/testing/module_site.h"

namespace keyhold::provider {

// A library context of its own with the site's openssl.cnf. Ends the process
// with a message if OpenSSL refuses.
class LoadedModule {
 public:
  explicit LoadedModule(const ModuleSite& site);

  OSSL_LIB_CTX* library() const { return library_.get(); }
  // The key of a kind's key file, read as a server reads it. Null if OpenSSL
  // cannot.
  EvpPkeyPtr LoadKey(TestKeyKind kind) const;
  // The same of any file.
  EvpPkeyPtr LoadKeyFile(const std::string& path) const;
  X509Ptr LoadCertificate(TestKeyKind kind) const;
  // A server's context with this key and its certificate.
  SslCtxPtr ServerContext(TestKeyKind kind) const;

 private:
  const ModuleSite& site_;
  LibCtxPtr library_;
};

// A TLS 1.3 server's content, with `fill` for its hash.
std::string CertificateVerifyContent(char fill = 'h');
// Signs it with SHA-256. "" if that fails.
std::string Sign(OSSL_LIB_CTX* library, EVP_PKEY* key,
                 const std::string& message);

}  // namespace keyhold::provider

#endif  // KEYHOLD_TLS_LIB_PROVIDER_TESTING_LOADED_MODULE_H_
