#include "tests/fakes/fake_backend.h"

#include <algorithm>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "tests/fakes/fake_error.h"
#include "tests/fakes/fake_input.h"
#include "tests/fakes/fake_policy.h"
#include "tls_lib/base/status_macros.h"

namespace keyhold {
namespace {

namespace v1 = signer::v1;

constexpr size_t kHashSize = 32;
constexpr uint32_t kDefaultPageSize = 200;
constexpr uint32_t kMaxPageSize = 1000;
constexpr int kMaxOffered = 1024;
constexpr size_t kMaxName = 255;

std::vector<SignatureScheme> FromWire(
    const google::protobuf::RepeatedField<uint32_t>& points) {
  std::vector<SignatureScheme> schemes;
  for (const uint32_t point : points) {
    if (point <= 0xffff) schemes.push_back(static_cast<SignatureScheme>(point));
  }
  return schemes;
}

bool CanMakeInAny(const PublicKey& key, SignatureScheme scheme) {
  return key.CanMake(scheme, TlsVersion::kTls12) ||
         key.CanMake(scheme, TlsVersion::kTls13);
}

bool Fits(const PublicKey& key, SignatureScheme scheme,
          const FakeInput& input) {
  if (input.version.has_value()) return key.CanMake(scheme, *input.version);
  if (!CanMakeInAny(key, scheme)) return false;
  return !input.hash.has_value() || FindScheme(scheme)->hash == *input.hash;
}

absl::Status CheckSelector(const v1::KeySelector& selector) {
  if (selector.by_case() == v1::KeySelector::BY_NOT_SET) {
    return FakeInvalidRequest("selector: one field is required");
  }
  if (selector.by_case() == v1::KeySelector::kSpkiSha256 &&
      selector.spki_sha256().size() != kHashSize) {
    return FakeInvalidRequest("selector.spki_sha256: expected 32 bytes");
  }
  if (selector.id().size() > kMaxName ||
      selector.server_name().size() > kMaxName) {
    return FakeInvalidRequest("selector: more than 255 bytes");
  }
  return absl::OkStatus();
}

absl::Status CheckCommon(absl::string_view spki_sha256,
                         absl::string_view server_name, int offered) {
  if (spki_sha256.size() != kHashSize) {
    return FakeInvalidRequest("spki_sha256: expected 32 bytes");
  }
  if (server_name.size() > kMaxName) {
    return FakeInvalidRequest("server_name: more than 255 bytes");
  }
  if (offered > kMaxOffered) {
    return FakeInvalidRequest("offered: more than 1024 schemes");
  }
  return absl::OkStatus();
}

absl::StatusOr<SignatureScheme> PickScheme(
    const v1::SignRequest& request, const FakeInput& input,
    const PublicKey& key, const std::vector<SignatureScheme>& allowed) {
  if (!request.offered_schemes().empty()) {
    const std::vector<SignatureScheme> offered =
        FromWire(request.offered_schemes());
    for (const SignatureScheme scheme : allowed) {
      if (absl::c_linear_search(offered, scheme) && Fits(key, scheme, input)) {
        return scheme;
      }
    }
    return FakeNoCommonScheme();
  }
  const auto scheme = static_cast<SignatureScheme>(request.scheme());
  if (request.scheme() > 0xffff || FindScheme(scheme) == nullptr) {
    return FakeInvalidRequest("scheme: not one that this service makes");
  }
  if (!Fits(key, scheme, input)) return FakeSchemeDoesNotFitKey();
  if (!absl::c_linear_search(allowed, scheme)) return FakeSchemeNotAllowed();
  return scheme;
}

}  // namespace

FakeBackend::FakeBackend(std::vector<FakeKey> keys,
                         std::vector<FakeRule> rules) {
  if (rules.empty()) rules.push_back(FakeRule{});
  keyring_ = std::make_shared<const FakeKeyring>(
      FakeKeyring{LoadFakeKeys(std::move(keys)), std::move(rules), 1});
}

void FakeBackend::SetKeys(std::vector<FakeKey> keys) {
  std::vector<FakeKeyPtr> loaded = LoadFakeKeys(std::move(keys));
  absl::MutexLock lock(&mutex_);
  keyring_ = std::make_shared<const FakeKeyring>(
      FakeKeyring{std::move(loaded), keyring_->rules, keyring_->version + 1});
}

void FakeBackend::SetRules(std::vector<FakeRule> rules) {
  absl::MutexLock lock(&mutex_);
  keyring_ = std::make_shared<const FakeKeyring>(
      FakeKeyring{keyring_->keys, std::move(rules), keyring_->version + 1});
}

void FakeBackend::ChangePolicyVersion() {
  absl::MutexLock lock(&mutex_);
  keyring_ = std::make_shared<const FakeKeyring>(
      FakeKeyring{keyring_->keys, keyring_->rules, keyring_->version + 1});
}

std::shared_ptr<const FakeKeyring> FakeBackend::keyring() const {
  absl::MutexLock lock(&mutex_);
  return keyring_;
}

std::string FakeBackend::policy_version() const {
  return keyring()->policy_version();
}

absl::StatusOr<v1::ListKeysResponse> FakeBackend::ListKeys(
    absl::string_view caller, const v1::ListKeysRequest& request) const {
  const auto now = keyring();
  if (request.has_selector())
    RETURN_IF_ERROR(CheckSelector(request.selector()));
  if (request.page_size() > kMaxPageSize) {
    return FakeInvalidRequest("page_size: expected 1..1000");
  }
  uint32_t first = 0;
  if (!request.page_token().empty() &&
      !absl::SimpleAtoi(request.page_token(), &first)) {
    return FakeInvalidRequest("page_token: not one of this service's");
  }
  const uint32_t size =
      request.page_size() == 0 ? kDefaultPageSize : request.page_size();
  v1::ListKeysResponse response;
  response.set_policy_version(now->policy_version());
  uint32_t index = 0;
  for (const FakeKeyPtr& key : now->KnownTo(caller)) {
    if (!key->Matches(request.selector())) continue;
    if (index >= first && index - first < size) {
      *response.add_keys() =
          now->Describe(caller, *key, request.include_chains());
    }
    ++index;
  }
  if (index > first + size) {
    response.set_next_page_token(absl::StrCat(first + size));
  }
  return response;
}

absl::StatusOr<v1::GetKeyResponse> FakeBackend::GetKey(
    absl::string_view caller, const v1::GetKeyRequest& request) const {
  const auto now = keyring();
  RETURN_IF_ERROR(CheckSelector(request.selector()));
  v1::GetKeyResponse response;
  response.set_policy_version(now->policy_version());
  std::vector<FakeKeyPtr> keys = now->KnownTo(caller);
  std::stable_partition(keys.begin(), keys.end(), [&](const FakeKeyPtr& key) {
    return key->CarriesExactly(request.selector().server_name());
  });
  for (const FakeKeyPtr& key : keys) {
    if (key->Matches(request.selector())) {
      *response.add_keys() = now->Describe(caller, *key, true);
    }
  }
  if (response.keys().empty()) return FakeKeyNotFound();
  return response;
}

absl::StatusOr<v1::ChooseSchemeResponse> FakeBackend::ChooseScheme(
    absl::string_view caller, const v1::ChooseSchemeRequest& request) const {
  const auto now = keyring();
  RETURN_IF_ERROR(CheckCommon(request.spki_sha256(), request.server_name(),
                              request.offered_size()));
  if (request.role() != v1::ROLE_SERVER && request.role() != v1::ROLE_CLIENT) {
    return FakeInvalidRequest("role: expected server or client");
  }
  if (request.tls_version() != v1::TLS_VERSION_1_2 &&
      request.tls_version() != v1::TLS_VERSION_1_3) {
    return FakeInvalidRequest("tls_version: expected 1.2 or 1.3");
  }
  const Role role =
      request.role() == v1::ROLE_SERVER ? Role::kServer : Role::kClient;
  const auto version = static_cast<TlsVersion>(request.tls_version());
  ASSIGN_OR_RETURN(const FakeKeyPtr key,
                   now->Find(caller, request.spki_sha256()));
  ASSIGN_OR_RETURN(
      const std::vector<SignatureScheme> allowed,
      FakeAllowedSchemes(
          now->rules, caller, key->facts, FakeTlsUsage(role, version),
          absl::AsciiStrToLower(request.server_name()), key->Preferences()));
  const absl::StatusOr<SignatureScheme> scheme = keyhold::ChooseScheme(
      key->public_key(), version, allowed, FromWire(request.offered()));
  if (!scheme.ok()) return FakeNoCommonScheme();
  v1::ChooseSchemeResponse response;
  response.set_scheme(static_cast<uint32_t>(*scheme));
  response.set_policy_version(now->policy_version());
  return response;
}

absl::StatusOr<v1::SignResponse> FakeBackend::Sign(
    absl::string_view caller, const v1::SignRequest& request) const {
  const auto now = keyring();
  RETURN_IF_ERROR(CheckCommon(request.spki_sha256(), request.server_name(),
                              request.offered_schemes_size()));
  if ((request.scheme() == 0) == request.offered_schemes().empty()) {
    return FakeInvalidRequest(
        "scheme, offered_schemes: exactly one is required");
  }
  ASSIGN_OR_RETURN(const FakeKeyPtr key,
                   now->Find(caller, request.spki_sha256()));
  ASSIGN_OR_RETURN(const FakeInput input,
                   ReadFakeInput(request, key->public_key()));
  ASSIGN_OR_RETURN(
      const std::vector<SignatureScheme> allowed,
      FakeAllowedSchemes(now->rules, caller, key->facts, input.usage,
                         absl::AsciiStrToLower(request.server_name()),
                         key->Preferences()));
  // The fake refuses these where policy does, and builds none.
  if (input.usage == v1::USAGE_CSR || input.usage == v1::USAGE_SELF_SIGNED) {
    return FakeInputNotAccepted();
  }
  ASSIGN_OR_RETURN(const SignatureScheme scheme,
                   PickScheme(request, input, key->public_key(), allowed));
  if (request.has_time_left_us() && request.time_left_us() == 0) {
    return FakeDeadlinePassed();
  }
  absl::StatusOr<std::string> signature =
      input.hash.has_value() ? key->key.SignDigest(scheme, input.bytes)
                             : key->key.Sign(scheme, input.bytes);
  RETURN_IF_ERROR(signature.status());
  v1::SignResponse response;
  response.set_id(request.id());
  response.set_scheme(static_cast<uint32_t>(scheme));
  response.set_signature(*std::move(signature));
  response.set_policy_version(now->policy_version());
  return response;
}

}  // namespace keyhold
