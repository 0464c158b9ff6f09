#include "cli/sign_input.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "cli/exit_code.h"
#include "cli/file_digest.h"
#include "cli/input_file.h"
#include "cli/tls_arguments.h"
#include "tls_lib/base/status_macros.h"
#include "tls_lib/core/signed_content.h"

namespace keyhold {
namespace {

// The most that any service is configured to take (config.proto).
constexpr size_t kMaxMessageBytes = 131072;

absl::Status CheckOneForm(const SignInputArguments& arguments) {
  const int forms = (arguments.transcript_hash.empty() ? 0 : 1) +
                    (arguments.digest_of.empty() ? 0 : 1) +
                    (arguments.message.empty() ? 0 : 1);
  if (forms != 1) {
    return UsageError(
        "what is to be signed? Give exactly one of --transcript-hash, "
        "--digest-of and --message");
  }
  if (!arguments.hash.empty() && arguments.digest_of.empty()) {
    return UsageError("--hash goes with --digest-of only");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> ParseTranscriptHash(absl::string_view hex) {
  const bool good =
      (hex.size() == 64 || hex.size() == 96) &&
      std::all_of(hex.begin(), hex.end(), [](char c) {
        return absl::ascii_isxdigit(static_cast<unsigned char>(c));
      });
  if (!good) {
    return UsageError(
        "--transcript-hash needs 64 hexadecimal digits (SHA-256) or 96 "
        "(SHA-384)");
  }
  return absl::HexStringToBytes(hex);
}

absl::StatusOr<std::optional<HashAlgorithm>> HashOfScheme(
    const std::string& name) {
  if (name.empty()) return std::nullopt;
  ASSIGN_OR_RETURN(const uint32_t point, ParseSchemeArgument(name));
  const SchemeInfo* info = FindScheme(static_cast<SignatureScheme>(point));
  if (info == nullptr) return std::nullopt;
  if (info->hash == HashAlgorithm::kNone) {
    return UsageError(absl::StrCat(
        name, " signs whole messages, not digests: use --message"));
  }
  return info->hash;
}

absl::StatusOr<HashAlgorithm> ChooseHash(const SignInputArguments& arguments) {
  ASSIGN_OR_RETURN(const std::optional<HashAlgorithm> of_scheme,
                   HashOfScheme(arguments.scheme));
  if (arguments.hash.empty()) {
    return of_scheme.value_or(HashAlgorithm::kSha256);
  }
  for (const auto& [name, hash] : {std::pair<absl::string_view, HashAlgorithm>(
                                       "sha256", HashAlgorithm::kSha256),
                                   {"sha384", HashAlgorithm::kSha384},
                                   {"sha512", HashAlgorithm::kSha512}}) {
    if (name != arguments.hash) continue;
    if (of_scheme.value_or(hash) != hash) {
      return UsageError(absl::StrCat(arguments.scheme, " is made with ",
                                     HashName(*of_scheme), ", not with ",
                                     HashName(hash)));
    }
    return hash;
  }
  return UsageError(absl::StrCat("\"", arguments.hash,
                                 "\" is no hash: use sha256, sha384 or "
                                 "sha512"));
}

signer::v1::Hash HashOnTheWire(HashAlgorithm hash) {
  switch (hash) {
    case HashAlgorithm::kSha256:
      return signer::v1::HASH_SHA256;
    case HashAlgorithm::kSha384:
      return signer::v1::HASH_SHA384;
    case HashAlgorithm::kSha512:
      return signer::v1::HASH_SHA512;
    case HashAlgorithm::kNone:
      break;
  }
  return signer::v1::HASH_UNSPECIFIED;
}

}  // namespace

absl::StatusOr<SignInput> SignInput::Create(const SignInputArguments& arguments,
                                            const Console& console) {
  RETURN_IF_ERROR(CheckOneForm(arguments));
  if (!arguments.transcript_hash.empty()) {
    ASSIGN_OR_RETURN(std::string hash,
                     ParseTranscriptHash(arguments.transcript_hash));
    return SignInput(Form::kTls13, HashAlgorithm::kNone, std::move(hash));
  }
  if (!arguments.message.empty()) {
    ASSIGN_OR_RETURN(std::string message,
                     ReadInput(arguments.message, kMaxMessageBytes, console));
    return SignInput(Form::kMessage, HashAlgorithm::kNone, std::move(message));
  }
  ASSIGN_OR_RETURN(const HashAlgorithm hash, ChooseHash(arguments));
  ASSIGN_OR_RETURN(std::string digest,
                   FileDigest(arguments.digest_of, hash, console));
  return SignInput(Form::kDigest, hash, std::move(digest));
}

void SignInput::FillIn(signer::v1::SignRequest& request,
                       signer::v1::Role role) const {
  switch (form_) {
    case Form::kTls13:
      request.mutable_tls13_certificate_verify()->set_role(role);
      request.mutable_tls13_certificate_verify()->set_transcript_hash(bytes_);
      return;
    case Form::kDigest:
      request.mutable_digest()->set_hash(HashOnTheWire(hash_));
      request.mutable_digest()->set_value(bytes_);
      return;
    case Form::kMessage:
      request.set_message(bytes_);
      return;
  }
}

absl::Status SignInput::Verify(const PublicKey& key, SignatureScheme scheme,
                               signer::v1::Role role,
                               absl::string_view signature) const {
  switch (form_) {
    case Form::kTls13: {
      const Role side =
          role == signer::v1::ROLE_CLIENT ? Role::kClient : Role::kServer;
      ASSIGN_OR_RETURN(const std::string content,
                       AssembleTls13CertificateVerify({side, bytes_}));
      return key.Verify(scheme, content, signature);
    }
    case Form::kDigest:
      return key.VerifyDigest(scheme, bytes_, signature);
    case Form::kMessage:
      return key.Verify(scheme, bytes_, signature);
  }
  return absl::InternalError("unknown form of input");
}

}  // namespace keyhold
