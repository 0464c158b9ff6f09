#include "signer_service/vault_process/frame_codec.h"

#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/wire_format_lite.h"
#include "signer_service/vault_process/failure.h"
#include "tls_lib/base/status_macros.h"

namespace keyhold {

using google::protobuf::Message;
using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedOutputStream;

namespace {

// google.rpc.Code.
constexpr uint32_t kMaxStatusCode = 16;
// KeyType has fewer values.
constexpr int kMaxKeyTypes = 32;

absl::Status NotAFrame(absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("not a frame: ", why));
}

bool HasUnknownFields(const Message& message) {
  return !message.GetReflection()->GetUnknownFields(message).empty();
}

uint32_t LengthDelimited(int field) {
  return WireFormatLite::MakeTag(field,
                                 WireFormatLite::WIRETYPE_LENGTH_DELIMITED);
}

uint32_t Fixed64(int field) {
  return WireFormatLite::MakeTag(field, WireFormatLite::WIRETYPE_FIXED64);
}

// All tags here take one byte.
constexpr size_t kTagBytes = 1;
constexpr size_t kFixed64Bytes = kTagBytes + 8;

size_t DelimitedBytes(size_t content) {
  return kTagBytes + CodedOutputStream::VarintSize64(content) + content;
}

uint8_t* WriteLength(int field, size_t bytes, uint8_t* to) {
  to = CodedOutputStream::WriteTagToArray(LengthDelimited(field), to);
  return CodedOutputStream::WriteVarint32ToArray(static_cast<uint32_t>(bytes),
                                                 to);
}

uint8_t* WriteFixed64(int field, uint64_t value, uint8_t* to) {
  to = CodedOutputStream::WriteTagToArray(Fixed64(field), to);
  return CodedOutputStream::WriteLittleEndian64ToArray(value, to);
}

uint8_t* Grow(std::string& out, size_t bytes) {
  const size_t before = out.size();
  out.resize(before + bytes);
  return reinterpret_cast<uint8_t*>(&out[before]);
}

HopContext ToHop(processes::v1::Hop& hop) {
  HopContext context;
  context.identity = std::move(*hop.mutable_identity());
  context.received = absl::FromUnixNanos(hop.received_ns());
  if (hop.has_deadline_ns()) {
    context.deadline = absl::FromUnixNanos(hop.deadline_ns());
  }
  return context;
}

absl::StatusOr<FramedResult> ToResult(processes::v1::Result& result) {
  if (HasUnknownFields(result)) return NotAFrame("unknown field of a result");
  if (result.has_signature()) {
    return FramedResult{result.id(), std::move(*result.mutable_signature())};
  }
  if (!result.has_failure()) return NotAFrame("a result without an outcome");
  if (result.failure().code() > kMaxStatusCode) {
    return NotAFrame(absl::StrCat("status code ", result.failure().code()));
  }
  absl::Status status = FromFailure(result.failure());
  if (status.ok()) return NotAFrame("a failure that is OK");
  return FramedResult{result.id(), std::move(status)};
}

}  // namespace

// Written by hand around the request, which so need not be copied into another
// message.
void AppendJob(uint64_t id, const SignJob& job, std::string& frame) {
  const bool has_deadline = job.hop.deadline != absl::InfiniteFuture();
  const size_t identity = job.hop.identity.size();
  const size_t hop_bytes = (identity == 0 ? 0 : DelimitedBytes(identity)) +
                           kFixed64Bytes + (has_deadline ? kFixed64Bytes : 0);
  const size_t request_bytes = job.request.ByteSizeLong();
  const size_t job_bytes =
      kFixed64Bytes + DelimitedBytes(request_bytes) + DelimitedBytes(hop_bytes);
  uint8_t* to = Grow(frame, DelimitedBytes(job_bytes));
  to =
      WriteLength(processes::v1::RequestFrame::kJobsFieldNumber, job_bytes, to);
  to = WriteFixed64(processes::v1::Job::kIdFieldNumber, id, to);
  to = WriteLength(processes::v1::Job::kRequestFieldNumber, request_bytes, to);
  to = job.request.SerializeWithCachedSizesToArray(to);
  to = WriteLength(processes::v1::Job::kHopFieldNumber, hop_bytes, to);
  if (identity != 0) {
    to = WriteLength(processes::v1::Hop::kIdentityFieldNumber, identity, to);
    to = CodedOutputStream::WriteStringToArray(job.hop.identity, to);
  }
  to = WriteFixed64(processes::v1::Hop::kReceivedNsFieldNumber,
                    static_cast<uint64_t>(absl::ToUnixNanos(job.hop.received)),
                    to);
  if (has_deadline) {
    WriteFixed64(processes::v1::Hop::kDeadlineNsFieldNumber,
                 static_cast<uint64_t>(absl::ToUnixNanos(job.hop.deadline)),
                 to);
  }
}

