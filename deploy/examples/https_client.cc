// Fetches a page over HTTPS, with a client certificate whose private key is
// on another host if the server asks for one.
//
//   https_client --ca site-ca.crt --certificate client.crt
//       --signer signer.example.org:7443 --signer-ca signer-ca.crt
//       --identity app.crt --identity-key app.key https://www.example.org/
//
// Exit codes: 0 the page is complete; 1 an error; 3 the connection ended
// without close_notify: what was printed may be cut off.
#include <iostream>
#include <memory>
#include <string>
#include <utility>

#include "CLI/App.hpp"
#include "CLI/Config.hpp"
#include "CLI/Formatter.hpp"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "deploy/examples/signer_flags.h"
#include "deploy/examples/tcp_socket.h"
#include "tls_lib/base/status_macros.h"
#include "tls_lib/core/cert_resolver.h"
#include "tls_lib/remote/remote_signing_key.h"
#include "tls_lib/tls/client_config.h"
#include "tls_lib/tls/tls_stream.h"
#include "tls_lib/tls/unexpected_eof.h"

namespace keyhold::examples {
namespace {

struct Flags {
  std::string url;
  std::string ca;
  std::string connect;
  std::string tls;
  std::string certificate;
  SignerFlags signer;
};

absl::StatusOr<std::shared_ptr<const ClientConfig>> MakeConfig(
    const Flags& flags) {
  std::shared_ptr<const TrustAnchors> anchors;
  if (flags.ca.empty()) {
    ASSIGN_OR_RETURN(anchors, TrustAnchors::System());
  } else {
    ASSIGN_OR_RETURN(const std::string pem, ReadFile(flags.ca));
    ASSIGN_OR_RETURN(anchors, TrustAnchors::FromPem(pem));
  }
  ClientConfig::Builder builder(std::move(anchors));
  if (flags.tls == "1.2") {
    builder.SetVersions(TlsVersion::kTls12, TlsVersion::kTls12);
  } else if (flags.tls == "1.3") {
    builder.SetVersions(TlsVersion::kTls13, TlsVersion::kTls13);
  }
  if (!flags.certificate.empty()) {
    ASSIGN_OR_RETURN(const std::string pem, ReadFile(flags.certificate));
    ASSIGN_OR_RETURN(auto client, flags.signer.MakeClient());
    ASSIGN_OR_RETURN(auto key,
                     RemoteSigningKey::ForCertificate(std::move(client), pem));
    ASSIGN_OR_RETURN(auto certified,
                     CertifiedKey::CreateFromPem(pem, std::move(key)));
    builder.SetClientCertResolver(
        std::make_shared<SingleClientCertResolver>(std::move(certified)));
  }
  return builder.Build();
}

absl::Status Fetch(const Flags& flags) {
  absl::string_view rest = flags.url;
  if (!absl::ConsumePrefix(&rest, "https://")) {
    return absl::InvalidArgumentError("the address must start with https://");
  }
  const size_t slash = rest.find('/');
  const std::string authority(rest.substr(0, slash));
  const std::string path(slash == rest.npos ? "/" : rest.substr(slash));
  const std::string name = authority.substr(0, authority.find(':'));
  std::string address = flags.connect;
  if (address.empty()) {
    address = name == authority ? absl::StrCat(name, ":443") : authority;
  }

  ASSIGN_OR_RETURN(auto config, MakeConfig(flags));
  ASSIGN_OR_RETURN(UniqueFd socket, ConnectTo(address));
  ASSIGN_OR_RETURN(std::unique_ptr<TlsStream> stream,
                   TlsStream::Connect(std::move(socket), config, name));
  const HandshakeFacts& facts = stream->facts();
  std::cout << "protocol: TLSv"
            << (facts.version == TlsVersion::kTls13 ? "1.3" : "1.2")
            << "\nscheme: "
            << (facts.own_scheme ? SchemeName(*facts.own_scheme) : "none")
            << "\n";
  const absl::Duration timeout = absl::Seconds(30);
  RETURN_IF_ERROR(
      stream->Write(absl::StrCat("GET ", path, " HTTP/1.1\r\nHost: ", authority,
                                 "\r\nConnection: close\r\n\r\n"),
                    timeout));
  char buffer[4096];
  for (;;) {
    ASSIGN_OR_RETURN(const size_t size,
                     stream->Read(absl::MakeSpan(buffer), timeout));
    if (size == 0) break;
    std::cout.write(buffer, static_cast<std::streamsize>(size));
  }
  return stream->Shutdown(timeout);
}

}  // namespace
}  // namespace keyhold::examples

int main(int argc, char** argv) {
  keyhold::examples::Flags flags;
  CLI::App app("Fetches a page over HTTPS.");
  app.add_option("URL", flags.url, "https://NAME[:PORT]/PATH")->required();
  app.add_option("--ca", flags.ca,
                 "PEM file of CAs to trust. Default: the system's");
  app.add_option("--connect", flags.connect,
                 "ADDRESS:PORT to connect to instead of the URL's");
  app.add_option("--tls", flags.tls, "This version only")
      ->check(CLI::IsMember({"1.2", "1.3"}));
  app.add_option("--certificate", flags.certificate,
                 "PEM chain of a client certificate whose key is remote");
  flags.signer.AddTo(app);
  CLI11_PARSE(app, argc, argv);

  const absl::Status status = keyhold::examples::Fetch(flags);
  std::cout.flush();
  if (status.ok()) return 0;
  if (keyhold::IsUnexpectedEof(status)) {
    std::cerr << "unexpected EOF: " << status.message() << std::endl;
    return 3;
  }
  std::cerr << "https_client: " << status.message() << std::endl;
  return 1;
}
