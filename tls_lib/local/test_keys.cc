#include "tls_lib/local/test_keys.h"

#include <cstdio>
#include <cstdlib>
#include <map>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "openssl/core_names.h"
#include "openssl/err.h"
#include "openssl/pem.h"
#include "openssl/rand.h"
#include "tls_lib/base/openssl_ptr.h"

namespace keyhold {
namespace {

using absl::string_view;

void Require(bool ok, const char* what) {
  if (ok) return;
  std::fprintf(stderr, "test_keys: %s failed\n", what);
  ERR_print_errors_fp(stderr);
  std::abort();
}

struct KindInfo {
  TestKeyKind kind;
  string_view name;
  const char* type;   // OpenSSL's
  const char* group;  // for EC
  int bits;           // for RSA
};

constexpr KindInfo kKinds[] = {
    {TestKeyKind::kRsa2048, "Rsa2048", "RSA", nullptr, 2048},
    {TestKeyKind::kRsa3072, "Rsa3072", "RSA", nullptr, 3072},
    {TestKeyKind::kRsa4096, "Rsa4096", "RSA", nullptr, 4096},
    {TestKeyKind::kRsaPss2048, "RsaPss2048", "RSA-PSS", nullptr, 2048},
    {TestKeyKind::kRsaPss2048Sha256, "RsaPss2048Sha256", "RSA-PSS", nullptr,
     2048},
    {TestKeyKind::kP256, "P256", "EC", "P-256", 0},
    {TestKeyKind::kP384, "P384", "EC", "P-384", 0},
    {TestKeyKind::kP521, "P521", "EC", "P-521", 0},
    {TestKeyKind::kEd25519, "Ed25519", "ED25519", nullptr, 0},
    {TestKeyKind::kEd448, "Ed448", "ED448", nullptr, 0},
    {TestKeyKind::kRsa1024, "Rsa1024", "RSA", nullptr, 1024},
    {TestKeyKind::kSecp256k1, "Secp256k1", "EC", "secp256k1", 0},
    {TestKeyKind::kP256Explicit, "P256Explicit", "EC", "P-256", 0},
};

const KindInfo& InfoOf(TestKeyKind kind) {
  for (const KindInfo& info : kKinds) {
    if (info.kind == kind) return info;
  }
  std::abort();
}

EvpPkeyPtr Generate(TestKeyKind kind) {
  const KindInfo& info = InfoOf(kind);
  EvpPkeyCtxPtr context(
      EVP_PKEY_CTX_new_from_name(nullptr, info.type, nullptr));
  Require(context != nullptr && EVP_PKEY_keygen_init(context.get()) > 0,
          "EVP_PKEY_keygen_init");
  if (info.bits != 0) {
    Require(EVP_PKEY_CTX_set_rsa_keygen_bits(context.get(), info.bits) > 0,
            "bits");
  }
  if (info.group != nullptr) {
    Require(EVP_PKEY_CTX_set_group_name(context.get(), info.group) > 0,
            "group");
  }
  if (kind == TestKeyKind::kP256Explicit) {
    Require(EVP_PKEY_CTX_set_ec_param_enc(context.get(),
                                          OPENSSL_EC_EXPLICIT_CURVE) > 0,
            "explicit parameters");
  }
  if (kind == TestKeyKind::kRsaPss2048Sha256) {
    Require(
        EVP_PKEY_CTX_set_rsa_pss_keygen_md(context.get(), EVP_sha256()) > 0 &&
            EVP_PKEY_CTX_set_rsa_pss_keygen_mgf1_md(context.get(),
                                                    EVP_sha256()) > 0 &&
            EVP_PKEY_CTX_set_rsa_pss_keygen_saltlen(context.get(), 32) > 0,
        "PSS restrictions");
  }
  EVP_PKEY* key = nullptr;
  Require(EVP_PKEY_keygen(context.get(), &key) > 0, "EVP_PKEY_keygen");
  return EvpPkeyPtr(key);
}

// Generated once: RSA keys take a good part of a second.
EVP_PKEY* CachedKey(TestKeyKind kind, int index) {
  static absl::Mutex mutex(absl::kConstInit);
  static auto* const keys =
      new std::map<std::pair<TestKeyKind, int>, EvpPkeyPtr>();
  absl::MutexLock lock(&mutex);
  EvpPkeyPtr& key = (*keys)[{kind, index}];
  if (key == nullptr) key = Generate(kind);
  return key.get();
}

BioPtr NewMemory() {
  BioPtr bio(BIO_new(BIO_s_mem()));
  Require(bio != nullptr, "BIO_new");
  return bio;
}

std::string Contents(const BioPtr& bio) {
  char* data = nullptr;
  const auto size = BIO_get_mem_data(bio.get(), &data);
  return std::string(data, size);
}

EvpPkeyPtr ReadKey(string_view pem) {
  BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  EvpPkeyPtr key(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
  Require(key != nullptr, "PEM_read_bio_PrivateKey");
  return key;
}

X509Ptr ReadCert(string_view pem) {
  BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  X509Ptr cert(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
  Require(cert != nullptr, "PEM_read_bio_X509");
  return cert;
}

std::string PemOf(X509* cert) {
  BioPtr bio = NewMemory();
  Require(PEM_write_bio_X509(bio.get(), cert) == 1, "PEM_write_bio_X509");
  return Contents(bio);
}

void AddExtension(X509* cert, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, cert, nullptr, nullptr, 0);
  X509_EXTENSION* extension =
      X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
  Require(extension != nullptr && X509_add_ext(cert, extension, -1) == 1,
          value.c_str());
  X509_EXTENSION_free(extension);
}

std::string SubjectAltName(const TestCertOptions& options) {
  std::string result;
  auto add = [&result](string_view type, const std::string& value) {
    absl::StrAppend(&result, result.empty() ? "" : ",", type, ":", value);
  };
  for (const std::string& name : options.dns_names) add("DNS", name);
  for (const std::string& uri : options.uris) add("URI", uri);
  for (const std::string& address : options.ip_addresses) add("IP", address);
  return result;
}

void AddExtensions(X509* cert, X509* issuer, const TestCertOptions& options) {
  AddExtension(cert, issuer, NID_basic_constraints,
               options.is_ca ? "critical,CA:TRUE" : "critical,CA:FALSE");
  AddExtension(cert, issuer, NID_key_usage,
               options.is_ca ? "critical,keyCertSign,cRLSign"
                             : "critical,digitalSignature");
  AddExtension(cert, issuer, NID_subject_key_identifier, "hash");
  AddExtension(cert, issuer, NID_authority_key_identifier, "keyid");
  std::string usage = options.server_auth ? "serverAuth" : "";
  if (options.client_auth) {
    absl::StrAppend(&usage, usage.empty() ? "" : ",", "clientAuth");
  }
  if (!usage.empty()) AddExtension(cert, issuer, NID_ext_key_usage, usage);
  const std::string names = SubjectAltName(options);
  if (!names.empty()) AddExtension(cert, issuer, NID_subject_alt_name, names);
}

void SetCommonName(X509_NAME* name, string_view common_name) {
  if (common_name.empty()) return;
  Require(X509_NAME_add_entry_by_txt(
              name, "CN", MBSTRING_UTF8,
              reinterpret_cast<const uint8_t*>(common_name.data()),
              static_cast<int>(common_name.size()), -1, 0) == 1,
          "common name");
}

// Self-signed if `issuer` is null.
std::string MakeCert(EVP_PKEY* key, X509* issuer, EVP_PKEY* issuer_key,
                     const TestCertOptions& options) {
  X509Ptr cert(X509_new());
  uint64_t serial = 0;
  Require(RAND_bytes(reinterpret_cast<uint8_t*>(&serial), sizeof(serial)) == 1,
          "RAND_bytes");
  Require(X509_set_version(cert.get(), X509_VERSION_3) == 1 &&
              ASN1_INTEGER_set_uint64(X509_get_serialNumber(cert.get()),
                                      serial >> 1) == 1 &&
              X509_set_pubkey(cert.get(), key) == 1,
          "certificate");
  SetCommonName(X509_get_subject_name(cert.get()), options.common_name);
  X509* parent = issuer != nullptr ? issuer : cert.get();
  Require(X509_set_issuer_name(cert.get(), X509_get_subject_name(parent)) == 1,
          "issuer");
  ASN1_TIME_set(X509_getm_notBefore(cert.get()),
                absl::ToTimeT(options.not_before));
  ASN1_TIME_set(X509_getm_notAfter(cert.get()),
                absl::ToTimeT(options.not_after));
  AddExtensions(cert.get(), parent, options);
  const bool eddsa = EVP_PKEY_is_a(issuer_key, "ED25519") != 0 ||
                     EVP_PKEY_is_a(issuer_key, "ED448") != 0;
  Require(X509_sign(cert.get(), issuer_key, eddsa ? nullptr : EVP_sha256()) > 0,
          "X509_sign");
  return PemOf(cert.get());
}

TestCertOptions CaOptions(string_view common_name) {
  TestCertOptions options;
  options.common_name = std::string(common_name);
  options.is_ca = true;
  return options;
}

}  // namespace

absl::Span<const TestKeyKind> GoodTestKeyKinds() {
  static constexpr TestKeyKind kGood[] = {TestKeyKind::kRsa2048,
                                          TestKeyKind::kRsa3072,
                                          TestKeyKind::kRsa4096,
                                          TestKeyKind::kRsaPss2048,
                                          TestKeyKind::kRsaPss2048Sha256,
                                          TestKeyKind::kP256,
                                          TestKeyKind::kP384,
                                          TestKeyKind::kP521,
                                          TestKeyKind::kEd25519,
                                          TestKeyKind::kEd448};
  return kGood;
}

string_view TestKeyKindName(TestKeyKind kind) { return InfoOf(kind).name; }

std::ostream& operator<<(std::ostream& os, TestKeyKind kind) {
  return os << TestKeyKindName(kind);
}

std::string TestKeyPem(TestKeyKind kind, int index) {
  return TestKeyEncoded(kind, TestKeyFormat::kPkcs8Pem, index);
}

std::string TestKeyEncoded(TestKeyKind kind, TestKeyFormat format, int index) {
  EVP_PKEY* key = CachedKey(kind, index);
  BioPtr bio = NewMemory();
  switch (format) {
    case TestKeyFormat::kPkcs8Pem:
      Require(PEM_write_bio_PKCS8PrivateKey(bio.get(), key, nullptr, nullptr, 0,
                                            nullptr, nullptr) == 1,
              "PKCS#8 PEM");
      break;
    case TestKeyFormat::kPkcs8Der:
      Require(i2d_PKCS8PrivateKey_bio(bio.get(), key, nullptr, nullptr, 0,
                                      nullptr, nullptr) == 1,
              "PKCS#8 DER");
      break;
    case TestKeyFormat::kTraditionalPem:
      Require(PEM_write_bio_PrivateKey_traditional(
                  bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1,
              "traditional PEM");
      break;
    case TestKeyFormat::kTraditionalDer:
      return PemToDer(
          TestKeyEncoded(kind, TestKeyFormat::kTraditionalPem, index));
  }
  return Contents(bio);
}

std::string TestKeySpki(TestKeyKind kind, int index) {
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(CachedKey(kind, index), &der);
  Require(size > 0, "i2d_PUBKEY");
  OpensslBytesPtr owned(der);
  return std::string(reinterpret_cast<char*>(der), size);
}

std::string EncryptedTestKeyPem(TestKeyKind kind, int index) {
  constexpr string_view kPassword = "password";
  BioPtr bio = NewMemory();
  Require(PEM_write_bio_PKCS8PrivateKey(bio.get(), CachedKey(kind, index),
                                        EVP_aes_128_cbc(), kPassword.data(),
                                        static_cast<int>(kPassword.size()),
                                        nullptr, nullptr) == 1,
          "encrypted PKCS#8");
  return Contents(bio);
}

std::string SelfSignedTestCert(string_view key_pem,
                               const TestCertOptions& options) {
  EvpPkeyPtr key = ReadKey(key_pem);
  return MakeCert(key.get(), nullptr, key.get(), options);
}

TestCertOptions Expired(TestCertOptions options) {
  options.not_before = absl::Now() - absl::Hours(48);
  options.not_after = absl::Now() - absl::Hours(1);
  return options;
}

std::string PemToDer(string_view pem) {
  BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  char* name = nullptr;
  char* header = nullptr;
  unsigned char* data = nullptr;
  long size = 0;  // NOLINT(google-runtime-int): OpenSSL's type
  Require(PEM_read_bio(bio.get(), &name, &header, &data, &size) == 1,
          "PEM_read_bio");
  std::string der(reinterpret_cast<char*>(data), size);
  OPENSSL_free(name);
  OPENSSL_free(header);
  OPENSSL_free(data);
  return der;
}

TestCa::TestCa(string_view common_name, TestKeyKind kind, int index)
    : key_pem_(TestKeyPem(kind, index)) {
  cert_pem_ = SelfSignedTestCert(key_pem_, CaOptions(common_name));
}

std::string TestCa::Issue(string_view key_pem,
                          const TestCertOptions& options) const {
  EvpPkeyPtr key = ReadKey(key_pem);
  EvpPkeyPtr ca_key = ReadKey(key_pem_);
  X509Ptr ca_cert = ReadCert(cert_pem_);
  return MakeCert(key.get(), ca_cert.get(), ca_key.get(), options);
}

TestCa TestCa::IssueCa(string_view common_name, TestKeyKind kind,
                       int index) const {
  std::string key_pem = TestKeyPem(kind, index);
  std::string cert_pem = Issue(key_pem, CaOptions(common_name));
  return TestCa(std::move(cert_pem), std::move(key_pem));
}

}  // namespace keyhold
