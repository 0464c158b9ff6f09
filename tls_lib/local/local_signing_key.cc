#include "tls_lib/local/local_signing_key.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tls_lib/base/status_macros.h"
#include "tls_lib/base/unique_fd.h"
#include "tls_lib/core/error_reason.h"

namespace keyhold {
namespace {

// A chain of certificates may stand in the same file.
constexpr off_t kMostFileBytes = 1 << 20;

absl::Status DeadlinePassedError() {
  return WithReason(
      absl::DeadlineExceededError("the deadline had passed; not signed"),
      ErrorReason::kDeadlinePassed);
}

absl::Status NoPreferenceFitsError(const PublicKey& key) {
  return absl::InvalidArgumentError(
      absl::StrCat("the ", KeyTypeName(key.type()),
                   " key can make none of the preferred signature schemes"));
}

absl::Status FileTooLargeError() {
  return absl::InvalidArgumentError(absl::StrCat(
      "not a key file: it has more than ", kMostFileBytes, " bytes"));
}

// `status` with the path before its text.
absl::Status AtPath(absl::string_view path, const absl::Status& status) {
  return absl::Status(status.code(),
                      absl::StrCat(path, ": ", status.message()));
}

absl::StatusOr<SecretBytes> ReadAll(const std::string& path) {
  UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat info = {};
  if (!fd || fstat(fd.get(), &info) != 0) {
    return absl::ErrnoToStatus(errno, "cannot read the key file");
  }
  if (info.st_size > kMostFileBytes) return FileTooLargeError();
  ASSIGN_OR_RETURN(SecretBytes bytes, SecretBytes::OfSize(info.st_size));
  size_t have = 0;
  while (have < bytes.size()) {
    const ssize_t got =
        read(fd.get(), bytes.data() + have, bytes.size() - have);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return absl::ErrnoToStatus(errno, "cannot read the key file");
    if (got == 0) break;  // cut off meanwhile; the zeros are not a key
    have += got;
  }
  return bytes;
}

class LocalSigner final : public Signer {
 public:
  LocalSigner(std::shared_ptr<const PrivateKey> key, SignatureScheme scheme)
      : key_(std::move(key)), scheme_(scheme) {}

  SignatureScheme scheme() const override { return scheme_; }
  absl::StatusOr<std::string> Sign(absl::string_view message,
                                   absl::Time deadline) override {
    if (absl::Now() >= deadline) return DeadlinePassedError();
    return key_->Sign(scheme_, message);
  }

 private:
  const std::shared_ptr<const PrivateKey> key_;
  const SignatureScheme scheme_;
};

}  // namespace

absl::StatusOr<std::shared_ptr<const LocalSigningKey>> LocalSigningKey::Create(
    PrivateKey key, std::vector<SignatureScheme> preferences) {
  const PublicKey& public_key = key.public_key();
  if (preferences.empty()) preferences = public_key.DefaultPreferences();
  if (absl::c_none_of(preferences, [&](SignatureScheme scheme) {
        return FindSchemeOf(public_key, scheme).ok();
      })) {
    return NoPreferenceFitsError(public_key);
  }
  return std::shared_ptr<const LocalSigningKey>(
      new LocalSigningKey(std::make_shared<const PrivateKey>(std::move(key)),
                          std::move(preferences)));
}

absl::StatusOr<std::shared_ptr<const LocalSigningKey>>
LocalSigningKey::FromFile(absl::string_view path) {
  absl::StatusOr<SecretBytes> bytes = ReadAll(std::string(path));
  if (!bytes.ok()) return AtPath(path, bytes.status());
  absl::StatusOr<PrivateKey> key = PrivateKey::Parse(*bytes);
  if (!key.ok()) return AtPath(path, key.status());
  return Create(*std::move(key));
}

absl::StatusOr<std::unique_ptr<Signer>> LocalSigningKey::ChooseScheme(
    const SigningContext& context,
    absl::Span<const SignatureScheme> offered) const {
  ASSIGN_OR_RETURN(SignatureScheme scheme,
                   keyhold::ChooseScheme(public_key(), context.version,
                                         preferences_, offered));
  return std::make_unique<LocalSigner>(key_, scheme);
}

absl::StatusOr<std::unique_ptr<Signer>> LocalSigningKey::LastKnownChoice(
    const SigningContext& context,
    absl::Span<const SignatureScheme> offered) const {
  // Asking itself is free and gives the same answer each time.
  return ChooseScheme(context, offered);
}

}  // namespace keyhold
