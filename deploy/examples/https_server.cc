// An HTTPS server whose private keys are on another host. It holds
// certificates, and asks the signer for each handshake's signature.
//
//   https_server --listen 0.0.0.0:8443 --signer signer.example.org:7443
//       --signer-ca signer-ca.crt --identity app.crt --identity-key app.key
//       --certificate www.example.org.crt
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <iostream>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "CLI/App.hpp"
#include "CLI/Config.hpp"
#include "CLI/Formatter.hpp"
#include "absl/strings/str_cat.h"
#include "deploy/examples/signer_flags.h"
#include "deploy/examples/site_certificates.h"
#include "deploy/examples/status_page.h"
#include "deploy/examples/tcp_socket.h"
#include "tls_lib/base/status_macros.h"
#include "tls_lib/tls/server_config.h"
#include "tls_lib/tls/tls_stream.h"
#include "tls_lib/tls/unexpected_eof.h"

namespace keyhold::examples {
namespace {

struct Flags {
  std::string listen = "127.0.0.1:8443";
  std::string client_ca;
  SiteFlags site;
  SignerFlags signer;
};

absl::StatusOr<std::shared_ptr<const ServerConfig>> MakeConfig(
    const Flags& flags) {
  ASSIGN_OR_RETURN(std::shared_ptr<const CertResolver> resolver,
                   LoadSite(flags.site, flags.signer));
  ServerConfig::Builder builder(std::move(resolver));
  builder.SetAlpnProtocols({"http/1.1"});
  if (!flags.client_ca.empty()) {
    ASSIGN_OR_RETURN(const std::string pem, ReadFile(flags.client_ca));
    ASSIGN_OR_RETURN(auto anchors, TrustAnchors::FromPem(pem));
    builder.SetClientAuthentication(ClientAuthentication::kRequired,
                                    std::move(anchors));
  }
  return builder.Build();
}

absl::Status Serve(UniqueFd socket,
                   const std::shared_ptr<const ServerConfig>& config,
                   const Flags& flags) {
  const absl::Duration timeout = absl::Seconds(10);
  ASSIGN_OR_RETURN(std::unique_ptr<TlsStream> stream,
                   TlsStream::Accept(std::move(socket), config, timeout));
  std::string request;
  char buffer[4096];
  while (request.find("\r\n\r\n") == std::string::npos) {
    ASSIGN_OR_RETURN(const size_t size,
                     stream->Read(absl::MakeSpan(buffer), timeout));
    if (size == 0 || request.size() > 65536) return absl::OkStatus();
    request.append(buffer, size);
  }
  const std::string page = StatusPage(stream->facts(), flags.signer.Names());
  RETURN_IF_ERROR(stream->Write(
      absl::StrCat("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
                   "Connection: close\r\nContent-Length: ",
                   page.size(), "\r\n\r\n", page),
      timeout));
  RETURN_IF_ERROR(stream->Shutdown(timeout));
  // Closing with bytes unread would reset the connection and could take the
  // page with it: the client ends first.
  while (stream->Read(absl::MakeSpan(buffer), timeout).value_or(0) > 0) {
  }
  return absl::OkStatus();
}

absl::Status Run(const Flags& flags) {
  ASSIGN_OR_RETURN(std::shared_ptr<const ServerConfig> config,
                   MakeConfig(flags));
  ASSIGN_OR_RETURN(UniqueFd listener, ListenOn(flags.listen));
  std::cout << "listening on " << BoundAddress(listener) << std::endl;
  for (;;) {
    UniqueFd socket(accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!socket && (errno == EINTR || errno == ECONNABORTED)) continue;
    if (!socket) {
      return absl::UnavailableError(
          absl::StrCat("accept: ", std::strerror(errno)));
    }
    std::thread([socket = std::move(socket), config, &flags]() mutable {
      const absl::Status status = Serve(std::move(socket), config, flags);
      if (IsUnexpectedEof(status)) {
        std::cerr << absl::StrCat("unexpected EOF: ", status.message(), "\n");
      } else if (!status.ok()) {
        std::cerr << absl::StrCat("connection failed: ", status.ToString(),
                                  "\n");
      }
    }).detach();
  }
}

}  // namespace
}  // namespace keyhold::examples

int main(int argc, char** argv) {
  keyhold::examples::Flags flags;
  CLI::App app("An HTTPS server whose private keys are on another host.");
  app.add_option("--listen", flags.listen, "ADDRESS:PORT")
      ->capture_default_str();
  app.add_option("--client-ca", flags.client_ca,
                 "Require client certificates of this CA (PEM)");
  flags.site.AddTo(app);
  flags.signer.AddTo(app);
  CLI11_PARSE(app, argc, argv);
  std::signal(SIGTERM, [](int) { _exit(0); });

  const absl::Status status = keyhold::examples::Run(flags);
  std::cerr << "https_server: " << status.message() << std::endl;
  return 1;
}
