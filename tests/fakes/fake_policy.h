// The policy of a FakeSigner: config.proto's rules in their simplest form.
#ifndef KEYHOLD_TESTS_FAKES_FAKE_POLICY_H_
#define KEYHOLD_TESTS_FAKES_FAKE_POLICY_H_

#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "keyhold/signer/v1/tls.pb.h"
#include "tests/fakes/fake_key.h"
#include "tls_lib/core/signature_scheme.h"

namespace keyhold {

// The structured TLS form of a role in a version.
signer::v1::Usage FakeTlsUsage(Role role, TlsVersion version);

// Whether any rule names both.
bool FakeMayKnow(absl::Span<const FakeRule> rules, absl::string_view caller,
                 const FakeKey& key);

// The usages that some rule grants.
std::vector<signer::v1::Usage> FakeGrantedUsages(
    absl::Span<const FakeRule> rules, absl::string_view caller,
    const FakeKey& key);

// Those of `preferences`, in their order, that a rule grants for all of this.
// FakeKeyNotFound, FakeUsageNotAllowed, FakeServerNameNotAllowed. Never
// empty unless the rules that apply list none of `preferences`.
absl::StatusOr<std::vector<SignatureScheme>> FakeAllowedSchemes(
    absl::Span<const FakeRule> rules, absl::string_view caller,
    const FakeKey& key, signer::v1::Usage usage, absl::string_view server_name,
    absl::Span<const SignatureScheme> preferences);

}  // namespace keyhold

#endif  // KEYHOLD_TESTS_FAKES_FAKE_POLICY_H_
