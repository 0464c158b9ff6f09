#include "cli/file_digest.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tls_lib/base/openssl_error.h"
#include "tls_lib/base/openssl_ptr.h"

namespace keyhold {
namespace {

constexpr size_t kChunk = 64 << 10;

const EVP_MD* DigestOf(HashAlgorithm hash) {
  switch (hash) {
    case HashAlgorithm::kSha256:
      return EVP_sha256();
    case HashAlgorithm::kSha384:
      return EVP_sha384();
    case HashAlgorithm::kSha512:
      return EVP_sha512();
    case HashAlgorithm::kNone:
      break;
  }
  return nullptr;
}

absl::Status CannotRead(absl::string_view path) {
  return absl::FailedPreconditionError(
      absl::StrCat("cannot read ", path, ": ", std::strerror(errno)));
}

}  // namespace

absl::StatusOr<std::string> FileDigest(absl::string_view path,
                                       HashAlgorithm hash,
                                       const Console& console) {
  std::ifstream file;
  if (path != "-") file.open(std::string(path), std::ios::binary);
  if (!file) return CannotRead(path);
  std::istream& in = path == "-" ? console.in : file;

  EvpMdCtxPtr context(EVP_MD_CTX_new());
  std::string digest(EVP_MAX_MD_SIZE, '\0');
  unsigned int size = 0;
  bool good = context != nullptr &&
              EVP_DigestInit_ex(context.get(), DigestOf(hash), nullptr) == 1;
  std::vector<char> chunk(kChunk);
  while (good && in) {
    in.read(chunk.data(), static_cast<std::streamsize>(chunk.size()));
    good = EVP_DigestUpdate(context.get(), chunk.data(),
                            static_cast<size_t>(in.gcount())) == 1;
  }
  if (in.bad()) return CannotRead(path);
  good = good &&
         EVP_DigestFinal_ex(context.get(),
                            reinterpret_cast<unsigned char*>(digest.data()),
                            &size) == 1;
  if (!good) {
    return OpensslError(absl::StatusCode::kInternal,
                        absl::StrCat("hashing ", path));
  }
  digest.resize(size);
  return digest;
}

}  // namespace keyhold
