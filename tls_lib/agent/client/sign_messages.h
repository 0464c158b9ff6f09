// The messages that a client of the agent sends and reads: SignBatchRequest
// with one SignRequest, and SignBatchResponse, both of
// proto/keyhold/signer/v1/sign.proto. Written by hand, because the provider is
// loaded into other people's programs and brings no protobuf along; a test
// holds this against the generated code, byte for byte.
#ifndef KEYHOLD_TLS_LIB_AGENT_CLIENT_SIGN_MESSAGES_H_
#define KEYHOLD_TLS_LIB_AGENT_CLIENT_SIGN_MESSAGES_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "tls_lib/core/content_to_sign.h"
#include "tls_lib/core/signature_scheme.h"

namespace keyhold::agent {

// SignRequest, without the fields that this client never sets.
struct SignQuestion {
  uint64_t id = 0;
  std::string request_id;  // 16 bytes
  uint64_t time_left_us = 0;
  std::string spki_sha256;  // 32 bytes
  SignatureScheme scheme = SignatureScheme::kEcdsaSecp256r1Sha256;
  ContentToSign input;
};

// SignResponse, without the fields that this client does not read.
struct SignAnswer {
  uint64_t id = 0;
  // With the reason of its google.rpc.ErrorInfo (error_reason.h), if it has a
  // known one. The message is printable and at most 1,000 bytes long, whoever
  // wrote it.
  absl::Status status;
  std::string signature;
};

// SignBatchResponse, of which a client with one question at a time expects
// either the limits or one answer.
struct AnswerFrame {
  bool has_limits = false;
  std::optional<SignAnswer> answer;
};

// A serialized SignBatchRequest with this one item.
std::string EncodeQuestion(const SignQuestion& question);

// Reads a serialized SignBatchResponse. Unknown fields are skipped.
// InvalidArgument: not well formed, or more than one item.
absl::StatusOr<AnswerFrame> DecodeAnswerFrame(absl::string_view payload);

}  // namespace keyhold::agent

#endif  // KEYHOLD_TLS_LIB_AGENT_CLIENT_SIGN_MESSAGES_H_
