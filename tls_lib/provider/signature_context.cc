#include "tls_lib/provider/signature_context.h"

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "openssl/core_names.h"
#include "openssl/params.h"
#include "openssl/rsa.h"
#include "tls_lib/base/status_macros.h"
#include "tls_lib/provider/algorithm_identifier.h"

namespace keyhold::provider {
namespace {

absl::Status UnknownDigestError(absl::string_view digest) {
  return absl::InvalidArgumentError(
      absl::StrCat("no signature scheme uses the digest ", digest,
                   "; use SHA256, SHA384 or SHA512"));
}

absl::Status PaddingError(absl::string_view padding) {
  return absl::InvalidArgumentError(absl::StrCat(
      "RSA padding ", padding, " is not served; use pkcs1 or pss"));
}

absl::Status SaltLengthError() {
  return absl::InvalidArgumentError(
      "the salt of an RSA-PSS signature must be as long as its digest");
}

absl::Status NotStartedError() {
  return absl::FailedPreconditionError("the signature was not started");
}

absl::Status NoSuchSchemeError(const PublicKey& key, HashAlgorithm hash) {
  return absl::InvalidArgumentError(
      absl::StrCat("a key of type ", KeyTypeName(key.type()),
                   " makes no TLS signature with the digest ", HashName(hash)));
}

absl::Status NoDigestsError(const PublicKey& key) {
  return absl::InvalidArgumentError(
      absl::StrCat("a key of type ", KeyTypeName(key.type()),
                   " signs whole messages, not digests"));
}

absl::Status DigestLengthError(size_t size) {
  return absl::InvalidArgumentError(
      absl::StrCat("what is to be signed has ", size,
                   " bytes and is no digest that fits; expected the 32, 48 or "
                   "64 bytes of SHA256, SHA384 or SHA512, and for an RSA key "
                   "the digest's name as well (-pkeyopt digest:sha256)"));
}

// kNone if no hash has this length.
HashAlgorithm HashOfSize(size_t size) {
  for (HashAlgorithm hash : {HashAlgorithm::kSha256, HashAlgorithm::kSha384,
                             HashAlgorithm::kSha512}) {
    if (DigestSize(hash) == size) return hash;
  }
  return HashAlgorithm::kNone;
}

absl::StatusOr<HashAlgorithm> ParseDigest(absl::string_view name) {
  if (name.empty()) return HashAlgorithm::kNone;
  for (HashAlgorithm hash : {HashAlgorithm::kSha256, HashAlgorithm::kSha384,
                             HashAlgorithm::kSha512}) {
    // HashName has "SHA-256"; OpenSSL also says "SHA256" and "SHA2-256".
    absl::string_view bits = HashName(hash).substr(4);
    if (absl::EqualsIgnoreCase(name, HashName(hash)) ||
        absl::EqualsIgnoreCase(name, absl::StrCat("SHA", bits)) ||
        absl::EqualsIgnoreCase(name, absl::StrCat("SHA2-", bits))) {
      return hash;
    }
  }
  return UnknownDigestError(name);
}

// A string parameter; empty if it is of another type.
std::string Text(const OSSL_PARAM& param) {
  const char* text = nullptr;
  if (OSSL_PARAM_get_utf8_string_ptr(&param, &text) != 1) return "";
  return text;
}

SignatureAlgorithm AlgorithmOf(KeyType type, bool pss) {
  switch (type) {
    case KeyType::kRsa:
      return pss ? SignatureAlgorithm::kRsaPss : SignatureAlgorithm::kRsaPkcs1;
    case KeyType::kRsaPss:
      return SignatureAlgorithm::kRsaPss;
    case KeyType::kEcdsaP256:
    case KeyType::kEcdsaP384:
    case KeyType::kEcdsaP521:
      return SignatureAlgorithm::kEcdsa;
    case KeyType::kEd25519:
    case KeyType::kEd448:
      return SignatureAlgorithm::kEddsa;
  }
  return SignatureAlgorithm::kEddsa;
}

}  // namespace

absl::Status SignatureContext::Init(std::shared_ptr<KeyReference> key,
                                    absl::string_view digest) {
  // A later start without a key or digest keeps those of the first.
  if (key != nullptr) key_ = std::move(key);
  if (key_ == nullptr) return NotStartedError();
  if (!digest.empty()) {
    ASSIGN_OR_RETURN(hash_, ParseDigest(digest));
  }
  pss_ = key_->public_half().key().type() == KeyType::kRsaPss;
  message_.clear();
  return Scheme().status();
}

absl::Status SignatureContext::InitForDigest(
    std::shared_ptr<KeyReference> key) {
  if (key != nullptr) key_ = std::move(key);
  if (key_ == nullptr) return NotStartedError();
  const PublicKey& public_key = key_->public_half().key();
  if (AlgorithmOf(public_key.type(), false) == SignatureAlgorithm::kEddsa) {
    return NoDigestsError(public_key);
  }
  hash_ = HashAlgorithm::kNone;
  pss_ = public_key.type() == KeyType::kRsaPss;
  return absl::OkStatus();
}

absl::Status SignatureContext::SetParams(const OSSL_PARAM* params) {
  if (params == nullptr) return absl::OkStatus();
  if (key_ == nullptr) return NotStartedError();
  const OSSL_PARAM* digest =
      OSSL_PARAM_locate_const(params, OSSL_SIGNATURE_PARAM_DIGEST);
  if (digest != nullptr) {
    ASSIGN_OR_RETURN(hash_, ParseDigest(Text(*digest)));
  }
  const OSSL_PARAM* padding =
      OSSL_PARAM_locate_const(params, OSSL_SIGNATURE_PARAM_PAD_MODE);
  if (padding != nullptr) RETURN_IF_ERROR(SetPadding(*padding));
  const OSSL_PARAM* salt =
      OSSL_PARAM_locate_const(params, OSSL_SIGNATURE_PARAM_PSS_SALTLEN);
  if (salt != nullptr) RETURN_IF_ERROR(CheckSaltLength(*salt));
  const OSSL_PARAM* mgf1 =
      OSSL_PARAM_locate_const(params, OSSL_SIGNATURE_PARAM_MGF1_DIGEST);
  if (mgf1 != nullptr) {
    ASSIGN_OR_RETURN(HashAlgorithm hash, ParseDigest(Text(*mgf1)));
    if (hash != hash_) return UnknownDigestError(Text(*mgf1));
  }
  return absl::OkStatus();
}

absl::Status SignatureContext::SetPadding(const OSSL_PARAM& param) {
  int mode = 0;
  std::string text = Text(param);
  if (text.empty()) {
    if (OSSL_PARAM_get_int(&param, &mode) != 1) return PaddingError("unknown");
    text = absl::StrCat(mode);
  }
  if (text == OSSL_PKEY_RSA_PAD_MODE_PSS || mode == RSA_PKCS1_PSS_PADDING) {
    pss_ = true;
    return absl::OkStatus();
  }
  const bool pkcs1 =
      text == OSSL_PKEY_RSA_PAD_MODE_PKCSV15 || mode == RSA_PKCS1_PADDING;
  if (!pkcs1 || key_->public_half().key().type() == KeyType::kRsaPss) {
    return PaddingError(text);
  }
  pss_ = false;
  return absl::OkStatus();
}

absl::Status SignatureContext::CheckSaltLength(const OSSL_PARAM& param) const {
  const int digest_size = static_cast<int>(DigestSize(hash_));
  int length = 0;
  std::string text = Text(param);
  if (text == OSSL_PKEY_RSA_PSS_SALT_LEN_DIGEST) return absl::OkStatus();
  if (text.empty() ? OSSL_PARAM_get_int(&param, &length) != 1
                   : !absl::SimpleAtoi(text, &length)) {
    return SaltLengthError();
  }
  return length == RSA_PSS_SALTLEN_DIGEST || length == digest_size
             ? absl::OkStatus()
             : SaltLengthError();
}

absl::StatusOr<SignatureScheme> SignatureContext::Scheme() const {
  const PublicKey& key = key_->public_half().key();
  const SignatureAlgorithm algorithm = AlgorithmOf(key.type(), pss_);
  for (const SchemeInfo& info : AllSchemes()) {
    if (info.algorithm != algorithm || info.hash != hash_) continue;
    // An ECDSA key of any curve goes with any of the hashes in TLS 1.2.
    if (algorithm != SignatureAlgorithm::kEcdsa && info.key_type != key.type())
      continue;
    return info.scheme;
  }
  return NoSuchSchemeError(key, hash_);
}

absl::StatusOr<std::string> SignatureContext::SignDigest(
    absl::string_view digest) {
  if (key_ == nullptr) return NotStartedError();
  const KeyType type = key_->public_half().key().type();
  if (hash_ == HashAlgorithm::kNone &&
      AlgorithmOf(type, false) == SignatureAlgorithm::kEcdsa) {
    hash_ = HashOfSize(digest.size());
  }
  // An RSA key without a hash would sign whatever it is given: no raw RSA.
  if (hash_ == HashAlgorithm::kNone || digest.size() != DigestSize(hash_)) {
    return DigestLengthError(digest.size());
  }
  ASSIGN_OR_RETURN(SignatureScheme scheme, Scheme());
  return key_->SignDigest(scheme, digest);
}

absl::StatusOr<std::string> SignatureContext::AlgorithmIdentifier() const {
  if (key_ == nullptr) return NotStartedError();
  ASSIGN_OR_RETURN(SignatureScheme scheme, Scheme());
  return SignatureAlgorithmIdentifier(*FindScheme(scheme));
}

size_t SignatureContext::max_size() const {
  return key_ == nullptr ? 0 : key_->public_half().key().max_signature_size();
}

absl::StatusOr<std::string> SignatureContext::Sign(absl::string_view message) {
  if (key_ == nullptr) return NotStartedError();
  ASSIGN_OR_RETURN(SignatureScheme scheme, Scheme());
  return key_->Sign(scheme, message);
}

}  // namespace keyhold::provider
