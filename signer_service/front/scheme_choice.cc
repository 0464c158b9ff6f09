#include "signer_service/front/scheme_choice.h"

#include <cstdint>
#include <optional>
#include <string>

#include "absl/algorithm/container.h"
#include "absl/container/inlined_vector.h"
#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "google/protobuf/repeated_field.h"
#include "signer_service/core/usage_set.h"
#include "tls_lib/base/status_macros.h"
#include "tls_lib/core/error_reason.h"
#include "tls_lib/core/public_key.h"

namespace keyhold {
namespace {

using signer::v1::SignRequest;
using signer::v1::Usage;

// The hash of an input that brings its own; null for all others.
std::optional<HashAlgorithm> FixedHash(const SignRequest& request) {
  if (!request.has_digest()) return std::nullopt;
  switch (request.digest().hash()) {
    case signer::v1::HASH_SHA256:
      return HashAlgorithm::kSha256;
    case signer::v1::HASH_SHA384:
      return HashAlgorithm::kSha384;
    case signer::v1::HASH_SHA512:
      return HashAlgorithm::kSha512;
    default:
      return HashAlgorithm::kNone;
  }
}

// What a key is asked for, whatever the policy says.
struct Wanted {
  Usage usage;
  // Digests and messages belong to no version of TLS; what a key can make at
  // all it can make in TLS 1.2.
  TlsVersion version;
  std::optional<HashAlgorithm> hash;
};

bool Fits(const CatalogKey& key, SignatureScheme scheme, const Wanted& wanted) {
  if (wanted.hash.has_value() && (wanted.hash == HashAlgorithm::kNone ||
                                  FindScheme(scheme)->hash != *wanted.hash)) {
    return false;
  }
  return key.public_key.CanMake(scheme, wanted.version);
}

absl::Status SchemeDoesNotFitKeyError(const CatalogKey& key,
                                      SignatureScheme scheme,
                                      const Wanted& wanted) {
  return WithReason(
      absl::InvalidArgumentError(absl::StrCat(
          "scheme: the ", KeyTypeName(key.public_key.type()), " key ", key.id,
          " cannot make ", SchemeName(scheme), " for ", UsageName(wanted.usage),
          wanted.hash.has_value()
              ? absl::StrCat(" with ", HashName(*wanted.hash))
              : "")),
      ErrorReason::kSchemeDoesNotFitKey);
}

absl::Status NotAPreferenceError(const CatalogKey& key,
                                 SignatureScheme scheme) {
  return WithReason(
      absl::PermissionDeniedError(absl::StrCat(
          "the settings of key ", key.id, " leave out ", SchemeName(scheme))),
      ErrorReason::kSchemeNotAllowed);
}

// A key, and what the caller may do with it.
struct Grant {
  const CatalogKey* key;
  SchemeSet schemes;
};

absl::StatusOr<Grant> FindGrant(const CallerView& caller,
                                absl::string_view spki_sha256, Usage usage,
                                absl::string_view server_name) {
  const CatalogKey* key =
      caller.snapshot->catalog().FindBySpkiSha256(spki_sha256);
  if (key == nullptr) {
    // Costs the same look-ups as a key of others.
    (void)caller.policy.MayKnow("");
    return KeyNotFoundError();
  }
  absl::StatusOr<SchemeSet> schemes = caller.policy.AllowedSchemes(
      {key->id, key->roles}, usage,
      server_name.empty() ? "" : absl::AsciiStrToLower(server_name));
  if (!schemes.ok()) return std::move(schemes).status();
  return Grant{key, *schemes};
}

using SchemeList = absl::InlinedVector<SignatureScheme, 16>;

absl::StatusOr<SignatureScheme> Choose(
    const Grant& grant, const Wanted& wanted,
    const google::protobuf::RepeatedField<uint32_t>& offered) {
  SchemeList preferences;
  for (const SignatureScheme scheme : grant.key->preferences) {
    if (grant.schemes.Contains(scheme) && Fits(*grant.key, scheme, wanted)) {
      preferences.push_back(scheme);
    }
  }
  absl::InlinedVector<SignatureScheme, 32> points;
  for (const uint32_t point : offered) {
    if (point <= UINT16_MAX) {
      points.push_back(static_cast<SignatureScheme>(point));
    }
  }
  return ChooseScheme(grant.key->public_key, wanted.version, preferences,
                      points);
}

using NameList = absl::InlinedVector<absl::string_view, 1>;

// The names that policy must allow: that of the handshake, which may be empty,
// or those that the service is to put into what it builds. Never none.
NameList NamesOf(const SignRequest& request) {
  NameList names;
  if (request.has_csr()) {
    for (const std::string& name : request.csr().dns_names()) {
      names.push_back(name);
    }
    if (!request.csr().common_name().empty()) {
      names.push_back(request.csr().common_name());
    }
  }
  for (const std::string& name :
       request.self_signed_certificate().dns_names()) {
    names.push_back(name);
  }
  if (names.empty()) names.push_back(request.server_name());
  return names;
}

absl::Status CheckStated(const Grant& grant, const CallerView& caller,
                         const Wanted& wanted, SignatureScheme scheme,
                         absl::string_view server_name) {
  const CatalogKey& key = *grant.key;
  if (!Fits(key, scheme, wanted)) {
    return SchemeDoesNotFitKeyError(key, scheme, wanted);
  }
  if (!grant.schemes.Contains(scheme)) {
    return caller.policy.Authorize({key.id, key.roles}, wanted.usage, scheme,
                                   absl::AsciiStrToLower(server_name));
  }
  if (!absl::c_linear_search(key.preferences, scheme)) {
    return NotAPreferenceError(key, scheme);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<GrantedSignature> GrantSignature(const CallerView& caller,
                                                const SignRequest& request) {
  Wanted wanted;
  wanted.usage = UsageOf(request);
  wanted.version = TlsVersionOf(wanted.usage).value_or(TlsVersion::kTls12);
  wanted.hash = FixedHash(request);
  const NameList names = NamesOf(request);
  ASSIGN_OR_RETURN(const Grant grant, FindGrant(caller, request.spki_sha256(),
                                                wanted.usage, names.front()));
  auto scheme = static_cast<SignatureScheme>(request.scheme());
  if (request.offered_schemes_size() > 0) {
    ASSIGN_OR_RETURN(scheme, Choose(grant, wanted, request.offered_schemes()));
  } else {
    RETURN_IF_ERROR(CheckStated(grant, caller, wanted, scheme, names.front()));
  }
  for (size_t i = 1; i < names.size(); ++i) {
    RETURN_IF_ERROR(caller.policy.Authorize({grant.key->id, grant.key->roles},
                                            wanted.usage, scheme,
                                            absl::AsciiStrToLower(names[i])));
  }
  return GrantedSignature{grant.key, scheme};
}

absl::StatusOr<SignatureScheme> ChooseSchemeFor(
    const CallerView& caller, const signer::v1::ChooseSchemeRequest& request) {
  Wanted wanted;
  wanted.usage = UsageOf(request);
  wanted.version = TlsVersionOf(wanted.usage).value_or(TlsVersion::kTls12);
  ASSIGN_OR_RETURN(const Grant grant,
                   FindGrant(caller, request.spki_sha256(), wanted.usage,
                             request.server_name()));
  return Choose(grant, wanted, request.offered());
}

}  // namespace keyhold
