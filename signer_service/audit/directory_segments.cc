#include "signer_service/audit/directory_segments.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "tls_lib/base/status_macros.h"

namespace keyhold {

absl::StatusOr<std::unique_ptr<DirectorySegments>> DirectorySegments::Open(
    absl::string_view path, Options options) {
  if (options.max_bytes != 0 && options.max_bytes < 2 * options.segment_bytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("max_bytes: expected at least twice segment_bytes, ",
                     2 * options.segment_bytes, ", got ", options.max_bytes));
  }
  ASSIGN_OR_RETURN(SegmentFolder folder, SegmentFolder::OpenOrMake(path));
  RETURN_IF_ERROR(folder.LockForWriting());
  return std::unique_ptr<DirectorySegments>(
      new DirectorySegments(std::move(folder), options));
}

absl::StatusOr<std::vector<std::unique_ptr<SegmentFile>>>
DirectorySegments::Existing() {
  ASSIGN_OR_RETURN(std::vector<UniqueFd> descriptors, ExistingDescriptors());
  std::vector<std::unique_ptr<SegmentFile>> files;
  for (UniqueFd& fd : descriptors) {
    files.push_back(std::make_unique<DescriptorSegment>(std::move(fd)));
  }
  return files;
}

absl::StatusOr<std::unique_ptr<SegmentFile>> DirectorySegments::Allocate() {
  ASSIGN_OR_RETURN(UniqueFd fd, AllocateDescriptor());
  return std::make_unique<DescriptorSegment>(std::move(fd));
}

absl::StatusOr<std::vector<UniqueFd>> DirectorySegments::ExistingDescriptors() {
  ASSIGN_OR_RETURN(std::vector<SegmentName> names, folder_.List());
  names.erase(std::remove_if(names.begin(), names.end(),
                             [](const SegmentName& n) { return n.size == 0; }),
              names.end());
  std::vector<UniqueFd> files;
  for (size_t i = names.size() - std::min<size_t>(names.size(), 2);
       i < names.size(); ++i) {
    ASSIGN_OR_RETURN(UniqueFd fd, folder_.OpenToAppend(names[i].number));
    files.push_back(std::move(fd));
  }
  return files;
}

absl::StatusOr<UniqueFd> DirectorySegments::AllocateDescriptor() {
  RETURN_IF_ERROR(RemoveOldest());
  ASSIGN_OR_RETURN(std::vector<SegmentName> names, folder_.List());
  // Those that a process before this one made and did not use: perhaps it died
  // before their room was reserved.
  while (!allocated_ && !names.empty() && names.back().size == 0) {
    RETURN_IF_ERROR(folder_.Remove(names.back().number));
    names.pop_back();
  }
  const uint32_t number = names.empty() ? 1 : names.back().number + 1;
  ASSIGN_OR_RETURN(UniqueFd fd, folder_.Create(number, options_.segment_bytes));
  allocated_ = true;
  return fd;
}

absl::Status DirectorySegments::RemoveOldest() {
  if (options_.max_bytes == 0) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::vector<SegmentName> names, folder_.List());
  // What is allocated takes its room whatever it holds.
  const auto room = [this](const SegmentName& name) {
    return std::max(name.size, options_.segment_bytes);
  };
  uint64_t bytes = options_.segment_bytes;
  for (const SegmentName& name : names) bytes += room(name);
  for (size_t i = 0; i + 1 < names.size() && bytes > options_.max_bytes; ++i) {
    RETURN_IF_ERROR(folder_.Remove(names[i].number));
    bytes -= room(names[i]);
  }
  return absl::OkStatus();
}

}  // namespace keyhold
