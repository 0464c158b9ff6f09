#include "cli/servers/server_setup.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "openssl/crypto.h"
#include "tls_lib/base/status_macros.h"

namespace keyhold {
namespace {

constexpr char kOpensslCnf[] = "/etc/keyhold/openssl.cnf";

using Setup = absl::StatusOr<ServerSetup> (*)(const ServerSetupOptions&);

// Every server's: Keyhold's provider behind the default one. With ours first,
// or alone, ordinary keys would stop working.
ServerFile OpensslConfiguration(const ServerSetupOptions& options) {
  ServerFile file;
  file.path = kOpensslCnf;
  file.why = "loads Keyhold's provider, behind OpenSSL's own";
  file.text = absl::StrCat(kOwnFileMark, R"(
openssl_conf = openssl_init
nodejs_conf = openssl_init

.include /etc/ssl/openssl.cnf

[openssl_init]
providers = keyhold_providers

[keyhold_providers]
default = keyhold_default
keyhold = keyhold_provider

[keyhold_default]
activate = 1

[keyhold_provider]
module = )",
                           options.module, "\nactivate = 1\n");
  return file;
}

ServerFile ServiceDropIn(absl::string_view unit) {
  ServerFile file;
  file.path = absl::StrCat("/etc/systemd/system/", unit, ".d/keyhold.conf");
  file.why = "shows the service that configuration, and starts the agent first";
  file.text = absl::StrCat(kOwnFileMark, R"(
[Unit]
Wants=keyhold-agent.service
After=keyhold-agent.service

[Service]
Environment=OPENSSL_CONF=)",
                           kOpensslCnf, "\n");
  return file;
}

ServerFile Line(std::string path, std::string text, std::string why) {
  return {ServerFile::Kind::kLine, std::move(path), std::move(text),
          std::move(why)};
}

std::string LetUserIn(absl::string_view user) {
  return absl::StrCat("usermod --append --groups keyhold ", user,
                      "      # may connect to the agent's socket");
}

std::string AgentRule(absl::string_view user) {
  return absl::StrCat("In /etc/keyhold/agent.yaml, a rule for user ", user,
                      " that names the keys it may use.");
}

std::string WriteKeyFile(absl::string_view key_file) {
  return absl::StrCat(
      "keyhold key-file NAME --for-certificate NAME.crt --agent-uid "
      "keyhold-agent --out ",
      key_file);
}

// A worker in a chroot sees the same path below its root.
std::string FolderInChroot(absl::string_view root,
                           const ServerSetupOptions& options) {
  const absl::string_view socket = options.agent_socket;
  return absl::StrCat(root, socket.substr(0, socket.rfind('/')));
}

// The agent's service sees the file system read-only but for its own folder.
ServerFile AgentMayListenIn(absl::string_view server,
                            absl::string_view folder) {
  ServerFile file;
  file.path = absl::StrCat("/etc/systemd/system/keyhold-agent.service.d/",
                           server, ".conf");
  file.why = "lets the agent make its socket inside the chroot";
  file.text =
      absl::StrCat(kOwnFileMark, "\n[Service]\nReadWritePaths=", folder, "\n");
  return file;
}

absl::StatusOr<ServerSetup> Nginx(const ServerSetupOptions& options) {
  ServerSetup setup;
  ServerFile environment;
  environment.path = "/etc/nginx/modules-enabled/10-keyhold.conf";
  environment.text = absl::StrCat(kOwnFileMark, "\nenv OPENSSL_CONF;\n");
  environment.why = "keeps that setting over an upgrade of the binary (USR2)";
  setup.files = {OpensslConfiguration(options), ServiceDropIn("nginx.service"),
                 environment};
  setup.steps = {
      WriteKeyFile("/etc/keyhold/keys/NAME.pem"),
      "In the server block: ssl_certificate_key /etc/keyhold/keys/NAME.pem;",
      LetUserIn("www-data"),
      AgentRule("www-data"),
      "systemctl daemon-reload && systemctl restart nginx",
  };
  return setup;
}

