#include "signer_service/audit/testing/audit_test_log.h"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "signer_service/audit/segment_folder.h"
#include "tls_lib/local/test_keys.h"

namespace keyhold {
namespace {

template <typename T>
T OrDie(absl::StatusOr<T> value) {
  if (!value.ok()) {
    std::fprintf(stderr, "%s\n", value.status().ToString().c_str());
    std::abort();
  }
  return *std::move(value);
}

std::string PathOf(absl::string_view folder, int number) {
  return absl::StrCat(folder, "/", SegmentFolder::FileName(number));
}

}  // namespace

std::string NewAuditFolder() {
  const char* base = std::getenv("TEST_TMPDIR");
  std::string path =
      absl::StrCat(base == nullptr ? "/tmp" : base, "/audit-XXXXXX");
  if (mkdtemp(path.data()) == nullptr) std::abort();
  return path;
}

AuditKey TestAuditKey() {
  return OrDie(AuditKey::Parse(
      OrDie(SecretBytes::CopyOf(TestKeyPem(TestKeyKind::kEd25519)))));
}

AuditRecord TestRecord(absl::string_view name) {
  static const std::string* const kSpki = new std::string(32, '\x5a');
  static const std::string* const kTranscript = new std::string(32, '\xa5');
  AuditRecord record;
  record.time = absl::Now();
  record.identity = "spiffe://example.org/web";
  record.key = "www";
  record.spki_sha256 = *kSpki;
  record.usage = "tls13_server";
  record.scheme = "ecdsa_secp256r1_sha256";
  record.server_name = name;
  record.input = AuditRecord::Input::kTranscript;
  record.input_hash = *kTranscript;
  record.outcome = "signed";
  return record;
}

AuditBatch TestBatch(size_t records) {
  AuditBatch batch(records);
  for (size_t i = 0; i < records; ++i) batch.Add(TestRecord());
  return batch;
}

std::unique_ptr<DirectorySegments> TestSegments(
    absl::string_view folder, DirectorySegments::Options options) {
  return OrDie(DirectorySegments::Open(folder, options));
}

std::unique_ptr<AuditLog> OpenTestLog(absl::string_view folder,
                                      AuditOptions options) {
  options.segment_bytes = 1 << 20;
  return OrDie(
      AuditLog::Open(TestSegments(folder), TestAuditKey(), std::move(options)));
}

absl::Status AppendAndWait(AuditLog& log, AuditBatch batch,
                           absl::Time deadline) {
  absl::Status answer;
  absl::Notification answered;
  log.Append(std::move(batch), deadline, [&](const absl::Status& status) {
    answer = status;
    answered.Notify();
  });
  answered.WaitForNotification();
  return answer;
}

std::string SegmentText(absl::string_view folder, int number) {
  std::ifstream file(PathOf(folder, number), std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

void WriteSegment(absl::string_view folder, int number,
                  absl::string_view content) {
  std::ofstream file(PathOf(folder, number),
                     std::ios::binary | std::ios::trunc);
  file.write(content.data(), content.size());
}

std::vector<std::string> LinesOf(absl::string_view text) {
  std::vector<std::string> lines;
  size_t end;
  while ((end = text.find('\n')) != absl::string_view::npos) {
    lines.emplace_back(text.substr(0, end + 1));
    text.remove_prefix(end + 1);
  }
  if (!text.empty()) lines.emplace_back(text);
  return lines;
}

}  // namespace keyhold
