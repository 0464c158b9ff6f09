// OpenSSL's low-level RSA functions are deprecated, and used here with
// intent: of all ways to load an RSA key into OpenSSL 3.0 only this one keeps
// the private numbers in the secure heap and leaves no other copy. The
// decoders free the whole encoding without wiping it, and a key made of
// parameters (EVP_PKEY_fromdata) lives on the ordinary heap. The signing code
// beneath is the same.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "tls_lib/local/internal/rsa_private_key.h"

#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "openssl/err.h"
#include "openssl/obj_mac.h"
#include "openssl/rsa.h"
#include "tls_lib/base/openssl_error.h"
#include "tls_lib/base/openssl_ptr.h"
#include "tls_lib/base/secure_heap.h"
#include "tls_lib/base/status_macros.h"
#include "tls_lib/core/internal/evp_digest.h"
#include "tls_lib/core/internal/spki_parser.h"

namespace keyhold::internal {
namespace {

using absl::string_view;
using RsaPtr = std::unique_ptr<RSA, OpensslDelete<RSA_free>>;

const uint8_t* Bytes(string_view bytes) {
  return reinterpret_cast<const uint8_t*>(bytes.data());
}
uint8_t* Bytes(std::string& bytes) {
  return reinterpret_cast<uint8_t*>(bytes.data());
}

absl::Status MalformedError() {
  ERR_clear_error();
  return absl::InvalidArgumentError(
      "the RSA private key is not valid DER (RFC 8017 section A.1.2)");
}

absl::Status MultiPrimeError() {
  return absl::InvalidArgumentError(
      "the RSA key has more than two primes; use an ordinary one");
}

absl::Status InconsistentError() {
  return absl::InvalidArgumentError(
      "the private numbers of the RSA key do not belong to its public ones; "
      "the file is damaged or was put together by hand");
}

int DigestNid(HashAlgorithm hash) {
  switch (hash) {
    case HashAlgorithm::kSha256:
      return NID_sha256;
    case HashAlgorithm::kSha384:
      return NID_sha384;
    case HashAlgorithm::kSha512:
      return NID_sha512;
    case HashAlgorithm::kNone:
      break;
  }
  return NID_undef;
}

// Checks the numbers of one key against each other. Does not ask whether the
// primes are prime, which takes a second for a large key.
class ConsistencyCheck {
 public:
  ConsistencyCheck() : context_(BN_CTX_secure_new()) {}

  // ResourceExhausted, or Internal, if there is no telling.
  absl::StatusOr<bool> Holds(const RSA* rsa) {
    const BIGNUM *n, *e, *d, *p, *q, *dp, *dq, *q_inverse;
    RSA_get0_key(rsa, &n, &e, &d);
    RSA_get0_factors(rsa, &p, &q);
    RSA_get0_crt_params(rsa, &dp, &dq, &q_inverse);
    // RSA_check_key alone knows these; zero stands for an absent number.
    for (const BIGNUM* number : {n, e, d, p, q, dp, dq, q_inverse}) {
      if (number == nullptr || BN_is_zero(number) != 0 ||
          BN_is_negative(number) != 0) {
        return false;
      }
    }
    if (BN_is_one(p) != 0 || BN_is_one(q) != 0) return false;
    BignumPtr product(BN_secure_new());
    BignumPtr p_less_1(BN_secure_new());
    BignumPtr q_less_1(BN_secure_new());
    if (context_ == nullptr || product == nullptr || p_less_1 == nullptr ||
        q_less_1 == nullptr || BN_sub(p_less_1.get(), p, BN_value_one()) != 1 ||
        BN_sub(q_less_1.get(), q, BN_value_one()) != 1 ||
        BN_mul(product.get(), p, q, context_.get()) != 1) {
      return PrivateKeyOperationError("cannot check an RSA private key");
    }
    const bool holds =
        BN_cmp(product.get(), n) == 0 && AreInverse(e, d, p_less_1.get()) &&
        AreInverse(e, d, q_less_1.get()) && AreInverse(e, dp, p_less_1.get()) &&
        AreInverse(e, dq, q_less_1.get()) && AreInverse(q, q_inverse, p);
    if (failed_) {
      return PrivateKeyOperationError("cannot check an RSA private key");
    }
    return holds;
  }

