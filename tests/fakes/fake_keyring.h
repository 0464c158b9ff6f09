// The keys and rules of a FakeSigner at one moment.
#ifndef KEYHOLD_TESTS_FAKES_FAKE_KEYRING_H_
#define KEYHOLD_TESTS_FAKES_FAKE_KEYRING_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "keyhold/signer/v1/key.pb.h"
#include "tests/fakes/fake_key.h"
#include "tls_lib/core/public_key.h"
#include "tls_lib/local/private_key.h"

namespace keyhold {

// Immutable, thread-safe.
struct FakeLoadedKey {
  FakeKey facts;
  PrivateKey key;
  std::vector<std::string> chain_der;
  std::vector<std::string> dns_names;
  // Of the leaf; without meaning if there is no chain.
  absl::Time not_after;

  const PublicKey& public_key() const { return key.public_key(); }
  std::vector<SignatureScheme> Preferences() const;
  bool CarriesName(absl::string_view server_name) const;
  bool CarriesExactly(absl::string_view server_name) const;
  // True for an empty selector.
  bool Matches(const signer::v1::KeySelector& selector) const;
};

using FakeKeyPtr = std::shared_ptr<const FakeLoadedKey>;

// By id, then label. Ends the process with a message if a key or a chain does
// not parse.
std::vector<FakeKeyPtr> LoadFakeKeys(std::vector<FakeKey> keys);

// Immutable, thread-safe. `caller`: a SPIFFE ID.
struct FakeKeyring {
  std::vector<FakeKeyPtr> keys;
  std::vector<FakeRule> rules;
  int version;

  std::vector<FakeKeyPtr> KnownTo(absl::string_view caller) const;
  // FakeKeyNotFound.
  absl::StatusOr<FakeKeyPtr> Find(absl::string_view caller,
                                  absl::string_view spki_sha256) const;
  signer::v1::Key Describe(absl::string_view caller, const FakeLoadedKey& key,
                           bool with_chain) const;
  // 16 bytes, other ones for each version.
  std::string policy_version() const;
};

}  // namespace keyhold

#endif  // KEYHOLD_TESTS_FAKES_FAKE_KEYRING_H_