absl::StatusOr<ServerSetup> Haproxy(const ServerSetupOptions& options) {
  const std::string folder = FolderInChroot("/var/lib/haproxy", options);
  ServerSetup setup;
  setup.files = {OpensslConfiguration(options),
                 ServiceDropIn("haproxy.service"),
                 AgentMayListenIn("haproxy", folder)};
  setup.steps = {
      WriteKeyFile("/etc/haproxy/NAME.pem.key"),
      "Beside it /etc/haproxy/NAME.pem, the chain, and in the configuration: "
      "bind :443 ssl crt /etc/haproxy/NAME.pem",
      "In its global section: ssl-mode-async      # signatures that do not "
      "block",
      absl::StrCat("install -d -o keyhold-agent -g haproxy -m 0750 ", folder),
      absl::StrCat(
          "In /etc/keyhold/agent.yaml, one more listener: path: "
          "/var/lib/haproxy",
          options.agent_socket,
          ", mode: \"0666\"      # the folder keeps others out: HAProxy drops "
          "its supplementary groups"),
      AgentRule("haproxy"),
      "systemctl daemon-reload && systemctl restart keyhold-agent haproxy",
  };
  return setup;
}

absl::StatusOr<ServerSetup> Apache(const ServerSetupOptions& options) {
  ServerSetup setup;
  setup.files = {
      OpensslConfiguration(options),
      ServiceDropIn("apache2.service"),
      Line("/etc/apache2/envvars",
           absl::StrCat("export OPENSSL_CONF=", kOpensslCnf),
           "shows that configuration to apachectl too"),
  };
  setup.steps = {
      WriteKeyFile("/etc/keyhold/keys/NAME.pem"),
      "In the virtual host: SSLCertificateKeyFile /etc/keyhold/keys/NAME.pem",
      LetUserIn("www-data"),
      AgentRule("www-data"),
      "systemctl daemon-reload && systemctl restart apache2",
  };
  return setup;
}

absl::StatusOr<ServerSetup> Postgresql(const ServerSetupOptions& options) {
  const std::pair<std::string, std::string> cluster =
      absl::StrSplit(options.cluster, absl::MaxSplits('/', 1));
  const auto is_word = [](absl::string_view text) {
    for (const char c : text) {
      if (!absl::ascii_isalnum(c) && !absl::StrContains("_.-", c)) return false;
    }
    return !text.empty();
  };
  if (!is_word(cluster.first) || !is_word(cluster.second)) {
    return absl::InvalidArgumentError(
        absl::StrCat("--cluster takes VERSION/NAME, such as 15/main, not \"",
                     options.cluster, "\""));
  }
  ServerSetup setup;
  setup.files = {
      OpensslConfiguration(options),
      Line(absl::StrCat("/etc/postgresql/", options.cluster, "/environment"),
           absl::StrCat("OPENSSL_CONF = '", kOpensslCnf, "'"),
           "pg_ctlcluster empties the environment and reads this file"),
  };
  setup.steps = {
      WriteKeyFile("/etc/keyhold/keys/NAME.pem"),
      "chgrp postgres /etc/keyhold/keys/NAME.pem && chmod 0640 "
      "/etc/keyhold/keys/NAME.pem      # PostgreSQL insists on it",
      "In postgresql.conf: ssl = on, ssl_cert_file, and ssl_key_file = "
      "'/etc/keyhold/keys/NAME.pem'",
      LetUserIn("postgres"),
      AgentRule("postgres"),
      absl::StrCat("systemctl restart postgresql@", cluster.first, "-",
                   cluster.second),
  };
  return setup;
}

absl::StatusOr<ServerSetup> Stunnel(const ServerSetupOptions& options) {
  ServerSetup setup;
  setup.files = {OpensslConfiguration(options),
                 ServiceDropIn("stunnel@.service")};
  setup.steps = {
      WriteKeyFile("/etc/keyhold/keys/NAME.pem"),
      "In the service's section: cert = NAME.crt and key = "
      "/etc/keyhold/keys/NAME.pem",
      "setuid = stunnel4 and setgid = keyhold      # may connect to the "
      "agent's socket",
      absl::StrCat("With chroot = FOLDER: in /etc/keyhold/agent.yaml one more "
                   "listener, path: FOLDER",
                   options.agent_socket,
                   ", whose folder belongs to keyhold-agent; and in a drop-in "
                   "for keyhold-agent.service: ReadWritePaths=",
                   FolderInChroot("FOLDER", options)),
      AgentRule("stunnel4"),
      "systemctl daemon-reload && systemctl restart stunnel@NAME",
  };
  return setup;
}