absl::StatusOr<std::vector<FramedJob>> DecodeJobs(absl::string_view frame) {
  if (frame.size() > kMaxPacketBytes) return NotAFrame("too long");
  processes::v1::RequestFrame message;
  if (!message.ParseFromArray(frame.data(), static_cast<int>(frame.size()))) {
    return NotAFrame("does not parse");
  }
  if (HasUnknownFields(message)) return NotAFrame("unknown field");
  if (message.jobs_size() == 0) return NotAFrame("no jobs");
  if (message.jobs_size() > static_cast<int>(kMaxPacketJobs)) {
    return NotAFrame(absl::StrCat("more than ", kMaxPacketJobs, " jobs"));
  }
  std::vector<FramedJob> jobs;
  std::vector<uint64_t> ids;
  jobs.reserve(static_cast<size_t>(message.jobs_size()));
  ids.reserve(jobs.capacity());
  for (processes::v1::Job& job : *message.mutable_jobs()) {
    if (HasUnknownFields(job) || HasUnknownFields(job.request()) ||
        HasUnknownFields(job.hop())) {
      return NotAFrame("unknown field of a job");
    }
    if (!job.has_request() || !job.has_hop()) {
      return NotAFrame("a job without request or hop");
    }
    SignJob framed;
    framed.request = std::move(*job.mutable_request());
    framed.hop = ToHop(*job.mutable_hop());
    jobs.push_back({job.id(), std::move(framed)});
    ids.push_back(job.id());
  }
  absl::c_sort(ids);
  if (absl::c_adjacent_find(ids) != ids.end()) {
    return NotAFrame("one id twice");
  }
  return jobs;
}

std::string EncodeResults(const ResultFrame& frame) {
  processes::v1::ResultFrame message;
  message.set_frames_taken(frame.frames_taken);
  for (const FramedResult& result : frame.results) {
    processes::v1::Result& out = *message.add_results();
    out.set_id(result.id);
    if (result.signature.ok()) {
      out.set_signature(*result.signature);
    } else {
      *out.mutable_failure() = ToFailure(result.signature.status());
    }
  }
  for (size_t i = 0; i < frame.engine_names.size(); ++i) {
    processes::v1::Engine& engine = *message.add_engines();
    engine.set_key_type(static_cast<uint32_t>(i));
    engine.set_name(frame.engine_names[i]);
  }
  return message.SerializeAsString();
}

absl::StatusOr<ResultFrame> DecodeResults(absl::string_view frame) {
  processes::v1::ResultFrame message;
  if (!message.ParseFromArray(frame.data(), static_cast<int>(frame.size()))) {
    return NotAFrame("does not parse");
  }
  if (HasUnknownFields(message)) return NotAFrame("unknown field");
  ResultFrame decoded;
  decoded.frames_taken = message.frames_taken();
  decoded.results.reserve(static_cast<size_t>(message.results_size()));
  for (processes::v1::Result& result : *message.mutable_results()) {
    ASSIGN_OR_RETURN(FramedResult framed, ToResult(result));
    decoded.results.push_back(std::move(framed));
  }
  if (message.engines_size() > kMaxKeyTypes) return NotAFrame("engines");
  for (int i = 0; i < message.engines_size(); ++i) {
    const processes::v1::Engine& engine = message.engines(i);
    if (engine.key_type() != static_cast<uint32_t>(i)) {
      return NotAFrame("engines out of order");
    }
    decoded.engine_names.push_back(engine.name());
  }
  return decoded;
}

}  // namespace keyhold
