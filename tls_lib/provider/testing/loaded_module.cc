#include "tls_lib/provider/testing/loaded_module.h"

#include <cstdio>
#include <cstdlib>

#include "openssl/err.h"
#include "openssl/pem.h"
#include "tls_lib/core/signed_content.h"

namespace keyhold::provider {
namespace {

void Require(bool good, const char* what) {
  if (good) return;
  fprintf(stderr, "%s failed\n", what);
  ERR_print_errors_fp(stderr);
  abort();
}

BioPtr OpenFile(const std::string& path) {
  BioPtr file(BIO_new_file(path.c_str(), "r"));
  Require(file != nullptr, path.c_str());
  return file;
}

}  // namespace

LoadedModule::LoadedModule(const ModuleSite& site)
    : site_(site), library_(OSSL_LIB_CTX_new()) {
  Require(OSSL_LIB_CTX_load_config(
              library_.get(), site.folder().PathOf("openssl.cnf").c_str()) == 1,
          "loading openssl.cnf");
}

EvpPkeyPtr LoadedModule::LoadKey(TestKeyKind kind) const {
  return LoadKeyFile(site_.KeyFileOf(kind));
}

EvpPkeyPtr LoadedModule::LoadKeyFile(const std::string& path) const {
  BioPtr file = OpenFile(path);
  return EvpPkeyPtr(PEM_read_bio_PrivateKey_ex(
      file.get(), nullptr, nullptr, nullptr, library_.get(), nullptr));
}

X509Ptr LoadedModule::LoadCertificate(TestKeyKind kind) const {
  BioPtr file = OpenFile(site_.CertificateOf(kind));
  X509Ptr certificate(X509_new_ex(library_.get(), nullptr));
  X509* place = certificate.get();
  Require(PEM_read_bio_X509(file.get(), &place, nullptr, nullptr) != nullptr,
          "reading a certificate");
  return certificate;
}

SslCtxPtr LoadedModule::ServerContext(TestKeyKind kind) const {
  SslCtxPtr context(
      SSL_CTX_new_ex(library_.get(), nullptr, TLS_server_method()));
  const X509Ptr certificate = LoadCertificate(kind);
  const EvpPkeyPtr key = LoadKey(kind);
  Require(SSL_CTX_use_certificate(context.get(), certificate.get()) == 1 &&
              SSL_CTX_use_PrivateKey(context.get(), key.get()) == 1,
          "setting a server up");
  return context;
}

std::string CertificateVerifyContent(char fill) {
  return *AssembleTls13CertificateVerify(
      {Role::kServer, std::string(32, fill)});
}

std::string Sign(OSSL_LIB_CTX* library, EVP_PKEY* key,
                 const std::string& message) {
  EvpMdCtxPtr context(EVP_MD_CTX_new());
  std::string signature(1024, '\0');
  size_t size = signature.size();
  const bool good =
      EVP_DigestSignInit_ex(context.get(), nullptr, "SHA256", library, nullptr,
                            key, nullptr) == 1 &&
      EVP_DigestSign(context.get(),
                     reinterpret_cast<unsigned char*>(&signature[0]), &size,
                     reinterpret_cast<const unsigned char*>(message.data()),
                     message.size()) == 1;
  signature.resize(good ? size : 0);
  return signature;
}

}  // namespace keyhold::provider
