#include "signer_service/vault/key_set.h"

#include <optional>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "signer_service/engines/engine_key.h"
#include "signer_service/process/secure_heap.h"
#include "signer_service/vault/key_file_reader.h"
#include "tls_lib/base/status_macros.h"
#include "tls_lib/core/public_key.h"
#include "tls_lib/core/signature_scheme.h"
#include "tls_lib/local/private_key.h"

namespace keyhold {

namespace {

std::string NameOf(absl::string_view id, absl::string_view label) {
  return label.empty() ? std::string(id) : absl::StrCat(id, "@", label);
}

absl::Status InFile(absl::string_view path, const absl::Status& status) {
  return absl::Status(status.code(),
                      absl::StrCat(path, ": ", status.message()));
}

absl::Status FileNotOpen() {
  return absl::FailedPreconditionError("could not be opened");
}

absl::Status KeyIsNotTheCertificates() {
  return absl::InvalidArgumentError(
      "the private key does not belong to the certificate beside it; replace "
      "both files together");
}

absl::Status KeyMakesNoConfiguredScheme(
    const PublicKey& key, const std::vector<SignatureScheme>& schemes) {
  std::string names;
  for (SignatureScheme scheme : schemes) {
    absl::StrAppend(&names, names.empty() ? "" : ", ", SchemeName(scheme));
  }
  return absl::InvalidArgumentError(
      absl::StrCat("this ", KeyTypeName(key.type()),
                   " key makes none of the configured schemes (", names, ")"));
}

absl::Status NameTaken(absl::string_view id, absl::string_view label) {
  return absl::AlreadyExistsError(
      absl::StrCat("another file is the key ", NameOf(id, label),
                   " already; remove one of them, or give it a label "
                   "(NAME@LABEL.key)"));
}

absl::Status PublicKeyTaken(const HeldKey& other) {
  return absl::AlreadyExistsError(
      absl::StrCat("holds the same key as ", NameOf(other.id, other.label),
                   "; remove one of the two files"));
}

bool MakesAny(const PublicKey& key,
              const std::vector<SignatureScheme>& schemes) {
  return absl::c_any_of(schemes, [&key](SignatureScheme scheme) {
    return key.CanMake(scheme, TlsVersion::kTls12) ||
           key.CanMake(scheme, TlsVersion::kTls13);
  });
}

absl::StatusOr<PrivateKey> ReadKey(const KeyFile& file) {
  if (!file.fd) return FileNotOpen();
  ASSIGN_OR_RETURN(SecretBytes bytes, ReadKeyFile(file.fd));
  ASSIGN_OR_RETURN(PrivateKey key, PrivateKey::Parse(bytes));
  const PublicKey& public_key = key.public_key();
  if (file.expected_spki.has_value() &&
      *file.expected_spki != public_key.spki()) {
    return KeyIsNotTheCertificates();
  }
  if (!file.schemes.empty() && !MakesAny(public_key, file.schemes)) {
    return KeyMakesNoConfiguredScheme(public_key, file.schemes);
  }
  return key;
}

}  // namespace

class KeySetBuilder {
 public:
  explicit KeySetBuilder(const KeySet& previous) : previous_(previous) {}

  // Takes the file's key, or the last good one where that is refused.
  KeyFileOutcome Add(KeyFile file) {
    const bool name_taken = set_->FindByName(file.id, file.label) != nullptr;
    absl::Status status =
        name_taken ? InFile(file.path, NameTaken(file.id, file.label))
                   : AddFromFile(file);
    if (!status.ok() && !name_taken) KeepLastGood(file);
    KeyFileOutcome outcome{std::move(status), std::nullopt};
    if (const HeldKey* held = set_->FindByName(file.id, file.label)) {
      outcome.serving = held->loaded->key().public_key();
    }
    return outcome;
  }

  std::shared_ptr<const KeySet> Build() && { return std::move(set_); }

 private:
  absl::Status AddFromFile(const KeyFile& file) {
    absl::StatusOr<PrivateKey> key = ReadKey(file);
    if (!key.ok()) return InFile(file.path, key.status());
    const HeldKey* same =
        set_->FindBySpkiSha256(key->public_key().spki_sha256());
    if (same != nullptr) return InFile(file.path, PublicKeyTaken(*same));
    // A file with the key that is held already gives way to the one in memory:
    // a reload then needs no second place for it in the secure heap.
    if (std::shared_ptr<const LoadedKey> held = Held(file, *key)) {
      Insert(file, std::move(held));
      return absl::OkStatus();
    }
    absl::StatusOr<EngineKey> ready = EngineKey::Create(*std::move(key));
    if (!ready.ok()) return InFile(file.path, ready.status());
    absl::Status room = CheckSecureHeapReserve();
    if (!room.ok()) return InFile(file.path, room);
    Insert(file, std::make_shared<const LoadedKey>(*std::move(ready)));
    return absl::OkStatus();
  }

  // The same key out of the set before, unless a damaged one.
  std::shared_ptr<const LoadedKey> Held(const KeyFile& file,
                                        const PrivateKey& key) const {
    const HeldKey* held = previous_.FindByName(file.id, file.label);
    if (held == nullptr || held->loaded->quarantined() ||
        held->loaded->key().public_key() != key.public_key()) {
      return nullptr;
    }
    return held->loaded;
  }

  void KeepLastGood(const KeyFile& file) {
    const HeldKey* last = previous_.FindByName(file.id, file.label);
    if (last == nullptr) return;
    absl::string_view spki_sha256 =
        last->loaded->key().public_key().spki_sha256();
    if (set_->FindBySpkiSha256(spki_sha256) != nullptr) return;
    Insert(file, last->loaded);
  }

  void Insert(const KeyFile& file, std::shared_ptr<const LoadedKey> loaded) {
    auto held = std::make_unique<const HeldKey>(
        HeldKey{file.id, file.label, file.usage_ceiling, std::move(loaded)});
    set_->by_spki_sha256_[held->loaded->key().public_key().spki_sha256()] =
        held.get();
    set_->by_name_[{held->id, held->label}] = held.get();
    set_->keys_.push_back(std::move(held));
  }

  const KeySet& previous_;
  std::shared_ptr<KeySet> set_ = std::make_shared<KeySet>();
};

KeySet::Replacement KeySet::Replace(const KeySet& previous,
                                    std::vector<KeyFile> files) {
  KeySetBuilder builder(previous);
  Replacement replacement;
  replacement.outcomes.reserve(files.size());
  for (KeyFile& file : files) {
    replacement.outcomes.push_back(builder.Add(std::move(file)));
  }
  replacement.keys = std::move(builder).Build();
  return replacement;
}

const HeldKey* KeySet::FindBySpkiSha256(absl::string_view spki_sha256) const {
  auto it = by_spki_sha256_.find(spki_sha256);
  return it == by_spki_sha256_.end() ? nullptr : it->second;
}

const HeldKey* KeySet::FindByName(absl::string_view id,
                                  absl::string_view label) const {
  auto it = by_name_.find({id, label});
  return it == by_name_.end() ? nullptr : it->second;
}

}  // namespace keyhold
