// What calls of the service are called in messages, and what is wrong with
// their answers.
#ifndef KEYHOLD_TLS_LIB_REMOTE_CALL_CHECK_H_
#define KEYHOLD_TLS_LIB_REMOTE_CALL_CHECK_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "keyhold/signer/v1/key.pb.h"
#include "keyhold/signer/v1/sign.pb.h"

namespace keyhold {

// "ChooseScheme with key 0123456789abcdef for www.example.org"
std::string Describe(const signer::v1::ChooseSchemeRequest& request);
// "Sign with key 0123456789abcdef for www.example.org"
std::string Describe(const signer::v1::SignRequest& request);
// "GetKey by id www"
std::string Describe(const signer::v1::GetKeyRequest& request);
// "ListKeys"
std::string Describe(const signer::v1::ListKeysRequest& request);

// Whether an answer fits its question. Internal if not: the scheme was not
// offered or asked for, there is no signature, no key.
absl::Status CheckAnswer(const signer::v1::ChooseSchemeRequest& request,
                         const signer::v1::ChooseSchemeResponse& response);
absl::Status CheckAnswer(const signer::v1::SignRequest& request,
                         const signer::v1::SignResponse& response);
absl::Status CheckAnswer(const signer::v1::GetKeyRequest& request,
                         const signer::v1::GetKeyResponse& response);
absl::Status CheckAnswer(const signer::v1::ListKeysRequest& request,
                         const signer::v1::ListKeysResponse& response);

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_REMOTE_CALL_CHECK_H_
