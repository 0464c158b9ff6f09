// Writes 20 records to the log in the folder that the argument names, and
// prints its head.
#include <iostream>

#include "absl/status/status.h"
#include "signer_service/audit/log_verifier.h"
#include "signer_service/audit/testing/audit_test_log.h"

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  {
    const auto log = keyhold::OpenTestLog(argv[1]);
    for (int i = 0; i < 20; ++i) {
      keyhold::AuditBatch batch(1);
      batch.Add(keyhold::TestRecord("w\u00fc\"\\\n.example.org"));
      if (!keyhold::AppendAndWait(*log, std::move(batch)).ok()) return 1;
    }
  }
  std::cout << keyhold::VerifyAuditLog(argv[1], {})->last.ToString() << "\n";
  return 0;
}
