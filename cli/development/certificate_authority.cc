#include "cli/development/certificate_authority.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "openssl/pem.h"
#include "tls_lib/base/openssl_error.h"
#include "tls_lib/base/status_macros.h"

namespace keyhold {
namespace {

// RFC 5280 §4.1.2.2: positive, at most 20 octets.
constexpr int kSerialBits = 159;

absl::Status CertificateError(absl::string_view step) {
  return OpensslError(absl::StatusCode::kInternal,
                      absl::StrCat("making a certificate: ", step));
}

absl::Status SetSerial(X509* certificate) {
  BignumPtr serial(BN_new());
  if (serial == nullptr ||
      BN_rand(serial.get(), kSerialBits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) !=
          1 ||
      BN_to_ASN1_INTEGER(serial.get(), X509_get_serialNumber(certificate)) ==
          nullptr) {
    return CertificateError("serial number");
  }
  return absl::OkStatus();
}

absl::Status SetValidity(X509* certificate, Validity validity) {
  if (ASN1_TIME_set(X509_getm_notBefore(certificate),
                    absl::ToTimeT(validity.not_before)) == nullptr ||
      ASN1_TIME_set(X509_getm_notAfter(certificate),
                    absl::ToTimeT(validity.not_after)) == nullptr) {
    return CertificateError("validity");
  }
  return absl::OkStatus();
}

absl::Status SetCommonName(X509* certificate, const std::string& name) {
  if (X509_NAME_add_entry_by_NID(
          X509_get_subject_name(certificate), NID_commonName, MBSTRING_UTF8,
          reinterpret_cast<const unsigned char*>(name.data()),
          static_cast<int>(name.size()), -1, 0) != 1) {
    return CertificateError("subject");
  }
  return absl::OkStatus();
}

absl::Status AddExtension(X509* certificate, X509* issuer, int nid,
                          const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension =
      X509V3_EXT_nconf_nid(nullptr, &context, nid, value.c_str());
  if (extension == nullptr) return CertificateError(OBJ_nid2sn(nid));
  const int added = X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
  return added == 1 ? absl::OkStatus() : CertificateError(OBJ_nid2sn(nid));
}

// What every certificate has, signature and extensions apart.
absl::StatusOr<X509Ptr> NewCertificate(const GeneratedKey& key,
                                       const std::string& common_name,
                                       Validity validity) {
  X509Ptr certificate(X509_new());
  if (certificate == nullptr ||
      X509_set_version(certificate.get(), X509_VERSION_3) != 1 ||
      X509_set_pubkey(certificate.get(), key.pkey()) != 1) {
    return CertificateError("public key");
  }
  RETURN_IF_ERROR(SetSerial(certificate.get()));
  RETURN_IF_ERROR(SetValidity(certificate.get(), validity));
  RETURN_IF_ERROR(SetCommonName(certificate.get(), common_name));
  return certificate;
}

absl::Status Sign(X509* certificate, const GeneratedKey& issuer_key) {
  if (X509_sign(certificate, issuer_key.pkey(), EVP_sha256()) == 0) {
    return CertificateError("signature");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> ToPem(X509* certificate) {
  BioPtr bio(BIO_new(BIO_s_mem()));
  if (bio == nullptr || PEM_write_bio_X509(bio.get(), certificate) != 1) {
    return CertificateError("PEM");
  }
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return std::string(data, static_cast<size_t>(size));
}

// In the syntax of OpenSSL's configuration files, where a comma or a line
// break in a name would start another entry.
absl::StatusOr<std::string> SubjectAltNames(const CertificateProfile& fields) {
  std::vector<std::string> entries;
  const auto add = [&entries](absl::string_view kind,
                              const std::vector<std::string>& names) {
    for (const std::string& name : names) {
      entries.push_back(absl::StrCat(kind, ":", name));
    }
  };
  add("DNS", fields.dns_names);
  add("URI", fields.uris);
  add("IP", fields.ip_addresses);
  if (entries.empty() || fields.common_name.empty()) {
    return absl::InvalidArgumentError("a certificate needs a name");
  }
  for (const std::string& entry : entries) {
    if (entry.find_first_of(", \t\r\n;\"\\") != std::string::npos) {
      return absl::InvalidArgumentError(
          absl::StrCat("\"", entry,
                       "\" cannot be a name in a certificate: it has a space, "
                       "a comma or another separator in it"));
    }
  }
  return absl::StrJoin(entries, ",");
}

std::string ExtendedKeyUsage(const CertificateProfile& fields) {
  std::vector<absl::string_view> usages;
  if (fields.server_auth) usages.push_back("serverAuth");
  if (fields.client_auth) usages.push_back("clientAuth");
  return absl::StrJoin(usages, ",");
}

}  // namespace

absl::StatusOr<CertificateAuthority> CertificateAuthority::Create(
    absl::string_view common_name, Validity validity) {
  ASSIGN_OR_RETURN(GeneratedKey key, GeneratedKey::Create(KeyType::kEcdsaP256));
  ASSIGN_OR_RETURN(X509Ptr certificate,
                   NewCertificate(key, std::string(common_name), validity));
  X509* raw = certificate.get();
  if (X509_set_issuer_name(raw, X509_get_subject_name(raw)) != 1) {
    return CertificateError("issuer");
  }
  RETURN_IF_ERROR(AddExtension(raw, raw, NID_basic_constraints,
                               "critical,CA:TRUE,pathlen:0"));
  RETURN_IF_ERROR(
      AddExtension(raw, raw, NID_key_usage, "critical,keyCertSign,cRLSign"));
  RETURN_IF_ERROR(AddExtension(raw, raw, NID_subject_key_identifier, "hash"));
  RETURN_IF_ERROR(Sign(raw, key));
  return CertificateAuthority(std::move(key), std::move(certificate), validity);
}

absl::StatusOr<std::string> CertificateAuthority::Issue(
    const GeneratedKey& key, const CertificateProfile& fields) const {
  ASSIGN_OR_RETURN(const std::string names, SubjectAltNames(fields));
  ASSIGN_OR_RETURN(X509Ptr certificate,
                   NewCertificate(key, fields.common_name, validity_));
  X509* raw = certificate.get();
  X509* issuer = certificate_.get();
  if (X509_set_issuer_name(raw, X509_get_subject_name(issuer)) != 1) {
    return CertificateError("issuer");
  }
  RETURN_IF_ERROR(
      AddExtension(raw, issuer, NID_basic_constraints, "critical,CA:FALSE"));
  // Signing only: there are no cipher suites here that encrypt to a key.
  RETURN_IF_ERROR(
      AddExtension(raw, issuer, NID_key_usage, "critical,digitalSignature"));
  if (fields.server_auth || fields.client_auth) {
    RETURN_IF_ERROR(
        AddExtension(raw, issuer, NID_ext_key_usage, ExtendedKeyUsage(fields)));
  }
  RETURN_IF_ERROR(
      AddExtension(raw, issuer, NID_subject_key_identifier, "hash"));
  RETURN_IF_ERROR(
      AddExtension(raw, issuer, NID_authority_key_identifier, "keyid:always"));
  RETURN_IF_ERROR(AddExtension(raw, issuer, NID_subject_alt_name, names));
  RETURN_IF_ERROR(Sign(raw, key_));
  return ToPem(raw);
}

absl::StatusOr<std::string> CertificateAuthority::CertificatePem() const {
  return ToPem(certificate_.get());
}

}  // namespace keyhold
