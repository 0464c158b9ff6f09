#include "signer_service/vault_process/key_batch.h"

#include <cstddef>
#include <utility>

#include "keyhold/signer/v1/tls.pb.h"
#include "signer_service/core/usage_set.h"

namespace keyhold {
namespace {

using signer::v1::Usage;

absl::Status DescriptorsDoNotFit() {
  return absl::InvalidArgumentError(
      "a batch of keys came with too many or too few descriptors");
}

KeyFile ToKeyFile(const processes::v1::KeyFileEntry& entry) {
  KeyFile file;
  file.id = entry.id();
  file.label = entry.label();
  file.path = entry.path();
  for (const uint32_t usage : entry.usage_ceiling()) {
    file.usage_ceiling.Insert(static_cast<Usage>(usage));
  }
  if (entry.has_expected_spki()) file.expected_spki = entry.expected_spki();
  for (const uint32_t scheme : entry.schemes()) {
    file.schemes.push_back(static_cast<SignatureScheme>(scheme));
  }
  return file;
}

}  // namespace

processes::v1::KeyFileEntry ToEntry(const KeyFile& file) {
  processes::v1::KeyFileEntry entry;
  entry.set_id(file.id);
  entry.set_label(file.label);
  entry.set_path(file.path);
  entry.set_open(static_cast<bool>(file.fd));
  for (int usage = 1; usage < signer::v1::Usage_ARRAYSIZE; ++usage) {
    if (file.usage_ceiling.Contains(static_cast<Usage>(usage))) {
      entry.add_usage_ceiling(static_cast<uint32_t>(usage));
    }
  }
  if (file.expected_spki.has_value()) {
    entry.set_expected_spki(*file.expected_spki);
  }
  for (const SignatureScheme scheme : file.schemes) {
    entry.add_schemes(static_cast<uint32_t>(scheme));
  }
  return entry;
}

absl::Status ReadKeyBatch(const processes::v1::KeyBatch& batch,
                          std::vector<UniqueFd> descriptors,
                          std::vector<KeyFile>& files) {
  size_t taken = 0;
  for (const processes::v1::KeyFileEntry& entry : batch.files()) {
    KeyFile file = ToKeyFile(entry);
    if (entry.open()) {
      if (taken == descriptors.size()) return DescriptorsDoNotFit();
      file.fd = std::move(descriptors[taken++]);
    }
    files.push_back(std::move(file));
  }
  if (taken != descriptors.size()) return DescriptorsDoNotFit();
  return absl::OkStatus();
}

}  // namespace keyhold
