#include "tls_lib/remote/name_lookup.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <memory>
#include <thread>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace keyhold {
namespace {

struct FreeAddresses {
  void operator()(addrinfo* list) const { freeaddrinfo(list); }
};

absl::Status CannotLookUp(const std::string& host, absl::string_view why) {
  return absl::UnavailableError(
      absl::StrCat("cannot look up the signer's name ", host, ": ", why));
}

std::string AddressOf(const addrinfo& info) {
  char text[INET6_ADDRSTRLEN] = "";
  const void* bytes = nullptr;
  if (info.ai_family == AF_INET) {
    bytes = &reinterpret_cast<const sockaddr_in*>(info.ai_addr)->sin_addr;
  } else if (info.ai_family == AF_INET6) {
    bytes = &reinterpret_cast<const sockaddr_in6*>(info.ai_addr)->sin6_addr;
  }
  if (bytes == nullptr) return "";
  const char* done = inet_ntop(info.ai_family, bytes, text, sizeof(text));
  return done == nullptr ? "" : done;
}

}  // namespace

absl::StatusOr<std::vector<std::string>> LookUpInSystem(
    const std::string& host) {
  addrinfo hints = {};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int error = getaddrinfo(host.c_str(), nullptr, &hints, &found);
  if (error != 0) return CannotLookUp(host, gai_strerror(error));
  const std::unique_ptr<addrinfo, FreeAddresses> list(found);
  std::vector<std::string> addresses;
  for (const addrinfo* each = list.get(); each != nullptr;
       each = each->ai_next) {
    std::string address = AddressOf(*each);
    if (address.empty() || std::find(addresses.begin(), addresses.end(),
                                     address) != addresses.end()) {
      continue;
    }
    addresses.push_back(std::move(address));
  }
  if (addresses.empty()) return CannotLookUp(host, "it has no address");
  return addresses;
}

void StartLookup(
    NameLookup lookup, std::string host,
    absl::AnyInvocable<void(absl::StatusOr<std::vector<std::string>>) &&>
        done) {
  std::thread([lookup = std::move(lookup), host = std::move(host),
               done = std::move(done)]() mutable {
    std::move(done)(lookup(host));
  }).detach();
}

}  // namespace keyhold
