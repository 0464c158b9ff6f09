// What a FakeSigner serves, and to whom.
#ifndef KEYHOLD_TESTS_FAKES_FAKE_KEY_H_
#define KEYHOLD_TESTS_FAKES_FAKE_KEY_H_

#include <string>
#include <vector>

#include "keyhold/signer/v1/tls.pb.h"
#include "tls_lib/core/signature_scheme.h"
#include "tls_lib/core/signing_context.h"

namespace keyhold {

struct FakeKey {
  std::string id;
  std::string label;
  // The private key, PEM.
  std::string pem;
  // PEM; may be empty.
  std::string chain_pem;
  // What it may sign as.
  std::vector<Role> roles = {Role::kServer};
  // Best first; empty: the key's defaults.
  std::vector<SignatureScheme> schemes;
};

// As Rule in config.proto, in its simplest forms.
struct FakeRule {
  // A SPIFFE ID, or "*" for everybody.
  std::string identity = "*";
  // Key ids, or "*" for all.
  std::vector<std::string> keys = {"*"};
  // Empty: the structured forms of the key's roles.
  std::vector<signer::v1::Usage> usages;
  // Empty: all.
  std::vector<SignatureScheme> schemes;
  // Exact; empty: any name, and none.
  std::vector<std::string> server_names;
};

}  // namespace keyhold

#endif  // KEYHOLD_TESTS_FAKES_FAKE_KEY_H_
