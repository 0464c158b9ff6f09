#include "tls_lib/provider/report.h"

#include "absl/strings/string_view.h"
#include "openssl/err.h"

namespace keyhold::provider {

int Report(const absl::Status& status) {
  if (status.ok()) return 1;
  absl::string_view message = status.message();
  ERR_raise_data(ERR_LIB_PROV, ERR_R_INTERNAL_ERROR, "keyhold: %.*s",
                 static_cast<int>(message.size()), message.data());
  return 0;
}

}  // namespace keyhold::provider
