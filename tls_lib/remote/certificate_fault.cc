#include "tls_lib/remote/certificate_fault.h"

#include <ctime>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "openssl/err.h"
#include "openssl/pem.h"
#include "openssl/x509.h"
#include "openssl/x509_vfy.h"
#include "tls_lib/base/openssl_ptr.h"

namespace keyhold {
namespace {

using StorePtr = std::unique_ptr<X509_STORE, OpensslDelete<X509_STORE_free>>;
using StoreCtxPtr =
    std::unique_ptr<X509_STORE_CTX, OpensslDelete<X509_STORE_CTX_free>>;

X509StackPtr ReadChain(absl::string_view pem) {
  BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  X509StackPtr chain(sk_X509_new_null());
  while (X509* certificate =
             PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)) {
    sk_X509_push(chain.get(), certificate);
  }
  return chain;
}

std::string SubjectOf(const X509* certificate) {
  BioPtr bio(BIO_new(BIO_s_mem()));
  X509_NAME_print_ex(bio.get(), X509_get_subject_name(certificate), 0,
                     XN_FLAG_RFC2253);
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);  // NOLINT
  return std::string(text, static_cast<size_t>(size));
}

std::string DateOf(const ASN1_TIME* time) {
  std::tm fields = {};
  if (ASN1_TIME_to_tm(time, &fields) != 1) return "an unreadable date";
  return absl::FormatTime("%Y-%m-%d %H:%M:%S UTC",
                          absl::FromTM(fields, absl::UTCTimeZone()),
                          absl::UTCTimeZone());
}

std::string Describe(const X509_STORE_CTX* context,
                     const std::string& ca_file) {
  const int error = X509_STORE_CTX_get_error(context);
  const X509* at_fault = X509_STORE_CTX_get_current_cert(context);
  const std::string which =
      at_fault == nullptr
          ? "the certificate"
          : absl::StrCat("the certificate of ", SubjectOf(at_fault));
  if (error == X509_V_ERR_CERT_HAS_EXPIRED && at_fault != nullptr) {
    return absl::StrCat(which, " expired on ",
                        DateOf(X509_get0_notAfter(at_fault)));
  }
  if (error == X509_V_ERR_CERT_NOT_YET_VALID && at_fault != nullptr) {
    return absl::StrCat(which, " is valid only from ",
                        DateOf(X509_get0_notBefore(at_fault)));
  }
  return absl::StrCat(which, " is not trusted under ", ca_file, ": ",
                      X509_verify_cert_error_string(error));
}

}  // namespace

std::string CertificateFault(absl::string_view chain_pem,
                             const std::string& ca_file) {
  const X509StackPtr chain = ReadChain(chain_pem);
  StorePtr store(X509_STORE_new());
  StoreCtxPtr context(X509_STORE_CTX_new());
  std::string fault;
  if (sk_X509_num(chain.get()) > 0 &&
      X509_STORE_load_file(store.get(), ca_file.c_str()) == 1 &&
      X509_STORE_CTX_init(context.get(), store.get(),
                          sk_X509_value(chain.get(), 0), chain.get()) == 1 &&
      X509_STORE_CTX_set_default(context.get(), "ssl_server") == 1 &&
      X509_verify_cert(context.get()) != 1) {
    fault = Describe(context.get(), ca_file);
  }
  ERR_clear_error();
  return fault;
}

}  // namespace keyhold
