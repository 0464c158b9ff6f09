#include "cli/signed_object.h"

#include <memory>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "openssl/err.h"
#include "openssl/pem.h"
#include "openssl/x509.h"
#include "tls_lib/base/openssl_ptr.h"

namespace keyhold {
namespace {

using X509ReqPtr = std::unique_ptr<X509_REQ, OpensslDelete<X509_REQ_free>>;

absl::Status NotAsAskedFor(absl::string_view what, absl::string_view problem) {
  ERR_clear_error();
  return absl::InternalError(absl::StrCat("the signer's ", what, " ", problem));
}

const unsigned char* Bytes(absl::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

bool IsKey(EVP_PKEY* key, absl::string_view spki) {
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key, &der);
  const OpensslBytesPtr owned(der);
  return size > 0 && absl::string_view(reinterpret_cast<char*>(der),
                                       static_cast<size_t>(size)) == spki;
}

std::string TextOf(BIO* bio) {
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio, &text);
  return std::string(text, static_cast<size_t>(size));
}

}  // namespace

absl::StatusOr<std::string> CertificateRequestPem(absl::string_view der,
                                                  absl::string_view spki) {
  constexpr absl::string_view kWhat = "certificate request";
  const unsigned char* next = Bytes(der);
  const X509ReqPtr request(
      d2i_X509_REQ(nullptr, &next, static_cast<long>(der.size())));
  if (request == nullptr) return NotAsAskedFor(kWhat, "is malformed");
  EVP_PKEY* key = X509_REQ_get0_pubkey(request.get());
  if (!IsKey(key, spki)) return NotAsAskedFor(kWhat, "is for another key");
  if (X509_REQ_verify(request.get(), key) != 1) {
    return NotAsAskedFor(kWhat, "has a signature that does not hold");
  }
  const BioPtr bio(BIO_new(BIO_s_mem()));
  if (PEM_write_bio_X509_REQ(bio.get(), request.get()) != 1) {
    return NotAsAskedFor(kWhat, "cannot be written");
  }
  return TextOf(bio.get());
}

absl::StatusOr<std::string> CertificatePem(absl::string_view der,
                                           absl::string_view spki) {
  constexpr absl::string_view kWhat = "certificate";
  const unsigned char* next = Bytes(der);
  const X509Ptr certificate(
      d2i_X509(nullptr, &next, static_cast<long>(der.size())));
  if (certificate == nullptr) return NotAsAskedFor(kWhat, "is malformed");
  EVP_PKEY* key = X509_get0_pubkey(certificate.get());
  if (!IsKey(key, spki)) return NotAsAskedFor(kWhat, "is for another key");
  if (X509_verify(certificate.get(), key) != 1) {
    return NotAsAskedFor(kWhat, "has a signature that does not hold");
  }
  const BioPtr bio(BIO_new(BIO_s_mem()));
  if (PEM_write_bio_X509(bio.get(), certificate.get()) != 1) {
    return NotAsAskedFor(kWhat, "cannot be written");
  }
  return TextOf(bio.get());
}

}  // namespace keyhold