 private:
  bool AreInverse(const BIGNUM* a, const BIGNUM* b, const BIGNUM* modulus) {
    BignumPtr product(BN_secure_new());
    if (product == nullptr ||
        BN_mod_mul(product.get(), a, b, modulus, context_.get()) != 1) {
      failed_ = true;
      return false;
    }
    return BN_is_one(product.get()) != 0;
  }

  BnCtxPtr context_;
  bool failed_ = false;
};

class RsaEngine final : public KeyEngine {
 public:
  explicit RsaEngine(RsaPtr rsa) : rsa_(std::move(rsa)) {}

  absl::StatusOr<std::string> Sign(const SchemeInfo& scheme,
                                   string_view digest) const override {
    std::string signature(RSA_size(rsa_.get()), '\0');
    const bool pss = scheme.algorithm == SignatureAlgorithm::kRsaPss;
    if (!(pss ? SignPss(scheme.hash, digest, signature)
              : SignPkcs1(scheme.hash, digest, signature))) {
      return PrivateKeyOperationError(
          absl::StrCat("cannot sign with ", scheme.name));
    }
    return signature;
  }

 private:
  bool SignPkcs1(HashAlgorithm hash, string_view digest,
                 std::string& signature) const {
    unsigned int size = 0;
    return RSA_sign(DigestNid(hash), Bytes(digest),
                    static_cast<unsigned int>(digest.size()), Bytes(signature),
                    &size, rsa_.get()) == 1 &&
           size == signature.size();
  }

  // RFC 8446 §4.2.3: MGF1 with the same hash, a salt as long as the digest.
  bool SignPss(HashAlgorithm hash, string_view digest,
               std::string& signature) const {
    std::string padded(signature.size(), '\0');
    const EVP_MD* md = FetchedDigest(hash);
    return RSA_padding_add_PKCS1_PSS_mgf1(rsa_.get(), Bytes(padded),
                                          Bytes(digest), md, md,
                                          RSA_PSS_SALTLEN_DIGEST) == 1 &&
           RSA_private_encrypt(static_cast<int>(padded.size()), Bytes(padded),
                               Bytes(signature), rsa_.get(), RSA_NO_PADDING) ==
               static_cast<int>(signature.size());
  }

  // Signing changes its blinding, under OpenSSL's lock.
  const RsaPtr rsa_;
};

absl::StatusOr<std::string> EncodePublicKey(const RSA* rsa) {
  unsigned char* der = nullptr;
  const int size = i2d_RSAPublicKey(rsa, &der);
  if (size <= 0) {
    return OpensslError(absl::StatusCode::kInternal,
                        "cannot encode an RSA public key");
  }
  OpensslBytesPtr owned(der);
  return std::string(reinterpret_cast<const char*>(der), size);
}

}  // namespace

absl::StatusOr<ParsedPrivateKey> ParseRsaPrivateKey(string_view der,
                                                    string_view algorithm_der) {
  const uint8_t* position = Bytes(der);
  RsaPtr rsa(
      d2i_RSAPrivateKey(nullptr, &position, static_cast<int64_t>(der.size())));
  if (rsa == nullptr) {
    if (!SecureHeapIsFull()) return MalformedError();
    return PrivateKeyOperationError("cannot hold an RSA private key");
  }
  if (position != Bytes(der) + der.size()) return MalformedError();
  if (RSA_get_version(rsa.get()) != RSA_ASN1_VERSION_DEFAULT) {
    return MultiPrimeError();
  }
  ASSIGN_OR_RETURN(std::string public_key, EncodePublicKey(rsa.get()));
  ParsedPrivateKey result;
  result.spki = EncodeSpki(algorithm_der, public_key);
  // The public half is checked first: RSA-1024 is told its size, and a key of
  // absurd size costs nothing.
  RETURN_IF_ERROR(ParseSpki(result.spki).status());
  ASSIGN_OR_RETURN(bool holds, ConsistencyCheck().Holds(rsa.get()));
  if (!holds) return InconsistentError();
  result.engine = std::make_unique<RsaEngine>(std::move(rsa));
  return result;
}

}  // namespace keyhold::internal
