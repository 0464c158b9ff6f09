// Answers what a caller may learn of keys. Independent of the transport.
#ifndef KEYHOLD_SIGNER_SERVICE_FRONT_KEY_QUERIES_H_
#define KEYHOLD_SIGNER_SERVICE_FRONT_KEY_QUERIES_H_

#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "keyhold/signer/v1/key.pb.h"
#include "signer_service/front/serving_state.h"
#include "tls_lib/core/key_type.h"

namespace keyhold {

// What signs with keys of a type: see Vault::EngineName.
using EngineNames = absl::FunctionRef<std::string(KeyType type)>;

// The keys that a rule lets the caller know of, in pages of at most page_size
// keys and about 1 MiB. No match is an empty list, not an error.
//
// InvalidArgument (kInvalidRequest): a malformed selector, a page size beyond
// 1,000, a page token that no answer carried.
absl::StatusOr<signer::v1::ListKeysResponse> ListKeys(
    const CallerView& caller, const signer::v1::ListKeysRequest& request,
    EngineNames engine_name);

// The keys that the selector names, exact matches first, with their chains.
//
// InvalidArgument (kInvalidRequest): a malformed selector. KeyNotFoundError:
// there are none that the caller may know of. ResourceExhausted
// (kFrameTooLarge): they take more than 1 MiB.
absl::StatusOr<signer::v1::GetKeyResponse> GetKey(
    const CallerView& caller, const signer::v1::GetKeyRequest& request,
    EngineNames engine_name);

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_FRONT_KEY_QUERIES_H_
