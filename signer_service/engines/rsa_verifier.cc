// OpenSSL's low-level RSA functions are deprecated, and used here with intent:
// the header says why.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "signer_service/engines/rsa_verifier.h"

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "absl/memory/memory.h"
#include "absl/status/status.h"
#include "openssl/err.h"
#include "openssl/obj_mac.h"
#include "openssl/rsa.h"
#include "tls_lib/base/der.h"
#include "tls_lib/base/openssl_error.h"
#include "tls_lib/base/openssl_ptr.h"
#include "tls_lib/core/internal/evp_digest.h"

namespace keyhold {
namespace {

const uint8_t* Bytes(absl::string_view bytes) {
  return reinterpret_cast<const uint8_t*>(bytes.data());
}

// The contents of SubjectPublicKeyInfo's BIT STRING (RFC 5280 §4.1).
std::optional<absl::string_view> PublicKeyIn(absl::string_view spki) {
  DerReader outer(spki);
  std::optional<absl::string_view> sequence = outer.Read(kDerSequence);
  if (!sequence) return std::nullopt;
  DerReader inner(*sequence);
  if (!inner.Read(kDerSequence)) return std::nullopt;
  return inner.ReadBitString();
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

bool VerifyPkcs1(RSA* rsa, HashAlgorithm hash, absl::string_view digest,
                 absl::string_view signature) {
  return RSA_verify(DigestNid(hash), Bytes(digest),
                    static_cast<unsigned int>(digest.size()), Bytes(signature),
                    static_cast<unsigned int>(signature.size()), rsa) == 1;
}

// RFC 8446 §4.2.3: MGF1 with the same hash, a salt as long as the digest.
bool VerifyPss(RSA* rsa, HashAlgorithm hash, absl::string_view digest,
               absl::string_view signature) {
  std::vector<uint8_t> padded(RSA_size(rsa));
  const EVP_MD* md = internal::FetchedDigest(hash);
  return signature.size() == padded.size() &&
         RSA_public_decrypt(static_cast<int>(signature.size()),
                            Bytes(signature), padded.data(), rsa,
                            RSA_NO_PADDING) ==
             static_cast<int>(padded.size()) &&
         RSA_verify_PKCS1_PSS_mgf1(rsa, Bytes(digest), md, md, padded.data(),
                                   RSA_PSS_SALTLEN_DIGEST) == 1;
}

}  // namespace

struct RsaVerifier::Key {
  // OpenSSL makes its numbers for the modulus at first use, under a lock.
  std::unique_ptr<RSA, OpensslDelete<RSA_free>> rsa;
};

RsaVerifier::RsaVerifier(std::unique_ptr<Key> key) : key_(std::move(key)) {}
RsaVerifier::~RsaVerifier() = default;

absl::StatusOr<std::unique_ptr<const RsaVerifier>> RsaVerifier::Create(
    absl::string_view spki) {
  std::optional<absl::string_view> public_key = PublicKeyIn(spki);
  if (!public_key) {
    return absl::InternalError("not a SubjectPublicKeyInfo of an RSA key");
  }
  const uint8_t* position = Bytes(*public_key);
  auto key = std::make_unique<Key>();
  key->rsa.reset(d2i_RSAPublicKey(nullptr, &position,
                                  static_cast<int64_t>(public_key->size())));
  if (key->rsa == nullptr) {
    return OpensslError(absl::StatusCode::kInternal,
                        "cannot read an RSA public key");
  }
  return absl::WrapUnique(new RsaVerifier(std::move(key)));
}

bool RsaVerifier::Verify(const SchemeInfo& scheme, absl::string_view digest,
                         absl::string_view signature) const {
  RSA* rsa = key_->rsa.get();
  const bool good = scheme.algorithm == SignatureAlgorithm::kRsaPss
                        ? VerifyPss(rsa, scheme.hash, digest, signature)
                        : VerifyPkcs1(rsa, scheme.hash, digest, signature);
  if (!good) ERR_clear_error();
  return good;
}

}  // namespace keyhold
