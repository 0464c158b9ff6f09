#include "tls_lib/core/public_key.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "openssl/err.h"
#include "tls_lib/base/openssl_error.h"
#include "tls_lib/base/openssl_ptr.h"
#include "tls_lib/base/status_macros.h"
#include "tls_lib/core/error_reason.h"
#include "tls_lib/core/internal/evp_digest.h"
#include "tls_lib/core/internal/spki_parser.h"

namespace keyhold {
namespace {

using absl::string_view;

const uint8_t* Bytes(string_view bytes) {
  return reinterpret_cast<const uint8_t*>(bytes.data());
}

// OpenSSL's queue says nothing that this does not.
absl::Status WrongSignatureError() {
  ERR_clear_error();
  return absl::InvalidArgumentError(
      "the signature is not one by this key over this content");
}

absl::Status NoCommonSchemeError(const PublicKey& key, TlsVersion version,
                                 absl::Span<const SignatureScheme> offered) {
  // A stranger chooses how many are offered; an error has a size.
  constexpr size_t kMostNamed = 16;
  std::string names =
      absl::StrJoin(offered.subspan(0, kMostNamed), ", ",
                    [](std::string* out, SignatureScheme scheme) {
                      absl::StrAppend(out, SchemeName(scheme));
                    });
  if (offered.size() > kMostNamed) {
    absl::StrAppend(&names, " and ", offered.size() - kMostNamed, " more");
  }
  return WithReason(
      absl::FailedPreconditionError(absl::StrCat(
          "no signature scheme in common: the ", KeyTypeName(key.type()),
          " key makes none of the offered in TLS ",
          version == TlsVersion::kTls13 ? "1.3" : "1.2", " (",
          offered.empty() ? "none was offered" : names, ")")),
      ErrorReason::kNoCommonScheme);
}

// Sets an RSA context up as TLS has it: MGF1 with the same hash, which is
// OpenSSL's default, and a salt as long as the digest (RFC 8446 §4.2.3).
bool SetRsaPadding(EVP_PKEY_CTX* context, const SchemeInfo& scheme) {
  const bool pss = scheme.algorithm == SignatureAlgorithm::kRsaPss;
  return EVP_PKEY_CTX_set_rsa_padding(
             context, pss ? RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING) > 0 &&
         EVP_PKEY_CTX_set_signature_md(
             context, internal::FetchedDigest(scheme.hash)) > 0 &&
         (!pss || EVP_PKEY_CTX_set_rsa_pss_saltlen(context,
                                                   RSA_PSS_SALTLEN_DIGEST) > 0);
}

absl::Status VerifyEddsa(EVP_PKEY* key, string_view message,
                         string_view signature) {
  EvpMdCtxPtr context(EVP_MD_CTX_new());
  if (context == nullptr ||
      EVP_DigestVerifyInit_ex(context.get(), nullptr, nullptr, nullptr, nullptr,
                              key, nullptr) != 1) {
    return OpensslError(absl::StatusCode::kInternal,
                        "cannot set up a verification");
  }
  if (EVP_DigestVerify(context.get(), Bytes(signature), signature.size(),
                       Bytes(message), message.size()) != 1) {
    return WrongSignatureError();
  }
  return absl::OkStatus();
}

}  // namespace

struct PublicKey::Parsed {
  internal::ParsedSpki spki;
  std::string der;
  std::string sha256;
};

PublicKey::PublicKey(std::shared_ptr<const Parsed> parsed)
    : parsed_(std::move(parsed)) {}

absl::StatusOr<PublicKey> PublicKey::FromSpki(string_view spki_der) {
  auto parsed = std::make_shared<Parsed>();
  ASSIGN_OR_RETURN(parsed->spki, internal::ParseSpki(spki_der));
  parsed->der = std::string(spki_der);
  ASSIGN_OR_RETURN(parsed->sha256,
                   internal::ComputeDigest(HashAlgorithm::kSha256, spki_der));
  return PublicKey(std::move(parsed));
}

KeyType PublicKey::type() const { return parsed_->spki.algorithm.type; }
int PublicKey::bits() const { return parsed_->spki.bits; }
string_view PublicKey::spki() const { return parsed_->der; }
string_view PublicKey::spki_sha256() const { return parsed_->sha256; }
size_t PublicKey::max_signature_size() const {
  return parsed_->spki.max_signature_size;
}

bool PublicKey::CanMake(SignatureScheme scheme, TlsVersion version) const {
  const SchemeInfo* info = FindScheme(scheme);
  if (info == nullptr || !SchemeFits(*info, type(), version)) return false;
  const std::optional<HashAlgorithm>& only = parsed_->spki.algorithm.pss_hash;
  return !only || *only == info->hash;
}

std::vector<SignatureScheme> PublicKey::DefaultPreferences() const {
  std::vector<SignatureScheme> result;
  for (const SchemeInfo& info : AllSchemes()) {
    if (CanMake(info.scheme, TlsVersion::kTls12) ||
        CanMake(info.scheme, TlsVersion::kTls13)) {
      result.push_back(info.scheme);
    }
  }
  std::stable_partition(result.begin(), result.end(),
                        [this](SignatureScheme scheme) {
                          return FindScheme(scheme)->key_type == type();
                        });
  return result;
}

absl::Status PublicKey::Verify(SignatureScheme scheme, string_view message,
                               string_view signature) const {
  ASSIGN_OR_RETURN(const SchemeInfo* info, FindSchemeOf(*this, scheme));
  if (info->algorithm == SignatureAlgorithm::kEddsa) {
    return VerifyEddsa(parsed_->spki.key.get(), message, signature);
  }
  ASSIGN_OR_RETURN(std::string digest,
                   internal::ComputeDigest(info->hash, message));
  return VerifyDigest(scheme, digest, signature);
}

absl::Status PublicKey::VerifyDigest(SignatureScheme scheme, string_view digest,
                                     string_view signature) const {
  ASSIGN_OR_RETURN(const SchemeInfo* info, FindSchemeOf(*this, scheme));
  RETURN_IF_ERROR(internal::CheckDigest(*info, digest));
  EvpPkeyCtxPtr context(
      EVP_PKEY_CTX_new_from_pkey(nullptr, parsed_->spki.key.get(), nullptr));
  const bool ecdsa = info->algorithm == SignatureAlgorithm::kEcdsa;
  if (context == nullptr || EVP_PKEY_verify_init(context.get()) <= 0 ||
      (!ecdsa && !SetRsaPadding(context.get(), *info))) {
    return OpensslError(absl::StatusCode::kInternal,
                        "cannot set up a verification");
  }
  if (EVP_PKEY_verify(context.get(), Bytes(signature), signature.size(),
                      Bytes(digest), digest.size()) != 1) {
    return WrongSignatureError();
  }
  return absl::OkStatus();
}

absl::StatusOr<const SchemeInfo*> FindSchemeOf(const PublicKey& key,
                                               SignatureScheme scheme) {
  if (!key.CanMake(scheme, TlsVersion::kTls12) &&
      !key.CanMake(scheme, TlsVersion::kTls13)) {
    return WithReason(absl::InvalidArgumentError(absl::StrCat(
                          "this ", KeyTypeName(key.type()), " key cannot make ",
                          SchemeName(scheme))),
                      ErrorReason::kSchemeDoesNotFitKey);
  }
  return FindScheme(scheme);
}

absl::StatusOr<SignatureScheme> ChooseScheme(
    const PublicKey& key, TlsVersion version,
    absl::Span<const SignatureScheme> preferences,
    absl::Span<const SignatureScheme> offered) {
  for (SignatureScheme scheme : preferences) {
    if (key.CanMake(scheme, version) &&
        std::find(offered.begin(), offered.end(), scheme) != offered.end()) {
      return scheme;
    }
  }
  return NoCommonSchemeError(key, version, offered);
}

}  // namespace keyhold
