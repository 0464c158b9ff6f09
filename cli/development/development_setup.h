// All that `keyhold init` makes, in memory: certification authorities, keys,
// certificates and configuration for a signer and one application.
//
//   ca/transport-ca.{crt,key}   issues what signer and application show each
//                               other
//   ca/site-ca.{crt,key}        issues site and client certificates
//   signer/                     all that the signer's host needs
//     signer.yaml  transport.{crt,key}  client-ca.crt
//     keys/NAME.{key,crt}       one pair for each site, and app-client
//   app/                        all that the application's host needs: no
//                               key but that of its own identity
//     keyhold.yaml  transport.{crt,key}  signer-ca.crt
//     site-ca.crt  client.crt  sites/NAME.crt
#ifndef KEYHOLD_CLI_DEVELOPMENT_DEVELOPMENT_SETUP_H_
#define KEYHOLD_CLI_DEVELOPMENT_DEVELOPMENT_SETUP_H_

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "cli/development/development_site.h"
#include "tls_lib/base/secret_bytes.h"

namespace keyhold {

// The identity in the application's transport certificate, to which
// signer.yaml gives the right to sign.
constexpr absl::string_view kAppIdentity = "spiffe://example.test/app";
constexpr absl::string_view kSignerIdentity = "spiffe://example.test/signer";
// The key of the application's TLS client certificate.
constexpr absl::string_view kClientKeyId = "app-client";

struct DevelopmentSetupOptions {
  // Required: at least one, each name once.
  std::vector<DevelopmentSite> sites = DefaultDevelopmentSites();
  // Where the signer will listen: an IP address and a port.
  std::string listen = "127.0.0.1:7443";
  // Further DNS names and IP addresses for the signer's certificate, which
  // has localhost, 127.0.0.1, ::1 and the address of `listen` anyway.
  std::vector<std::string> signer_names;
  // Whether signer.yaml also has a UNIX socket, signer.sock, on which this
  // uid may use every key. Null: it has none.
  std::optional<uid_t> operator_uid;
  // 1..3650.
  int valid_days = 365;
  // Required: validity starts an hour before it.
  absl::Time now;
};

// Paths are relative, with "/".
struct SetupDirectory {
  std::string path;
  mode_t mode;
};

struct SetupFile {
  std::string path;
  // 0600 for private keys, else 0644.
  mode_t mode;
  SecretBytes content;
};

struct DevelopmentSetup {
  // Outer ones first.
  std::vector<SetupDirectory> directories;
  std::vector<SetupFile> files;
};

// InvalidArgument says which option is wrong. Internal if OpenSSL fails.
absl::StatusOr<DevelopmentSetup> MakeDevelopmentSetup(
    const DevelopmentSetupOptions& options);

}  // namespace keyhold

#endif  // KEYHOLD_CLI_DEVELOPMENT_DEVELOPMENT_SETUP_H_
