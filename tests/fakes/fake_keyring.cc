#include "tests/fakes/fake_keyring.h"

#include <cstdio>
#include <cstdlib>
#include <tuple>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "tests/fakes/fake_error.h"
#include "tests/fakes/fake_policy.h"
#include "tls_lib/base/secret_bytes.h"
#include "tls_lib/core/certificate_fields.h"
#include "tls_lib/core/certified_key.h"

namespace keyhold {
namespace {

namespace v1 = signer::v1;

template <typename T>
T OrDie(absl::StatusOr<T> value) {
  if (!value.ok()) {
    std::fprintf(stderr, "%s\n", value.status().ToString().c_str());
    std::abort();
  }
  return *std::move(value);
}

v1::KeyType WireType(KeyType type) {
  switch (type) {
    case KeyType::kRsa:
      return v1::KEY_TYPE_RSA;
    case KeyType::kRsaPss:
      return v1::KEY_TYPE_RSA_PSS;
    case KeyType::kEcdsaP256:
      return v1::KEY_TYPE_ECDSA_P256;
    case KeyType::kEcdsaP384:
      return v1::KEY_TYPE_ECDSA_P384;
    case KeyType::kEcdsaP521:
      return v1::KEY_TYPE_ECDSA_P521;
    case KeyType::kEd25519:
      return v1::KEY_TYPE_ED25519;
    case KeyType::kEd448:
      return v1::KEY_TYPE_ED448;
  }
  return v1::KEY_TYPE_UNSPECIFIED;
}

FakeKeyPtr Load(FakeKey facts) {
  PrivateKey key =
      OrDie(PrivateKey::Parse(OrDie(SecretBytes::CopyOf(facts.pem))));
  FakeLoadedKey loaded{std::move(facts), std::move(key), {}, {}, {}};
  if (!loaded.facts.chain_pem.empty()) {
    loaded.chain_der = OrDie(ParsePemCertificates(loaded.facts.chain_pem));
    const CertificateFields leaf =
        OrDie(ReadCertificateFields(loaded.chain_der.front()));
    loaded.dns_names = leaf.dns_names;
    loaded.not_after = leaf.not_after;
  }
  return std::make_shared<const FakeLoadedKey>(std::move(loaded));
}

}  // namespace

std::vector<SignatureScheme> FakeLoadedKey::Preferences() const {
  return facts.schemes.empty() ? public_key().DefaultPreferences()
                               : facts.schemes;
}

bool FakeLoadedKey::CarriesExactly(absl::string_view server_name) const {
  return absl::c_linear_search(dns_names, absl::AsciiStrToLower(server_name));
}

bool FakeLoadedKey::CarriesName(absl::string_view server_name) const {
  const size_t dot = server_name.find('.');
  return CarriesExactly(server_name) ||
         (dot != absl::string_view::npos &&
          CarriesExactly(absl::StrCat("*", server_name.substr(dot))));
}

std::vector<FakeKeyPtr> LoadFakeKeys(std::vector<FakeKey> keys) {
  std::vector<FakeKeyPtr> loaded;
  loaded.reserve(keys.size());
  for (FakeKey& key : keys) loaded.push_back(Load(std::move(key)));
  absl::c_sort(loaded, [](const FakeKeyPtr& a, const FakeKeyPtr& b) {
    return std::tie(a->facts.id, a->facts.label) <
           std::tie(b->facts.id, b->facts.label);
  });
  return loaded;
}

std::string FakeKeyring::policy_version() const {
  return absl::StrFormat("fake policy %04d", version);
}

std::vector<FakeKeyPtr> FakeKeyring::KnownTo(absl::string_view caller) const {
  std::vector<FakeKeyPtr> known;
  for (const FakeKeyPtr& key : keys) {
    if (FakeMayKnow(rules, caller, key->facts)) known.push_back(key);
  }
  return known;
}

absl::StatusOr<FakeKeyPtr> FakeKeyring::Find(
    absl::string_view caller, absl::string_view spki_sha256) const {
  for (const FakeKeyPtr& key : KnownTo(caller)) {
    if (key->public_key().spki_sha256() == spki_sha256) return key;
  }
  return FakeKeyNotFound();
}

v1::Key FakeKeyring::Describe(absl::string_view caller,
                              const FakeLoadedKey& key, bool with_chain) const {
  v1::Key out;
  out.set_id(key.facts.id);
  out.set_label(key.facts.label);
  out.set_type(WireType(key.public_key().type()));
  out.set_bits(key.public_key().bits());
  out.set_spki(std::string(key.public_key().spki()));
  out.set_spki_sha256(std::string(key.public_key().spki_sha256()));
  for (const v1::Usage usage : FakeGrantedUsages(rules, caller, key.facts)) {
    out.add_usages(usage);
  }
  for (const SignatureScheme scheme : key.Preferences()) {
    out.add_schemes(static_cast<uint32_t>(scheme));
  }
  for (const std::string& name : key.dns_names) out.add_server_names(name);
  if (!key.chain_der.empty()) {
    out.mutable_not_after()->set_seconds(absl::ToUnixSeconds(key.not_after));
  }
  if (with_chain) {
    for (const std::string& der : key.chain_der) {
      out.add_certificate_chain(der);
    }
  }
  return out;
}

bool FakeLoadedKey::Matches(const v1::KeySelector& selector) const {
  switch (selector.by_case()) {
    case v1::KeySelector::kId:
      return facts.id == selector.id();
    case v1::KeySelector::kSpkiSha256:
      return public_key().spki_sha256() == selector.spki_sha256();
    case v1::KeySelector::kServerName:
      return CarriesName(selector.server_name());
    case v1::KeySelector::BY_NOT_SET:
      return true;
  }
  return false;
}

}  // namespace keyhold
