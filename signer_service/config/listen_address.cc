#include "signer_service/config/listen_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace keyhold {
namespace {

absl::Status BadAddressError(absl::string_view text) {
  return absl::InvalidArgumentError(absl::StrCat(
      "expected \"ADDRESS:PORT\" with an IP address (IPv6 in brackets) and a "
      "port from 0 to 65535, got \"",
      text, "\""));
}

bool IsAddress(int family, const std::string& host) {
  in6_addr parsed;  // room for either family
  return inet_pton(family, host.c_str(), &parsed) == 1;
}

}  // namespace

absl::StatusOr<ListenAddress> ListenAddress::Parse(absl::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == absl::string_view::npos) return BadAddressError(text);
  absl::string_view host = text.substr(0, colon);
  const absl::string_view digits = text.substr(colon + 1);
  uint32_t port = 0;
  if (digits.empty() || digits.size() > 5 ||
      digits.find_first_not_of("0123456789") != absl::string_view::npos ||
      !absl::SimpleAtoi(digits, &port) || port > 65535) {
    return BadAddressError(text);
  }
  const bool is_ipv6 =
      absl::ConsumePrefix(&host, "[") && absl::ConsumeSuffix(&host, "]");
  std::string address(host);
  if (!IsAddress(is_ipv6 ? AF_INET6 : AF_INET, address)) {
    return BadAddressError(text);
  }
  return ListenAddress(std::move(address), is_ipv6,
                       static_cast<uint16_t>(port));
}

std::string ListenAddress::WithPort(int port) const {
  return is_ipv6_ ? absl::StrCat("[", host_, "]:", port)
                  : absl::StrCat(host_, ":", port);
}

absl::StatusOr<mode_t> ParseOctalMode(absl::string_view text) {
  mode_t mode = 0;
  bool good = text.size() == 3 || text.size() == 4;
  for (const char c : text) {
    if (c < '0' || c > '7') good = false;
    mode = mode * 8 + static_cast<mode_t>(c - '0');
  }
  if (!good || mode > 0777 || (mode & 0600) != 0600) {
    return absl::InvalidArgumentError(absl::StrCat(
        "expected octal permissions like \"0660\" that let the owner read and "
        "write, got \"",
        text, "\""));
  }
  return mode;
}

}  // namespace keyhold
