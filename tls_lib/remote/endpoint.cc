#include "tls_lib/remote/endpoint.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace keyhold {
namespace {

constexpr size_t kMaxSocketPath = 107;

absl::Status BadEndpoint(absl::string_view text, absl::string_view problem) {
  return absl::InvalidArgumentError(
      absl::StrCat("the endpoint \"", text, "\" ", problem,
                   "; expected HOST:PORT, [IPV6]:PORT or unix:PATH"));
}

bool IsAddress(int family, const std::string& host) {
  in6_addr address;
  return inet_pton(family, host.c_str(), &address) == 1;
}

absl::StatusOr<Endpoint> ParseUnix(absl::string_view text) {
  absl::string_view path = absl::StripPrefix(text, "unix:");
  if (absl::StartsWith(path, "//")) path.remove_prefix(2);
  if (path.empty()) return BadEndpoint(text, "names no socket");
  if (path.size() > kMaxSocketPath) {
    return BadEndpoint(text, absl::StrCat("has a path of ", path.size(),
                                          " bytes, and a socket's path has at "
                                          "most ",
                                          kMaxSocketPath));
  }
  return Endpoint{std::string(text), absl::StrCat("unix:", path), true};
}

}  // namespace

absl::StatusOr<Endpoint> ParseEndpoint(absl::string_view text) {
  if (absl::StartsWith(text, "unix:")) return ParseUnix(text);
  if (absl::StrContains(text, "/")) {
    return BadEndpoint(text, "is a URI of an unknown scheme");
  }
  const size_t colon = text.rfind(':');
  if (colon == absl::string_view::npos) {
    return BadEndpoint(text, "has no port");
  }
  const absl::string_view host = text.substr(0, colon);
  if (host.empty()) return BadEndpoint(text, "has no host");
  const bool bracketed =
      absl::StartsWith(host, "[") && absl::EndsWith(host, "]");
  if (absl::StrContains(host, ":") && !bracketed) {
    return BadEndpoint(text, "has an IPv6 address without brackets");
  }
  int port = 0;
  if (!absl::SimpleAtoi(text.substr(colon + 1), &port) || port < 1 ||
      port > 65535) {
    return BadEndpoint(text, "has no port between 1 and 65535");
  }
  Endpoint endpoint{std::string(text), absl::StrCat("dns:///", text), false};
  endpoint.host =
      std::string(bracketed ? host.substr(1, host.size() - 2) : host);
  endpoint.port = port;
  endpoint.is_name =
      !IsAddress(AF_INET, endpoint.host) && !IsAddress(AF_INET6, endpoint.host);
  return endpoint;
}

Endpoint EndpointAt(const Endpoint& named, absl::string_view address) {
  Endpoint at = named;
  at.is_name = false;
  at.name = absl::StrCat(named.name, " (", address, ")");
  at.target = IsAddress(AF_INET6, std::string(address))
                  ? absl::StrCat("ipv6:[", address, "]:", named.port)
                  : absl::StrCat("ipv4:", address, ":", named.port);
  return at;
}

}  // namespace keyhold
