#include "tls_lib/agent/client/key_file.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "tls_lib/base/der.h"
#include "tls_lib/base/pem.h"
#include "tls_lib/base/status_macros.h"

namespace keyhold::agent {
namespace {

using absl::string_view;

constexpr uint8_t kAgentUidTag = DerImplicit(0);
constexpr char kVersion = 1;
constexpr size_t kMostKeyIdBytes = 255;
constexpr size_t kPemLineLength = 64;

absl::Status KeyFileError(string_view what) {
  return absl::InvalidArgumentError(
      absl::StrCat("this ", kKeyFileLabel, " is damaged: ", what,
                   "; write it again with keyhold key-file"));
}

absl::Status VersionError(string_view version) {
  return absl::InvalidArgumentError(absl::StrCat(
      "this ", kKeyFileLabel, " is of version 0x",
      absl::BytesToHexString(version.substr(0, 8)),
      ", of which this keyhold.so knows nothing; install the keyhold.so that "
      "belongs to the keyhold command which wrote it"));
}

absl::Status NoBlockError() {
  return absl::InvalidArgumentError(
      absl::StrCat("there is no ", kKeyFileLabel, " in this file"));
}

absl::Status KeyIdError() {
  return KeyFileError(absl::StrCat("the key id has not 1 to ", kMostKeyIdBytes,
                                   " printable ASCII characters"));
}

absl::Status UidError() {
  return KeyFileError(
      absl::StrCat("the agent's uid is no number of a user (or ", kOverflowUid,
                   ", which stands for any unknown one)"));
}

absl::Status CheckKeyId(string_view id) {
  const bool good = !id.empty() && id.size() <= kMostKeyIdBytes &&
                    std::all_of(id.begin(), id.end(), [](char c) {
                      return absl::ascii_isgraph(static_cast<uint8_t>(c));
                    });
  return good ? absl::OkStatus() : KeyIdError();
}

// The highest is setuid(2)'s "no change".
bool IsUid(uint64_t uid) {
  return uid != kOverflowUid && uid < std::numeric_limits<uint32_t>::max();
}

absl::Status CheckUid(const std::optional<uid_t>& uid) {
  return uid.has_value() && !IsUid(*uid) ? UidError() : absl::OkStatus();
}

std::string UnsignedContents(uint32_t value) {
  std::string bytes(1, static_cast<char>(value & 0xff));
  while ((value >>= 8) != 0) bytes.insert(bytes.begin(), value & 0xff);
  if (static_cast<uint8_t>(bytes[0]) >= 0x80) bytes.insert(0, 1, '\0');
  return bytes;
}

absl::StatusOr<uid_t> ReadUid(DerReader& reader) {
  std::optional<string_view> contents = reader.Read(kAgentUidTag);
  if (!contents) return UidError();
  // An implicit tag: what is inside is an INTEGER's.
  const std::string integer = DerElement(kDerInteger, *contents);
  DerReader inner(integer);
  std::optional<string_view> magnitude = inner.ReadUnsigned();
  if (!magnitude || magnitude->size() > sizeof(uint32_t)) return UidError();
  uint64_t uid = 0;
  for (const char c : *magnitude) uid = uid << 8 | static_cast<uint8_t>(c);
  if (!IsUid(uid)) return UidError();
  return static_cast<uid_t>(uid);
}

std::string InLines(string_view base64) {
  std::string lines;
  for (; !base64.empty();
       base64.remove_prefix(std::min(base64.size(), kPemLineLength))) {
    absl::StrAppend(&lines, base64.substr(0, kPemLineLength), "\n");
  }
  return lines;
}

}  // namespace

absl::StatusOr<std::string> EncodeKeyFileDer(const KeyFile& file) {
  RETURN_IF_ERROR(CheckKeyId(file.key_id));
  RETURN_IF_ERROR(CheckUid(file.agent.uid));
  std::string fields =
      absl::StrCat(DerElement(kDerInteger, string_view(&kVersion, 1)),
                   DerElement(kDerUtf8String, file.key_id), file.key.spki(),
                   DerElement(kDerUtf8String, file.agent.address.text()));
  if (file.agent.uid.has_value()) {
    fields += DerElement(kAgentUidTag, UnsignedContents(*file.agent.uid));
  }
  return DerElement(kDerSequence, fields);
}

absl::StatusOr<std::string> EncodeKeyFilePem(const KeyFile& file) {
  ASSIGN_OR_RETURN(const std::string der, EncodeKeyFileDer(file));
  return absl::StrCat(
      "Not a private key: names the ", KeyTypeName(file.key.type()), " key ",
      file.key_id, ", used through the keyhold-agent on ",
      file.agent.address.text(), "\n-----BEGIN ", kKeyFileLabel, "-----\n",
      InLines(absl::Base64Escape(der)), "-----END ", kKeyFileLabel, "-----\n");
}

absl::StatusOr<KeyFile> DecodeKeyFileDer(string_view der) {
  if (der.size() > kMostKeyFileBytes) return KeyFileError("it is too long");
  DerReader outer(der);
  std::optional<string_view> sequence = outer.Read(kDerSequence);
  if (!sequence) return KeyFileError("it is no DER sequence, or cut off");
  if (!outer.empty()) return KeyFileError("bytes follow its end");
  DerReader reader(*sequence);
  std::optional<string_view> version = reader.ReadUnsigned();
  if (!version) return KeyFileError("it has no version");
  if (*version != string_view(&kVersion, 1)) return VersionError(*version);
  std::optional<string_view> key_id = reader.Read(kDerUtf8String);
  if (!key_id) return KeyIdError();
  RETURN_IF_ERROR(CheckKeyId(*key_id));
  if (!reader.Next(kDerSequence)) return KeyFileError("it has no public key");
  std::optional<DerReader::Element> spki = reader.ReadElement();
  if (!spki) return KeyFileError("its public key is cut off");
  absl::StatusOr<PublicKey> key = PublicKey::FromSpki(spki->whole);
  if (!key.ok()) return KeyFileError(key.status().message());
  std::optional<string_view> agent = reader.Read(kDerUtf8String);
  if (!agent) return KeyFileError("it names no agent");
  absl::StatusOr<AgentAddress> address = AgentAddress::Parse(*agent);
  if (!address.ok()) return KeyFileError(address.status().message());
  std::optional<uid_t> uid;
  if (!reader.empty()) {
    ASSIGN_OR_RETURN(uid, ReadUid(reader));
  }
  if (!reader.empty()) return KeyFileError("it has more fields than expected");
  return KeyFile{std::string(*key_id), *std::move(key),
                 TrustedAgent{*std::move(address), uid}};
}

absl::StatusOr<KeyFile> DecodeKeyFilePem(string_view pem) {
  PemReader reader(pem);
  for (;;) {
    ASSIGN_OR_RETURN(std::optional<PemBlock> block, reader.Next());
    if (!block.has_value()) return NoBlockError();
    if (block->label != kKeyFileLabel) continue;
    ASSIGN_OR_RETURN(const std::string der, DecodeKeyFileBody(block->body));
    return DecodeKeyFileDer(der);
  }
}

absl::StatusOr<std::string> DecodeKeyFileBody(string_view base64) {
  std::string der;
  if (!absl::Base64Unescape(base64, &der)) {
    return KeyFileError(
        "what stands between its first and last line is no "
        "base64");
  }
  return der;
}

}  // namespace keyhold::agent
