#include "tls_lib/remote/sign_frame.h"

#include <algorithm>

#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/wire_format_lite.h"

namespace keyhold {
namespace {

using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedOutputStream;
using signer::v1::ServiceLimits;
using signer::v1::SignBatchRequest;
using signer::v1::SignRequest;

constexpr size_t kDefaultFrameBytes = 262144;
// A tag below 16 and a varint of 64 bits.
constexpr size_t kMaxVarintField = 11;
// The item's own tag and length, its id and time_left_us.
constexpr size_t kItemOverhead = 3 * kMaxVarintField;

constexpr uint8_t kItemTag =
    WireFormatLite::MakeTag(SignBatchRequest::kItemsFieldNumber,
                            WireFormatLite::WIRETYPE_LENGTH_DELIMITED);
constexpr uint8_t kCancelTag = WireFormatLite::MakeTag(
    SignBatchRequest::kCancelIdsFieldNumber, WireFormatLite::WIRETYPE_VARINT);
constexpr uint8_t kIdTag = WireFormatLite::MakeTag(
    SignRequest::kIdFieldNumber, WireFormatLite::WIRETYPE_VARINT);
constexpr uint8_t kTimeLeftTag = WireFormatLite::MakeTag(
    SignRequest::kTimeLeftUsFieldNumber, WireFormatLite::WIRETYPE_VARINT);

void AppendVarintField(std::string& out, uint8_t tag, uint64_t value) {
  uint8_t bytes[kMaxVarintField];
  bytes[0] = tag;
  const uint8_t* end =
      CodedOutputStream::WriteVarint64ToArray(value, bytes + 1);
  out.append(reinterpret_cast<const char*>(bytes),
             static_cast<size_t>(end - bytes));
}

size_t MaxBytes(const ServiceLimits& limits) {
  return limits.max_frame_bytes() == 0 ? kDefaultFrameBytes
                                       : limits.max_frame_bytes();
}

}  // namespace

std::string SignItemBody(const SignRequest& request) {
  if (request.id() == 0 && !request.has_time_left_us()) {
    return request.SerializeAsString();
  }
  SignRequest body = request;
  body.clear_id();
  body.clear_time_left_us();
  return body.SerializeAsString();
}

SignFrame::SignFrame(const ServiceLimits& limits)
    : max_items_(std::max<size_t>(limits.max_items_per_frame(), 1)),
      max_bytes_(MaxBytes(limits)) {}

bool SignFrame::Fits(const ServiceLimits& limits, absl::string_view body) {
  return body.size() + kItemOverhead <= MaxBytes(limits);
}

bool SignFrame::Add(uint64_t id, absl::string_view body,
                    absl::Duration time_left) {
  if (items_ >= max_items_ ||
      bytes_.size() + body.size() + kItemOverhead > max_bytes_) {
    return false;
  }
  ++items_;
  const uint64_t time_left_us =
      std::max<int64_t>(absl::ToInt64Microseconds(time_left), 0);
  const size_t size = 1 + CodedOutputStream::VarintSize64(id) + 1 +
                      CodedOutputStream::VarintSize64(time_left_us) +
                      body.size();
  AppendVarintField(bytes_, kItemTag, size);
  AppendVarintField(bytes_, kIdTag, id);
  AppendVarintField(bytes_, kTimeLeftTag, time_left_us);
  bytes_.append(body.data(), body.size());
  return true;
}

bool SignFrame::Cancel(uint64_t id) {
  if (bytes_.size() + kMaxVarintField > max_bytes_) return false;
  AppendVarintField(bytes_, kCancelTag, id);
  return true;
}

}  // namespace keyhold
