// An HTTPS server whose private keys are on another host. It holds
// certificates, and asks the signer for each handshake's signature.
//
//   https_server --listen 0.0.0.0:8443 --signer signer.example.org:7443
//       --signer-ca signer-ca.crt --identity app.crt --identity-key app.key
//       --certificate www.example.org.crt
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <iostream>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "CLI/App.hpp"
#include "CLI/Config.hpp"
#include "CLI/Formatter.hpp"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "deploy/examples/signer_flags.h"
#include "deploy/examples/tcp_socket.h"
#include "tls_lib/base/status_macros.h"
#include "tls_lib/core/certificate_fields.h"
#include "tls_lib/core/sni_cert_resolver.h"
#include "tls_lib/local/local_signing_key.h"
#include "tls_lib/remote/remote_signing_key.h"
#include "tls_lib/tls/server_config.h"
#include "tls_lib/tls/tls_stream.h"
#include "tls_lib/tls/unexpected_eof.h"

namespace keyhold::examples {
namespace {

struct Flags {
  std::string listen = "127.0.0.1:8443";
  std::vector<std::string> certificates;
  std::vector<std::string> local_keys;
  std::string client_ca;
  bool no_default = false;
  SignerFlags signer;
};

// Finds the private half of each certificate: in this process if --local-key
// has it, else on the signer. Names come from the certificates.
absl::StatusOr<std::unique_ptr<CertResolver>> LoadCertificates(
    const Flags& flags) {
  std::vector<std::shared_ptr<const LocalSigningKey>> local_keys;
  for (const std::string& path : flags.local_keys) {
    ASSIGN_OR_RETURN(auto key, LocalSigningKey::FromFile(path));
    local_keys.push_back(std::move(key));
  }
  std::shared_ptr<SignerClient> client;
  if (!flags.signer.signer.empty()) {
    ASSIGN_OR_RETURN(client, flags.signer.MakeClient());
  }
  std::vector<NamedCertifiedKey> entries;
  for (const std::string& path : flags.certificates) {
    ASSIGN_OR_RETURN(const std::string pem, ReadFile(path));
    std::shared_ptr<const SigningKey> key;
    if (client != nullptr) {
      ASSIGN_OR_RETURN(key, RemoteSigningKey::ForCertificate(client, pem));
    }
    absl::StatusOr<std::shared_ptr<const CertifiedKey>> certified =
        absl::FailedPreconditionError(
            absl::StrCat(path, ": give --signer, or its --local-key"));
    for (const auto& local : local_keys) {
      if (!certified.ok()) certified = CertifiedKey::CreateFromPem(pem, local);
    }
    if (!certified.ok() && key != nullptr) {
      certified = CertifiedKey::CreateFromPem(pem, key);
    }
    RETURN_IF_ERROR(certified.status());
    if ((*certified)->not_after() < absl::Now()) {
      std::cerr << "warning: " << path << " has expired" << std::endl;
    }
    if (entries.empty() && !flags.no_default) {
      entries.push_back({"", *certified});
    }
    for (const std::string& name : (*certified)->dns_names()) {
      entries.push_back({name, *certified});
    }
  }
  ASSIGN_OR_RETURN(auto resolver, SniCertResolver::Create(std::move(entries)));
  return resolver;
}

absl::StatusOr<std::shared_ptr<const ServerConfig>> MakeConfig(
    const Flags& flags) {
  ASSIGN_OR_RETURN(std::shared_ptr<const CertResolver> resolver,
                   LoadCertificates(flags));
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

std::string Page(const HandshakeFacts& facts, const Flags& flags) {
  std::string client = "none";
  if (!facts.peer_chain_der.empty()) {
    auto fields = ReadCertificateFields(facts.peer_chain_der[0]);
    if (fields.ok()) client = absl::StrJoin(fields->dns_names, ", ");
  }
  const bool is_local =
      facts.certified_key != nullptr &&
      dynamic_cast<const LocalSigningKey*>(&facts.certified_key->key());
  return absl::StrCat(
      "protocol: TLSv", facts.version == TlsVersion::kTls13 ? "1.3" : "1.2",
      "\nserver name: ", facts.server_name,
      "\nscheme: ", facts.own_scheme ? SchemeName(*facts.own_scheme) : "none",
      "\nsigned by: ",
      facts.resumed ? "nobody, the session was resumed"
      : is_local    ? "this process"
                    : absl::StrCat("signer ", flags.signer.signer),
      "\nclient: ", client, "\n");
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
  const std::string page = Page(stream->facts(), flags);
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
    if (!socket) continue;
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
  app.add_option("--certificate", flags.certificates,
                 "PEM chain; may be repeated. The first is the default")
      ->required();
  app.add_option("--local-key", flags.local_keys,
                 "PEM private key to use in this process; may be repeated");
  app.add_option("--client-ca", flags.client_ca,
                 "Require client certificates of this CA (PEM)");
  app.add_flag("--no-default", flags.no_default,
               "Refuse names that no certificate is for");
  flags.signer.AddTo(app);
  CLI11_PARSE(app, argc, argv);
  std::signal(SIGTERM, [](int) { _exit(0); });

  const absl::Status status = keyhold::examples::Run(flags);
  std::cerr << "https_server: " << status.message() << std::endl;
  return 1;
}
