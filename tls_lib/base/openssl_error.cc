#include "tls_lib/base/openssl_error.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "openssl/err.h"

namespace keyhold {

std::string TakeOpensslErrors() {
  std::string line;
  const char* data = nullptr;
  int flags = 0;
  while (unsigned long code =  // NOLINT(google-runtime-int): OpenSSL's type
         ERR_get_error_all(nullptr, nullptr, nullptr, &data, &flags)) {
    char text[256];
    ERR_error_string_n(code, text, sizeof(text));
    absl::StrAppend(&line, line.empty() ? "" : "; ", text);
    if ((flags & ERR_TXT_STRING) != 0 && data != nullptr && *data != '\0') {
      absl::StrAppend(&line, " (", data, ")");
    }
  }
  return line.empty() ? "no OpenSSL error" : line;
}

absl::Status OpensslError(absl::StatusCode code, absl::string_view what) {
  return absl::Status(code, absl::StrCat(what, ": ", TakeOpensslErrors()));
}

}  // namespace keyhold
