// Makes, breaks and reads audit logs in tests.
#ifndef KEYHOLD_SIGNER_SERVICE_AUDIT_TESTING_AUDIT_TEST_LOG_H_
#define KEYHOLD_SIGNER_SERVICE_AUDIT_TESTING_AUDIT_TEST_LOG_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "signer_service/audit/audit_batch.h"
#include "signer_service/audit/audit_key.h"
#include "signer_service/audit/audit_log.h"
#include "signer_service/audit/audit_options.h"
#include "signer_service/audit/directory_segments.h"

namespace keyhold {

// A new folder in the test's temporary folder.
std::string NewAuditFolder();
// The same key in every call.
AuditKey TestAuditKey();

// A signature of spiffe://example.org/web with the key "www", for the server
// name `name`.
AuditRecord TestRecord(absl::string_view name = "www.example.org");
AuditBatch TestBatch(size_t records);

std::unique_ptr<DirectorySegments> TestSegments(
    absl::string_view folder, DirectorySegments::Options options = {1 << 20});
// With segments of a mebibyte. Ends the process with a message if it cannot be
// opened.
std::unique_ptr<AuditLog> OpenTestLog(absl::string_view folder,
                                      AuditOptions options = {});
// Waits for the answer.
absl::Status AppendAndWait(AuditLog& log, AuditBatch batch,
                           absl::Time deadline = absl::InfiniteFuture());

// The content of a segment; "" if there is none.
std::string SegmentText(absl::string_view folder, int number);
void WriteSegment(absl::string_view folder, int number,
                  absl::string_view content);
// With their ends.
std::vector<std::string> LinesOf(absl::string_view text);

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_AUDIT_TESTING_AUDIT_TEST_LOG_H_
