#include "signer_service/audit/hash_chain.h"

#include <array>
#include <charconv>
#include <cstdlib>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "openssl/evp.h"
#include "signer_service/audit/record_text.h"

namespace keyhold {

std::string AuditHead::ToString() const {
  return absl::StrCat(sequence, ":",
                      absl::BytesToHexString(AuditHashBytes(hash)));
}

HashChain::HashChain(AuditHead head)
    : head_(head),
      sha256_(EVP_MD_fetch(nullptr, "SHA256", nullptr)),
      context_(EVP_MD_CTX_new()) {
  // Without SHA-256 there is no libcrypto.
  if (sha256_ == nullptr || context_ == nullptr) std::abort();
}

AuditHash HashChain::HashOf(const AuditHash& previous, absl::string_view text) {
  AuditHash hash;
  unsigned int size = hash.size();
  if (EVP_DigestInit_ex2(context_.get(), sha256_.get(), nullptr) != 1 ||
      EVP_DigestUpdate(context_.get(), previous.data(), previous.size()) != 1 ||
      EVP_DigestUpdate(context_.get(), text.data(), text.size()) != 1 ||
      EVP_DigestFinal_ex(context_.get(), hash.data(), &size) != 1) {
    // Only for want of memory; a record without its hash must not exist.
    std::abort();
  }
  return hash;
}

void HashChain::Seal(absl::string_view body, std::string& out) {
  const size_t begin = out.size();
  std::array<char, 20> digits;
  const std::to_chars_result end = std::to_chars(
      digits.data(), digits.data() + digits.size(), head_.sequence + 1);
  out.append("{\"seq\":").append(digits.data(), end.ptr - digits.data());
  out.append(body.data(), body.size());
  head_.hash = HashOf(head_.hash,
                      absl::string_view(out).substr(begin, std::string::npos));
  ++head_.sequence;
  AppendAuditHex(out, "chain", AuditHashBytes(head_.hash));
  out.append("}\n");
}

}  // namespace keyhold
