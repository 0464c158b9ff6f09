// What a stock server needs so that its key files may hold no key: files of
// its configuration, and steps that only its operator can take.
#ifndef KEYHOLD_CLI_SERVERS_SERVER_SETUP_H_
#define KEYHOLD_CLI_SERVERS_SERVER_SETUP_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace keyhold {

// A file that is ours as a whole, or a line in a file of the server's.
struct ServerFile {
  enum class Kind { kOwnFile, kLine };
  Kind kind = Kind::kOwnFile;
  // Absolute.
  std::string path;
  // kOwnFile: the whole text. kLine: one line, without its end.
  std::string text;
  // A sentence: what it is for.
  std::string why;
};

struct ServerSetup {
  std::vector<ServerFile> files;
  // What is left to do, in order: commands or sentences.
  std::vector<std::string> steps;
};

struct ServerSetupOptions {
  // Where the agent listens. Not looked at, only written down.
  std::string agent_socket = "/run/keyhold/agent.sock";
  // The provider. Absolute, since programs with an OpenSSL of their own look
  // for modules elsewhere.
  std::string module;
  // PostgreSQL: VERSION/NAME of the cluster.
  std::string cluster = "15/main";
};

// The servers that there is a setup for, in alphabetical order.
std::vector<absl::string_view> ServersWithSetup();

// A sentence for the list of them.
absl::string_view ServerSummary(absl::string_view server);

// The setup for Debian 12's package of `server`. NotFound, with the names that
// there are, if there is none. InvalidArgument: a path that is not absolute or
// holds a character that a configuration file would take for something else;
// a cluster that is not VERSION/NAME.
absl::StatusOr<ServerSetup> MakeServerSetup(absl::string_view server,
                                            const ServerSetupOptions& options);

// OpenSSL's folder for modules, and in it the provider.
std::string DefaultModulePath();

// The first line of every file that is ours as a whole.
extern const char kOwnFileMark[];

}  // namespace keyhold

#endif  // KEYHOLD_CLI_SERVERS_SERVER_SETUP_H_
