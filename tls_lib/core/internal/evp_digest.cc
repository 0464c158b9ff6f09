#include "tls_lib/core/internal/evp_digest.h"

#include "absl/strings/str_cat.h"
#include "tls_lib/base/openssl_error.h"
#include "tls_lib/base/openssl_ptr.h"
#include "tls_lib/core/internal/library_context.h"

namespace keyhold::internal {
namespace {

// Leaked deliberately: signatures may be made until the process ends.
const EVP_MD* Fetch(const char* name) {
  return EVP_MD_fetch(LibraryContext(), name, nullptr);
}

}  // namespace

const EVP_MD* FetchedDigest(HashAlgorithm hash) {
  static const EVP_MD* const sha256 = Fetch("SHA2-256");
  static const EVP_MD* const sha384 = Fetch("SHA2-384");
  static const EVP_MD* const sha512 = Fetch("SHA2-512");
  switch (hash) {
    case HashAlgorithm::kNone:
      return nullptr;
    case HashAlgorithm::kSha256:
      return sha256;
    case HashAlgorithm::kSha384:
      return sha384;
    case HashAlgorithm::kSha512:
      return sha512;
  }
  return nullptr;
}

absl::StatusOr<std::string> ComputeDigest(HashAlgorithm hash,
                                          absl::string_view message) {
  if (hash == HashAlgorithm::kNone) {
    return absl::InvalidArgumentError("no hash to compute a digest with");
  }
  thread_local const EvpMdCtxPtr context(EVP_MD_CTX_new());
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (EVP_DigestInit_ex2(context.get(), FetchedDigest(hash), nullptr) != 1 ||
      EVP_DigestUpdate(context.get(), message.data(), message.size()) != 1 ||
      EVP_DigestFinal_ex(context.get(), digest, &size) != 1) {
    return OpensslError(absl::StatusCode::kInternal,
                        absl::StrCat("cannot compute ", HashName(hash)));
  }
  return std::string(reinterpret_cast<const char*>(digest), size);
}

absl::Status CheckDigest(const SchemeInfo& scheme, absl::string_view digest) {
  if (scheme.hash == HashAlgorithm::kNone) {
    return absl::InvalidArgumentError(absl::StrCat(
        scheme.name, " signs whole messages; a digest is of no use to it"));
  }
  if (digest.size() != DigestSize(scheme.hash)) {
    return absl::InvalidArgumentError(absl::StrCat(
        scheme.name, " signs digests of ", DigestSize(scheme.hash), " bytes (",
        HashName(scheme.hash), "); this one has ", digest.size()));
  }
  return absl::OkStatus();
}

}  // namespace keyhold::internal