// A program without a service of its own: whoever starts it sets one variable.
ServerSetup Program(const ServerSetupOptions& options, std::string example) {
  ServerSetup setup;
  setup.files = {OpensslConfiguration(options)};
  setup.steps = {
      WriteKeyFile("/etc/keyhold/keys/NAME.pem"),
      std::move(example),
      "In /etc/keyhold/agent.yaml, a rule for the user that runs it.",
      "The user needs the group keyhold, to connect to the agent's socket.",
  };
  return setup;
}

absl::StatusOr<ServerSetup> Curl(const ServerSetupOptions& options) {
  return Program(options, absl::StrCat("OPENSSL_CONF=", kOpensslCnf,
                                       " curl --cert NAME.crt --key "
                                       "/etc/keyhold/keys/NAME.pem URL"));
}

absl::StatusOr<ServerSetup> Node(const ServerSetupOptions& options) {
  return Program(options, absl::StrCat("node --openssl-config=", kOpensslCnf,
                                       " server.js      # key: the text of "
                                       "/etc/keyhold/keys/NAME.pem"));
}

absl::StatusOr<ServerSetup> Openssl(const ServerSetupOptions& options) {
  return Program(options, absl::StrCat("OPENSSL_CONF=", kOpensslCnf,
                                       " openssl s_server -cert NAME.crt -key "
                                       "/etc/keyhold/keys/NAME.pem"));
}

absl::StatusOr<ServerSetup> Python(const ServerSetupOptions& options) {
  return Program(options, absl::StrCat("OPENSSL_CONF=", kOpensslCnf,
                                       " python3 server.py      # "
                                       "context.load_cert_chain(\"NAME.crt\", "
                                       "\"/etc/keyhold/keys/NAME.pem\")"));
}

struct Server {
  absl::string_view name;
  absl::string_view summary;
  Setup make;
};

constexpr Server kServers[] = {
    {"apache", "Apache HTTP Server, package apache2", Apache},
    {"curl", "curl, with a client certificate", Curl},
    {"haproxy", "HAProxy, in its chroot", Haproxy},
    {"nginx", "nginx", Nginx},
    {"node", "Node.js", Node},
    {"openssl", "the openssl program", Openssl},
    {"postgresql", "PostgreSQL, a cluster of the package postgresql-15",
     Postgresql},
    {"python", "Python's ssl module", Python},
    {"stunnel", "stunnel, package stunnel4", Stunnel},
};

absl::Status CheckPath(absl::string_view option, absl::string_view path) {
  bool plain = absl::StartsWith(path, "/");
  for (const char c : path) {
    plain = plain && absl::ascii_isgraph(c) && !absl::StrContains("\"'\\#$", c);
  }
  if (plain) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      option, " takes an absolute path without spaces and quotes, not \"", path,
      "\""));
}

}  // namespace

const char kOwnFileMark[] =
    "# Written by `keyhold setup`, which replaces it when it is run again.";

std::vector<absl::string_view> ServersWithSetup() {
  std::vector<absl::string_view> names;
  for (const Server& server : kServers) names.push_back(server.name);
  return names;
}

absl::string_view ServerSummary(absl::string_view server) {
  for (const Server& known : kServers) {
    if (known.name == server) return known.summary;
  }
  return "";
}

absl::StatusOr<ServerSetup> MakeServerSetup(absl::string_view server,
                                            const ServerSetupOptions& options) {
  RETURN_IF_ERROR(CheckPath("--agent-socket", options.agent_socket));
  RETURN_IF_ERROR(CheckPath("--module", options.module));
  for (const Server& known : kServers) {
    if (known.name == server) return known.make(options);
  }
  return absl::NotFoundError(
      absl::StrCat("there is no setup for \"", server, "\"; there is one for ",
                   absl::StrJoin(ServersWithSetup(), ", "),
                   ". docs/servers/README.md has what any program needs."));
}

std::string DefaultModulePath() {
  // MODULESDIR: "/usr/lib/x86_64-linux-gnu/ossl-modules"
  const char* folder = OPENSSL_info(OPENSSL_INFO_MODULES_DIR);
  return absl::StrCat(folder != nullptr ? folder : "/usr/lib/ossl-modules",
                      "/keyhold.so");
}

}  // namespace keyhold
