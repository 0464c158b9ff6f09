#include "tls_lib/core/certified_key.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "tls_lib/base/status_macros.h"
#include "tls_lib/core/certificate_fields.h"

namespace keyhold {
namespace {

using absl::string_view;

// Counted from 1, as people count.
absl::Status BadCertificateError(size_t index, const absl::Status& why) {
  return absl::InvalidArgumentError(absl::StrCat(
      "certificate ", index + 1, " of the chain: ", why.message()));
}

absl::Status EmptyChainError() {
  return absl::InvalidArgumentError("the certificate chain is empty");
}

absl::Status NoKeyError() {
  return absl::InvalidArgumentError("no key for the certificate chain");
}

absl::Status OtherKeyError() {
  return absl::InvalidArgumentError(
      "the first certificate of the chain is for another key; is the leaf "
      "first, and is this the key that it was issued for?");
}

}  // namespace

absl::StatusOr<std::shared_ptr<const CertifiedKey>> CertifiedKey::Create(
    std::vector<std::string> chain_der, std::shared_ptr<const SigningKey> key) {
  if (chain_der.empty()) return EmptyChainError();
  if (key == nullptr) return NoKeyError();
  std::vector<CertificateFields> fields;
  for (size_t i = 0; i < chain_der.size(); ++i) {
    absl::StatusOr<CertificateFields> read =
        ReadCertificateFields(chain_der[i]);
    if (!read.ok()) return BadCertificateError(i, read.status());
    fields.push_back(*std::move(read));
  }
  CertificateFields& leaf = fields.front();
  if (leaf.spki != key->public_key().spki()) return OtherKeyError();
  // Its constructor is private, so make_shared cannot.
  std::shared_ptr<CertifiedKey> result(new CertifiedKey());
  result->chain_der_ = std::move(chain_der);
  result->key_ = std::move(key);
  result->dns_names_ = std::move(leaf.dns_names);
  result->not_before_ = leaf.not_before;
  result->not_after_ = leaf.not_after;
  return result;
}

absl::StatusOr<std::shared_ptr<const CertifiedKey>> CertifiedKey::CreateFromPem(
    string_view chain_pem, std::shared_ptr<const SigningKey> key) {
  ASSIGN_OR_RETURN(std::vector<std::string> chain,
                   ParsePemCertificates(chain_pem));
  return Create(std::move(chain), std::move(key));
}

}  // namespace keyhold
