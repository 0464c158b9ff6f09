#include "tls_lib/tls/ticket_keys.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "openssl/rand.h"
#include "tls_lib/base/openssl_error.h"
#include "tls_lib/base/status_macros.h"

namespace keyhold {
namespace {

constexpr size_t kNameSize = 16;
constexpr size_t kPartSize = 32;

absl::Status NoKeysError() {
  return absl::InvalidArgumentError("no session ticket key was given");
}

absl::Status KeySizeError(size_t size) {
  return absl::InvalidArgumentError(
      absl::StrCat("a session ticket key has ", size, " bytes; it must have ",
                   TicketKeys::kGivenKeySize,
                   " random ones (openssl rand 80): 16 of name, 32 for HMAC, "
                   "32 for AES"));
}

absl::Status SameNameError() {
  return absl::InvalidArgumentError(
      "two session ticket keys have the same first 16 bytes, their name");
}

absl::Status RandomKeysError() {
  return absl::FailedPreconditionError(
      "these session ticket keys are random and rotate by themselves; they "
      "cannot be set");
}

absl::Status NoRandomnessError() {
  return OpensslError(absl::StatusCode::kInternal,
                      "OpenSSL has no random bytes for a session ticket key");
}

absl::StatusOr<std::shared_ptr<const TicketKeys::Key>> SplitKey(
    absl::string_view bytes, absl::Time now) {
  auto key = std::make_shared<TicketKeys::Key>();
  key->name = std::string(bytes.substr(0, kNameSize));
  ASSIGN_OR_RETURN(key->hmac,
                   SecretBytes::CopyOf(bytes.substr(kNameSize, kPartSize)));
  ASSIGN_OR_RETURN(key->aes,
                   SecretBytes::CopyOf(bytes.substr(kNameSize + kPartSize)));
  key->created = now;
  return key;
}

absl::StatusOr<std::shared_ptr<const TicketKeys::Key>> RandomKey(
    absl::Time now) {
  ASSIGN_OR_RETURN(SecretBytes bytes,
                   SecretBytes::OfSize(TicketKeys::kGivenKeySize));
  if (RAND_priv_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) {
    return NoRandomnessError();
  }
  return SplitKey(bytes.Reveal(), now);
}

}  // namespace

absl::StatusOr<std::shared_ptr<TicketKeys>> TicketKeys::CreateRandom(
    Clock clock) {
  std::shared_ptr<TicketKeys> keys(new TicketKeys(std::move(clock), true));
  RETURN_IF_ERROR(keys->EncryptionKey().status());
  return keys;
}

absl::StatusOr<std::shared_ptr<TicketKeys>> TicketKeys::CreateFromKeys(
    std::vector<SecretBytes> keys, Clock clock) {
  std::shared_ptr<TicketKeys> result(new TicketKeys(std::move(clock), false));
  RETURN_IF_ERROR(result->SetKeys(std::move(keys)));
  return result;
}

absl::Status TicketKeys::SetKeys(std::vector<SecretBytes> keys) {
  if (random_) return RandomKeysError();
  ASSIGN_OR_RETURN(KeyList list, SplitKeys(std::move(keys), Now()));
  absl::MutexLock lock(&mutex_);
  keys_.swap(list);
  return absl::OkStatus();
}

absl::StatusOr<TicketKeys::KeyList> TicketKeys::SplitKeys(
    std::vector<SecretBytes> keys, absl::Time now) {
  if (keys.empty()) return NoKeysError();
  KeyList list;
  for (const SecretBytes& key : keys) {
    if (key.size() != kGivenKeySize) return KeySizeError(key.size());
    ASSIGN_OR_RETURN(std::shared_ptr<const Key> split,
                     SplitKey(key.Reveal(), now));
    for (const std::shared_ptr<const Key>& other : list) {
      if (other->name == split->name) return SameNameError();
    }
    list.push_back(std::move(split));
  }
  return list;
}

absl::Status TicketKeys::RotateIfDue(absl::Time now) {
  if (!random_) return absl::OkStatus();
  if (keys_.empty() || now - keys_.front()->created >= kRotation) {
    ASSIGN_OR_RETURN(std::shared_ptr<const Key> key, RandomKey(now));
    keys_.insert(keys_.begin(), std::move(key));
  }
  // A ticket is never older than its key.
  keys_.erase(std::remove_if(keys_.begin(), keys_.end(),
                             [now](const std::shared_ptr<const Key>& key) {
                               return now - key->created >= kLifetime;
                             }),
              keys_.end());
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<const TicketKeys::Key>>
TicketKeys::EncryptionKey() {
  const absl::Time now = Now();
  absl::MutexLock lock(&mutex_);
  RETURN_IF_ERROR(RotateIfDue(now));
  return keys_.front();
}

TicketKeys::Found TicketKeys::DecryptionKey(absl::string_view name) {
  const absl::Time now = Now();
  absl::MutexLock lock(&mutex_);
  // If no new key can be made, the old ones go on until they are too old.
  RotateIfDue(now).IgnoreError();
  for (const std::shared_ptr<const Key>& key : keys_) {
    const bool too_old = random_ && now - key->created >= kLifetime;
    if (key->name == name && !too_old) return {key, key != keys_.front()};
  }
  return {};
}

}  // namespace keyhold
