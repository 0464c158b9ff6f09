#include "tls_lib/tls/internal/hello_extensions.h"

#include <optional>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "tls_lib/base/byte_reader.h"
#include "tls_lib/base/status_macros.h"

namespace keyhold::tls_internal {
namespace {

absl::Status MalformedError(absl::string_view what) {
  return absl::InvalidArgumentError(
      absl::StrCat("the peer sent a malformed ", what));
}

// A list with a length of `width` bytes that fills `body`, not empty.
absl::StatusOr<absl::string_view> OnlyVector(absl::string_view body,
                                             size_t width,
                                             absl::string_view what) {
  ByteReader reader(body);
  std::optional<absl::string_view> list = reader.ReadVector(width);
  if (!list || list->empty() || !reader.empty()) return MalformedError(what);
  return *list;
}

// The strings of a list, each with a length of `width` bytes, none empty.
absl::StatusOr<std::vector<std::string>> ParseStrings(absl::string_view list,
                                                      size_t width,
                                                      absl::string_view what) {
  std::vector<std::string> strings;
  ByteReader reader(list);
  while (!reader.empty()) {
    std::optional<absl::string_view> string = reader.ReadVector(width);
    if (!string || string->empty()) return MalformedError(what);
    strings.emplace_back(*string);
  }
  return strings;
}

}  // namespace

absl::StatusOr<std::vector<uint16_t>> ParseNumbers(absl::string_view bytes,
                                                   absl::string_view what) {
  std::vector<uint16_t> numbers;
  numbers.reserve(bytes.size() / 2);
  ByteReader reader(bytes);
  while (!reader.empty()) {
    std::optional<uint32_t> number = reader.ReadNumber(2);
    if (!number) return MalformedError(what);
    numbers.push_back(static_cast<uint16_t>(*number));
  }
  return numbers;
}

absl::StatusOr<std::vector<SignatureScheme>> ParseSignatureAlgorithms(
    absl::string_view body) {
  constexpr absl::string_view kWhat = "signature_algorithms extension";
  ASSIGN_OR_RETURN(absl::string_view list, OnlyVector(body, 2, kWhat));
  ASSIGN_OR_RETURN(std::vector<uint16_t> numbers, ParseNumbers(list, kWhat));
  std::vector<SignatureScheme> schemes;
  schemes.reserve(numbers.size());
  for (uint16_t number : numbers) {
    schemes.push_back(static_cast<SignatureScheme>(number));
  }
  return schemes;
}

absl::StatusOr<std::vector<uint16_t>> ParseSupportedVersions(
    absl::string_view body) {
  constexpr absl::string_view kWhat = "supported_versions extension";
  ASSIGN_OR_RETURN(absl::string_view list, OnlyVector(body, 1, kWhat));
  return ParseNumbers(list, kWhat);
}

absl::StatusOr<std::vector<uint16_t>> ParseSupportedGroups(
    absl::string_view body) {
  constexpr absl::string_view kWhat = "supported_groups extension";
  ASSIGN_OR_RETURN(absl::string_view list, OnlyVector(body, 2, kWhat));
  return ParseNumbers(list, kWhat);
}

absl::StatusOr<std::string> ParseServerName(absl::string_view body) {
  constexpr absl::string_view kWhat = "server_name extension";
  constexpr size_t kMaxNameSize = 255;
  ASSIGN_OR_RETURN(absl::string_view list, OnlyVector(body, 2, kWhat));
  ByteReader reader(list);
  std::optional<uint32_t> type = reader.ReadNumber(1);
  std::optional<absl::string_view> name = reader.ReadVector(2);
  // There is one type of name, and at most one name of a type.
  if (!type || *type != 0 || !name || !reader.empty()) {
    return MalformedError(kWhat);
  }
  if (name->empty() || name->size() > kMaxNameSize ||
      name->find('\0') != absl::string_view::npos) {
    return MalformedError(kWhat);
  }
  return absl::AsciiStrToLower(*name);
}

absl::StatusOr<std::vector<std::string>> ParseAlpn(absl::string_view body) {
  constexpr absl::string_view kWhat = "ALPN extension";
  ASSIGN_OR_RETURN(absl::string_view list, OnlyVector(body, 2, kWhat));
  return ParseStrings(list, 1, kWhat);
}

absl::StatusOr<std::vector<std::string>> ParseCertificateAuthorities(
    absl::string_view body) {
  constexpr absl::string_view kWhat = "certificate_authorities extension";
  ASSIGN_OR_RETURN(absl::string_view list, OnlyVector(body, 2, kWhat));
  return ParseStrings(list, 2, kWhat);
}

}  // namespace keyhold::tls_internal
