// RETURN_IF_ERROR and ASSIGN_OR_RETURN, which Abseil's own release does not
// have yet.
//
//   RETURN_IF_ERROR(config.Check());
//   ASSIGN_OR_RETURN(PublicKey key, PublicKey::FromSpki(der));
#ifndef KEYHOLD_TLS_LIB_BASE_STATUS_MACROS_H_
#define KEYHOLD_TLS_LIB_BASE_STATUS_MACROS_H_

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#define KEYHOLD_CONCAT_INNER_(a, b) a##b
#define KEYHOLD_CONCAT_(a, b) KEYHOLD_CONCAT_INNER_(a, b)

// Returns from the function if `expression`, an absl::Status, is not OK.
#define RETURN_IF_ERROR(expression)                    \
  do {                                                 \
    absl::Status keyhold_status_ = (expression);       \
    if (!keyhold_status_.ok()) return keyhold_status_; \
  } while (false)

// Returns from the function if `expression`, an absl::StatusOr, holds an
// error; otherwise moves its value into `lhs`, which may declare a variable.
#define ASSIGN_OR_RETURN(lhs, expression)                             \
  ASSIGN_OR_RETURN_IMPL_(KEYHOLD_CONCAT_(keyhold_or_, __LINE__), lhs, \
                         expression)

#define ASSIGN_OR_RETURN_IMPL_(result, lhs, expression) \
  auto result = (expression);                           \
  if (!result.ok()) return std::move(result).status();  \
  lhs = std::move(result).value()

#endif  // KEYHOLD_TLS_LIB_BASE_STATUS_MACROS_H_
