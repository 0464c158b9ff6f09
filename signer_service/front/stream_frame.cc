#include "signer_service/front/stream_frame.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/wire_format_lite.h"
#include "grpcpp/support/slice.h"
#include "tls_lib/base/status_macros.h"
#include "tls_lib/core/error_reason.h"
#include "tls_lib/core/signed_content.h"

namespace keyhold {
namespace {

using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;
using signer::v1::SignBatchRequest;
using signer::v1::SignBatchResponse;
using signer::v1::SignRequest;
using signer::v1::SignResponse;

// Room for an item's tag and length.
constexpr size_t kItemOverheadBytes = 8;

absl::Status FrameTooLargeError(absl::string_view what) {
  return WithReason(absl::ResourceExhaustedError(what),
                    ErrorReason::kFrameTooLarge);
}

absl::Status NotAFrameError() {
  return WithReason(
      absl::InvalidArgumentError("the frame is not a SignBatchRequest"),
      ErrorReason::kInvalidRequest);
}

absl::Status TooManyItemsError(const RequestLimits& limits) {
  return FrameTooLargeError(absl::StrCat("a frame holds at most ",
                                         limits.max_items_per_frame,
                                         " items; send the rest in another"));
}

absl::Status TooManyBytesError() {
  return FrameTooLargeError(
      absl::StrCat("a frame holds at most ", kMaxFrameBytes,
                   " bytes, and this item did not fit; send it in another, or "
                   "make it smaller"));
}

// The parts of a frame, found without making a message of each: an empty
// item is two bytes on the wire and two hundred as a message.
struct Parts {
  std::vector<absl::string_view> items;
  std::vector<uint64_t> cancel_ids;
};

bool ReadPart(CodedInputStream& in, uint32_t tag, absl::string_view bytes,
              Parts& parts) {
  const int field = WireFormatLite::GetTagFieldNumber(tag);
  const bool is_delimited = WireFormatLite::GetTagWireType(tag) ==
                            WireFormatLite::WIRETYPE_LENGTH_DELIMITED;
  if (field == SignBatchRequest::kCancelIdsFieldNumber && !is_delimited) {
    uint64_t id;
    if (!in.ReadVarint64(&id)) return false;
    parts.cancel_ids.push_back(id);
    return true;
  }
  if (!is_delimited) return WireFormatLite::SkipField(&in, tag);
  int size;
  if (!in.ReadVarintSizeAsInt(&size)) return false;
  const int start = in.CurrentPosition();
  if (static_cast<size_t>(size) > bytes.size() - static_cast<size_t>(start)) {
    return false;
  }
  if (field == SignBatchRequest::kItemsFieldNumber) {
    parts.items.push_back(
        bytes.substr(static_cast<size_t>(start), static_cast<size_t>(size)));
  } else if (field == SignBatchRequest::kCancelIdsFieldNumber) {
    while (in.CurrentPosition() < start + size) {
      uint64_t id;
      if (!in.ReadVarint64(&id)) return false;
      parts.cancel_ids.push_back(id);
    }
    return in.CurrentPosition() == start + size;
  }
  return in.Skip(size);
}

absl::StatusOr<Parts> Split(absl::string_view bytes) {
  CodedInputStream in(reinterpret_cast<const uint8_t*>(bytes.data()),
                      static_cast<int>(bytes.size()));
  Parts parts;
  while (static_cast<size_t>(in.CurrentPosition()) < bytes.size()) {
    const uint32_t tag = in.ReadTag();
    if (tag == 0 || !ReadPart(in, tag, bytes, parts)) return NotAFrameError();
    if (parts.items.size() > kHardFrameItems) {
      return FrameTooLargeError(
          absl::StrCat("the frame has more than ", kHardFrameItems, " items"));
    }
  }
  return parts;
}

grpc::ByteBuffer SerializeFrame(const SignBatchResponse& frame) {
  const size_t size = frame.ByteSizeLong();
  grpc::Slice slice(size);
  frame.SerializeWithCachedSizesToArray(const_cast<uint8_t*>(slice.begin()));
  return grpc::ByteBuffer(&slice, 1);
}

}  // namespace

signer::v1::ServiceLimits MakeServiceLimits(const RequestLimits& limits) {
  signer::v1::ServiceLimits out;
  out.set_max_items_in_flight(limits.max_items_in_flight);
  out.set_max_items_per_frame(limits.max_items_per_frame);
  out.set_max_frame_bytes(kMaxFrameBytes);
  out.set_max_message_bytes(limits.max_message_bytes);
  out.set_max_handshake_bytes(kMaxTls12HandshakeBytes);
  for (const signer::v1::Usage usage :
       {signer::v1::USAGE_TLS13_SERVER, signer::v1::USAGE_TLS12_SERVER,
        signer::v1::USAGE_TLS13_CLIENT, signer::v1::USAGE_TLS12_CLIENT,
        signer::v1::USAGE_DIGEST, signer::v1::USAGE_MESSAGE,
        signer::v1::USAGE_CSR, signer::v1::USAGE_SELF_SIGNED}) {
    out.add_accepted_usages(usage);
  }
  out.set_max_time_us(
      static_cast<uint64_t>(absl::ToInt64Microseconds(limits.max_time)));
  return out;
}

absl::StatusOr<ClientFrame> ParseClientFrame(const grpc::ByteBuffer& bytes,
                                             const RequestLimits& limits) {
  if (bytes.Length() > kHardFrameBytes) {
    return FrameTooLargeError(absl::StrCat(
        "the frame has ", bytes.Length(), " bytes; at most ", kMaxFrameBytes,
        " are accepted, and beyond ", kHardFrameBytes, " the stream ends"));
  }
  grpc::Slice slice;
  if (!bytes.DumpToSingleSlice(&slice).ok()) return NotAFrameError();
  ASSIGN_OR_RETURN(
      Parts parts,
      Split({reinterpret_cast<const char*>(slice.begin()), slice.size()}));
  ClientFrame frame;
  frame.cancel_ids = std::move(parts.cancel_ids);
  size_t used = 0;
  for (const absl::string_view part : parts.items) {
    SignRequest item;
    if (!item.ParseFromArray(part.data(), static_cast<int>(part.size()))) {
      return NotAFrameError();
    }
    const size_t size = part.size() + kItemOverheadBytes;
    if (used + size > kMaxFrameBytes) {
      frame.refused.push_back({std::move(item), TooManyBytesError()});
    } else if (frame.items.size() >= limits.max_items_per_frame) {
      frame.refused.push_back({std::move(item), TooManyItemsError(limits)});
    } else {
      used += size;
      frame.items.push_back(std::move(item));
    }
  }
  return frame;
}

grpc::ByteBuffer TakeServerFrame(std::deque<SignResponse>& answers,
                                 const RequestLimits& limits) {
  SignBatchResponse frame;
  size_t used = 0;
  while (!answers.empty() && static_cast<uint32_t>(frame.items_size()) <
                                 limits.max_items_per_frame) {
    const size_t size = answers.front().ByteSizeLong() + kItemOverheadBytes;
    if (frame.items_size() > 0 && used + size > kMaxFrameBytes) break;
    used += size;
    *frame.add_items() = std::move(answers.front());
    answers.pop_front();
  }
  return SerializeFrame(frame);
}

grpc::ByteBuffer LimitsFrame(const RequestLimits& limits) {
  SignBatchResponse frame;
  *frame.mutable_limits() = MakeServiceLimits(limits);
  return SerializeFrame(frame);
}

}  // namespace keyhold
