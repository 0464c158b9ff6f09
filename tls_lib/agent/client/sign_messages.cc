#include "tls_lib/agent/client/sign_messages.h"

#include <utility>
#include <variant>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tls_lib/agent/client/wire_format.h"
#include "tls_lib/base/status_macros.h"
#include "tls_lib/core/error_reason.h"

namespace keyhold::agent {
namespace {

using absl::string_view;

constexpr size_t kMostMessageBytes = 1000;

absl::Status MalformedError(string_view message) {
  return absl::InvalidArgumentError(
      absl::StrCat("a ", message, " is not well formed"));
}

absl::Status TooManyAnswersError() {
  return absl::InvalidArgumentError(
      "a SignBatchResponse has several items; one was asked for");
}

// Writes a ContentToSign as the member of SignRequest.input.
struct WriteInput {
  WireWriter& request;

  void operator()(const Tls13SignedContent& content) const {
    WireWriter input;
    input.AddNumber(1, content.role == Role::kServer ? 1 : 2);
    input.AddBytes(2, content.transcript_hash);
    request.AddPresentBytes(16, input.bytes());
  }
  void operator()(const Tls12ServerKeyExchangeContent& content) const {
    WireWriter input;
    input.AddBytes(1, content.client_random);
    input.AddBytes(2, content.server_random);
    input.AddNumber(3, content.curve);
    input.AddBytes(4, content.public_point);
    request.AddPresentBytes(17, input.bytes());
  }
  void operator()(const Tls12ClientTranscript& transcript) const {
    WireWriter input;
    input.AddBytes(1, transcript.handshake_messages);
    request.AddPresentBytes(18, input.bytes());
  }
  void operator()(const DigestToSign& digest) const {
    WireWriter input;
    // HashAlgorithm counts as keyhold.signer.v1.Hash does.
    input.AddNumber(1, static_cast<uint64_t>(digest.hash));
    input.AddBytes(2, digest.value);
    request.AddPresentBytes(19, input.bytes());
  }
  void operator()(const MessageToSign& content) const {
    request.AddPresentBytes(20, content.message);
  }
};

static_assert(static_cast<int>(HashAlgorithm::kSha256) == 1 &&
                  static_cast<int>(HashAlgorithm::kSha384) == 2 &&
                  static_cast<int>(HashAlgorithm::kSha512) == 3,
              "keyhold.signer.v1.Hash");

// What another process wrote goes into a third one's log.
std::string Printable(string_view text) {
  std::string result(text.substr(0, kMostMessageBytes));
  for (char& c : result) {
    if (absl::ascii_iscntrl(static_cast<unsigned char>(c))) c = '?';
  }
  return result;
}

// The reason in a google.protobuf.Any, if it holds a google.rpc.ErrorInfo.
absl::StatusOr<std::optional<ErrorReason>> DecodeReason(string_view any) {
  string_view type;
  string_view value;
  WireReader reader(any);
  while (std::optional<WireField> field = reader.Next()) {
    if (field->IsBytes(1)) type = field->bytes;
    if (field->IsBytes(2)) value = field->bytes;
  }
  if (!reader.ok()) return MalformedError("google.protobuf.Any");
  if (!absl::EndsWith(type, "/google.rpc.ErrorInfo")) return std::nullopt;
  string_view reason;
  WireReader info(value);
  while (std::optional<WireField> field = info.Next()) {
    if (field->IsBytes(1)) reason = field->bytes;
  }
  if (!info.ok()) return MalformedError("google.rpc.ErrorInfo");
  return ParseErrorReason(reason);
}

absl::StatusCode CodeOf(uint64_t code) {
  return code <= 16 ? static_cast<absl::StatusCode>(code)
                    : absl::StatusCode::kUnknown;
}

// A google.rpc.Status into `status`.
absl::Status DecodeStatus(string_view bytes, absl::Status& status) {
  uint64_t code = 0;
  std::string message;
  std::optional<ErrorReason> reason;
  WireReader reader(bytes);
  while (std::optional<WireField> field = reader.Next()) {
    if (field->IsNumber(1)) code = field->value;
    if (field->IsBytes(2)) {
      message = Printable(field->bytes);
    }
    if (field->IsBytes(3) && !reason) {
      ASSIGN_OR_RETURN(reason, DecodeReason(field->bytes));
    }
  }
  if (!reader.ok()) return MalformedError("google.rpc.Status");
  status = absl::Status(CodeOf(code), message);
  if (reason && !status.ok()) status = WithReason(std::move(status), *reason);
  return absl::OkStatus();
}

absl::StatusOr<SignAnswer> DecodeAnswer(string_view bytes) {
  SignAnswer answer;
  WireReader reader(bytes);
  while (std::optional<WireField> field = reader.Next()) {
    if (field->IsNumber(1)) answer.id = field->value;
    if (field->IsBytes(2)) {
      RETURN_IF_ERROR(DecodeStatus(field->bytes, answer.status));
    }
    if (field->IsBytes(4)) {
      answer.signature = std::string(field->bytes);
    }
  }
  if (!reader.ok()) return MalformedError("SignResponse");
  return answer;
}

}  // namespace

std::string EncodeQuestion(const SignQuestion& question) {
  WireWriter request;
  request.AddNumber(1, question.id);
  request.AddBytes(2, question.request_id);
  request.AddPresentNumber(3, question.time_left_us);
  request.AddBytes(5, question.spki_sha256);
  request.AddNumber(6, static_cast<uint64_t>(question.scheme));
  std::visit(WriteInput{request}, question.input);
  WireWriter batch;
  batch.AddPresentBytes(1, request.bytes());
  return batch.bytes();
}

absl::StatusOr<AnswerFrame> DecodeAnswerFrame(string_view payload) {
  AnswerFrame frame;
  WireReader reader(payload);
  while (std::optional<WireField> field = reader.Next()) {
    if (field->IsBytes(1)) frame.has_limits = true;
    if (field->IsBytes(2)) {
      if (frame.answer.has_value()) return TooManyAnswersError();
      ASSIGN_OR_RETURN(frame.answer, DecodeAnswer(field->bytes));
    }
  }
  if (!reader.ok()) return MalformedError("SignBatchResponse");
  return frame;
}

}  // namespace keyhold::agent
