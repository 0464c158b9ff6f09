#include "signer_service/vault/signed_input.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "signer_service/core/usage_set.h"
#include "signer_service/vault/certificate_content.h"
#include "tls_lib/base/status_macros.h"
#include "tls_lib/core/error_reason.h"
#include "tls_lib/core/key_type.h"
#include "tls_lib/core/signed_content.h"

namespace keyhold {

using signer::v1::SignRequest;

namespace {

absl::Status InvalidField(absl::string_view field, absl::string_view problem) {
  return WithReason(
      absl::InvalidArgumentError(absl::StrCat(field, ": ", problem)),
      ErrorReason::kInvalidRequest);
}

absl::Status WrongSize(absl::string_view field, absl::string_view expected,
                       size_t got) {
  return InvalidField(field,
                      absl::StrCat("expected ", expected, " bytes, got ", got));
}

absl::Status InputMissing() {
  return InvalidField("input",
                      "missing; set one of tls13_certificate_verify, "
                      "tls12_server_key_exchange, tls12_certificate_verify, "
                      "digest, message, csr or self_signed_certificate");
}

absl::Status InputNotAccepted(absl::string_view field) {
  return WithReason(
      absl::InvalidArgumentError(absl::StrCat(
          field,
          ": this version of the signer does not build it; the forms "
          "that it accepts are in ServiceLimits.accepted_usages")),
      ErrorReason::kInputNotAccepted);
}

absl::Status SchemeDoesNotFit(const PublicKey& key, SignatureScheme scheme,
                              absl::string_view why) {
  return WithReason(absl::InvalidArgumentError(absl::StrCat(
                        "scheme: ", SchemeName(scheme), " does not fit this ",
                        KeyTypeName(key.type()), " key ", why)),
                    ErrorReason::kSchemeDoesNotFitKey);
}

// The errors of signed_content.h begin with the name of the field.
absl::Status WithinForm(absl::string_view form, const absl::Status& status) {
  return WithReason(
      absl::InvalidArgumentError(absl::StrCat(form, ".", status.message())),
      ErrorReason::kInvalidRequest);
}

absl::StatusOr<HashAlgorithm> ParseHash(signer::v1::Hash hash) {
  switch (hash) {
    case signer::v1::HASH_SHA256:
      return HashAlgorithm::kSha256;
    case signer::v1::HASH_SHA384:
      return HashAlgorithm::kSha384;
    case signer::v1::HASH_SHA512:
      return HashAlgorithm::kSha512;
    default:
      return InvalidField(
          "digest.hash",
          absl::StrCat("expected HASH_SHA256, HASH_SHA384 or HASH_SHA512, got ",
                       static_cast<int>(hash)));
  }
}

absl::StatusOr<Role> ParseRole(absl::string_view field, signer::v1::Role role) {
  switch (role) {
    case signer::v1::ROLE_SERVER:
      return Role::kServer;
    case signer::v1::ROLE_CLIENT:
      return Role::kClient;
    default:
      return InvalidField(field,
                          absl::StrCat("expected ROLE_SERVER or ROLE_CLIENT, "
                                       "got ",
                                       static_cast<int>(role)));
  }
}

absl::StatusOr<std::string> AssembleTls13(
    const signer::v1::Tls13CertificateVerify& input, Role role) {
  absl::StatusOr<std::string> content =
      AssembleTls13CertificateVerify({role, input.transcript_hash()});
  if (!content.ok()) {
    return WithinForm("tls13_certificate_verify", content.status());
  }
  return content;
}

absl::StatusOr<std::string> AssembleTls12Server(
    const signer::v1::Tls12ServerKeyExchange& input) {
  if (input.curve() > 0xffff) {
    return InvalidField(
        "tls12_server_key_exchange.curve",
        absl::StrCat("expected 23, 24, 25, 29 or 30, got ", input.curve()));
  }
  Tls12ServerKeyExchangeContent parts;
  parts.client_random = input.client_random();
  parts.server_random = input.server_random();
  parts.curve = static_cast<uint16_t>(input.curve());
  parts.public_point = input.public_point();
  absl::StatusOr<std::string> content = AssembleTls12ServerKeyExchange(parts);
  if (!content.ok()) {
    return WithinForm("tls12_server_key_exchange", content.status());
  }
  return content;
}

absl::Status CheckDigest(const SignRequest& request, const PublicKey& key,
                         const SchemeInfo& scheme) {
  ASSIGN_OR_RETURN(HashAlgorithm hash, ParseHash(request.digest().hash()));
  if (scheme.hash == HashAlgorithm::kNone) {
    return SchemeDoesNotFit(key, scheme.scheme,
                            "for a digest: it signs messages only");
  }
  if (scheme.hash != hash) {
    return SchemeDoesNotFit(
        key, scheme.scheme,
        absl::StrCat("for a digest by ", HashName(hash), ": its hash is ",
                     HashName(scheme.hash)));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<SignedInput> SignedInput::FromRequest(const SignRequest& request,
                                                     const PublicKey& key,
                                                     size_t max_message_bytes,
                                                     UsageSet usages) {
  SignedInput input;
  switch (request.input_case()) {
    case SignRequest::kTls13CertificateVerify: {
      const auto& form = request.tls13_certificate_verify();
      ASSIGN_OR_RETURN(input.role_,
                       ParseRole("tls13_certificate_verify.role", form.role()));
      ASSIGN_OR_RETURN(input.owned_, AssembleTls13(form, *input.role_));
      break;
    }
    case SignRequest::kTls12ServerKeyExchange: {
      input.role_ = Role::kServer;
      ASSIGN_OR_RETURN(input.owned_, AssembleTls12Server(
                                         request.tls12_server_key_exchange()));
      break;
    }
    case SignRequest::kTls12CertificateVerify: {
      const std::string& transcript =
          request.tls12_certificate_verify().handshake_messages();
      absl::Status status = CheckTls12CertificateVerify(transcript, key.spki());
      if (!status.ok()) return WithinForm("tls12_certificate_verify", status);
      input.role_ = Role::kClient;
      input.view_ = transcript;
      break;
    }
    case SignRequest::kDigest: {
      ASSIGN_OR_RETURN(input.digest_hash_, ParseHash(request.digest().hash()));
      const size_t expected = DigestSize(*input.digest_hash_);
      if (request.digest().value().size() != expected) {
        return WrongSize("digest.value", absl::StrCat(expected),
                         request.digest().value().size());
      }
      input.view_ = request.digest().value();
      break;
    }
    case SignRequest::kMessage: {
      if (request.message().size() > max_message_bytes) {
        return WrongSize("message", absl::StrCat("at most ", max_message_bytes),
                         request.message().size());
      }
      input.view_ = request.message();
      break;
    }
    case SignRequest::kCsr: {
      ASSIGN_OR_RETURN(input.owned_,
                       CertificationRequestContent(request.csr(), key));
      break;
    }
    case SignRequest::kSelfSignedCertificate: {
      ASSIGN_OR_RETURN(const SignatureScheme scheme,
                       RequestedScheme(request, key));
      ASSIGN_OR_RETURN(input.owned_,
                       SelfSignedContent(request.self_signed_certificate(), key,
                                         scheme, usages, absl::Now()));
      break;
    }
    case SignRequest::kDelegatedCredential:
      return InputNotAccepted("delegated_credential");
    case SignRequest::INPUT_NOT_SET:
      return InputMissing();
  }
  input.usage_ = UsageOf(request);
  input.version_ = TlsVersionOf(input.usage_);
  return input;
}

bool SignedInput::is_object() const {
  return usage_ == signer::v1::USAGE_CSR ||
         usage_ == signer::v1::USAGE_SELF_SIGNED;
}

absl::StatusOr<SignatureScheme> RequestedScheme(const SignRequest& request,
                                                const PublicKey& key) {
  if (request.scheme() == 0 || request.scheme() > 0xffff) {
    return InvalidField(
        "scheme", absl::StrFormat("expected a code point of 1..0xffff, got %#x",
                                  request.scheme()));
  }
  const auto scheme = static_cast<SignatureScheme>(request.scheme());
  const SchemeInfo* info = FindScheme(scheme);
  if (info == nullptr) {
    return InvalidField("scheme",
                        absl::StrCat(SchemeName(scheme), " is not known here"));
  }
  const std::optional<TlsVersion> version = TlsVersionOf(UsageOf(request));
  if (version.has_value()) {
    if (!key.CanMake(scheme, *version)) {
      return SchemeDoesNotFit(
          key, scheme,
          *version == TlsVersion::kTls13 ? "in TLS 1.3" : "in TLS 1.2");
    }
  } else if (!key.CanMake(scheme, TlsVersion::kTls12) &&
             !key.CanMake(scheme, TlsVersion::kTls13)) {
    return SchemeDoesNotFit(key, scheme, "in any version of TLS");
  }
  if (request.has_digest()) {
    RETURN_IF_ERROR(CheckDigest(request, key, *info));
  }
  return scheme;
}

}  // namespace keyhold
