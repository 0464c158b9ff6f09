// A small file that says which signer to ask and as whom, so that the flags
// need not be repeated:
//
//   signer: signer.example.org:7443
//   certificate: transport.crt
//   private_key: transport.key
//   ca: signer-ca.crt
//   server_name: signer.internal
#ifndef KEYHOLD_CLI_CONNECTION_FILE_H_
#define KEYHOLD_CLI_CONNECTION_FILE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace keyhold {

// Each field may be empty: flags and environment can supply it.
struct ConnectionFile {
  // "HOST:PORT" or "unix:PATH": one, or several with the same keys, which the
  // file separates by commas.
  std::vector<std::string> signers;
  // PEM files. Relative paths have been resolved from the file's folder, as
  // has the path of a UNIX socket.
  std::string certificate;
  std::string private_key;
  std::string ca;
  // The name that the signer's certificate must carry, if not the host's.
  std::string server_name;
};

// FailedPrecondition: the file cannot be read, is no YAML mapping, or has an
// unknown field, a field given twice or a value that is no text. The message
// names file and line.
absl::StatusOr<ConnectionFile> ReadConnectionFile(absl::string_view path);

}  // namespace keyhold

#endif  // KEYHOLD_CLI_CONNECTION_FILE_H_
