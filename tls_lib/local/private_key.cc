#include "tls_lib/local/private_key.h"

#include <utility>

#include "tls_lib/base/status_macros.h"
#include "tls_lib/core/internal/evp_digest.h"
#include "tls_lib/local/internal/key_file.h"
#include "tls_lib/local/internal/private_key_parser.h"

namespace keyhold {

struct PrivateKey::Impl {
  PublicKey public_key;
  std::unique_ptr<internal::KeyEngine> engine;
};

PrivateKey::PrivateKey(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
PrivateKey::PrivateKey(PrivateKey&&) noexcept = default;
PrivateKey& PrivateKey::operator=(PrivateKey&&) noexcept = default;
PrivateKey::~PrivateKey() = default;

absl::StatusOr<PrivateKey> PrivateKey::Parse(const SecretBytes& encoded) {
  ASSIGN_OR_RETURN(SecretBytes der, internal::ReadKeyFile(encoded));
  ASSIGN_OR_RETURN(internal::ParsedPrivateKey parsed,
                   internal::ParsePrivateKeyDer(der.Reveal()));
  ASSIGN_OR_RETURN(PublicKey public_key, PublicKey::FromSpki(parsed.spki));
  return PrivateKey(std::make_unique<Impl>(
      Impl{std::move(public_key), std::move(parsed.engine)}));
}

const PublicKey& PrivateKey::public_key() const { return impl_->public_key; }

absl::StatusOr<std::string> PrivateKey::Sign(SignatureScheme scheme,
                                             absl::string_view message) const {
  ASSIGN_OR_RETURN(const SchemeInfo* info, FindSchemeOf(public_key(), scheme));
  if (info->hash == HashAlgorithm::kNone) {
    return impl_->engine->Sign(*info, message);
  }
  ASSIGN_OR_RETURN(std::string digest,
                   internal::ComputeDigest(info->hash, message));
  return impl_->engine->Sign(*info, digest);
}

absl::StatusOr<std::string> PrivateKey::SignDigest(
    SignatureScheme scheme, absl::string_view digest) const {
  ASSIGN_OR_RETURN(const SchemeInfo* info, FindSchemeOf(public_key(), scheme));
  RETURN_IF_ERROR(internal::CheckDigest(*info, digest));
  return impl_->engine->Sign(*info, digest);
}

absl::StatusOr<SecretBytes> PrivateKey::PrivateNumber() const {
  return impl_->engine->PrivateNumber();
}

}  // namespace keyhold
