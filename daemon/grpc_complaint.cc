#include "daemon/grpc_complaint.h"

#include "absl/strings/match.h"

namespace keyhold {
namespace {

// A piece of gRPC's message, which is OpenSSL's reason, and what it means.
struct Meaning {
  absl::string_view piece;
  absl::string_view words;
};

constexpr Meaning kMeanings[] = {
    {"certificate verify failed",
     "a client's certificate does not verify: it has expired, is not valid "
     "yet, or comes from another CA than client_ca_file names"},
    {"peer did not return a certificate",
     "a client showed no certificate; give it one of client_ca_file's CA"},
    {"wrong version number",
     "a client does not speak TLS on a port for TLS only"},
    {"http request", "a client sent plain HTTP to a port for TLS only"},
    {"unsupported protocol", "a client offers only TLS versions below 1.2"},
};

}  // namespace

JsonLine GrpcComplaint(absl::string_view message) {
  for (const Meaning& meaning : kMeanings) {
    if (!absl::StrContains(message, meaning.piece)) continue;
    JsonLine line("tls_refused", LogLevel::kWarning);
    line.Add("message", meaning.words).Add("grpc", message);
    return line;
  }
  JsonLine line("grpc", LogLevel::kError);
  line.Add("message", message);
  return line;
}

}  // namespace keyhold
