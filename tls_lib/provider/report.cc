#include "tls_lib/provider/report.h"

#include "absl/strings/string_view.h"
#include "openssl/err.h"

namespace keyhold::provider {
namespace {

using Code = absl::StatusCode;

constexpr unsigned long Reason(Code code) {
  return static_cast<unsigned long>(code);
}

// OpenSSL keeps pointers to the entries and numbers them in place. Ends with
// zeros.
ERR_STRING_DATA g_reasons[] = {
    {Reason(Code::kCancelled), "cancelled"},
    {Reason(Code::kUnknown), "unknown error"},
    {Reason(Code::kInvalidArgument), "invalid input"},
    {Reason(Code::kDeadlineExceeded), "no answer in time"},
    {Reason(Code::kNotFound), "no such key"},
    {Reason(Code::kAlreadyExists), "internal error"},
    {Reason(Code::kPermissionDenied), "refused"},
    {Reason(Code::kResourceExhausted), "too much at once"},
    {Reason(Code::kFailedPrecondition), "not possible with this key"},
    {Reason(Code::kAborted), "signer is away"},
    {Reason(Code::kOutOfRange), "invalid input"},
    {Reason(Code::kUnimplemented), "not possible with this key"},
    {Reason(Code::kInternal), "internal error"},
    {Reason(Code::kUnavailable), "signer is away"},
    {Reason(Code::kDataLoss), "signature failed its check"},
    {Reason(Code::kUnauthenticated), "no identity"},
    {0, nullptr}};

ERR_STRING_DATA g_name[] = {{0, "keyhold"}, {0, nullptr}};

int LoadReasons() {
  const int library = ERR_get_next_error_library();
  g_name[0].error = ERR_PACK(library, 0, 0);
  ERR_load_strings(library, g_reasons);
  ERR_load_strings(library, g_name);
  return library;
}

// Once for the process, however often the provider is loaded.
int ReasonsLibrary() {
  static const int kLibrary = LoadReasons();
  return kLibrary;
}

}  // namespace

void LoadReportReasons() { ReasonsLibrary(); }

int Report(const absl::Status& status) {
  if (status.ok()) return 1;
  absl::string_view message = status.message();
  ERR_new();
  // A line of this file says nothing to whoever reads a server's log.
  ERR_set_debug("keyhold.so", 0, "");
  ERR_set_error(ReasonsLibrary(), static_cast<int>(status.code()), "%.*s",
                static_cast<int>(message.size()), message.data());
  return 0;
}

}  // namespace keyhold::provider
