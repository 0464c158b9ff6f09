// Reads the input of a SignRequest as the service does.
#ifndef KEYHOLD_TESTS_FAKES_FAKE_INPUT_H_
#define KEYHOLD_TESTS_FAKES_FAKE_INPUT_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "keyhold/signer/v1/sign.pb.h"
#include "keyhold/signer/v1/tls.pb.h"
#include "tls_lib/core/public_key.h"
#include "tls_lib/core/signature_scheme.h"

namespace keyhold {

struct FakeInput {
  signer::v1::Usage usage;
  // Null for a digest and for a message: any version's schemes will do.
  std::optional<TlsVersion> version;
  // The bytes to sign, or a digest of them made with `hash`.
  std::string bytes;
  std::optional<HashAlgorithm> hash;
};

// FakeInvalidRequest, FakeInputNotAccepted.
absl::StatusOr<FakeInput> ReadFakeInput(const signer::v1::SignRequest& request,
                                        const PublicKey& key);

}  // namespace keyhold

#endif  // KEYHOLD_TESTS_FAKES_FAKE_INPUT_H_
