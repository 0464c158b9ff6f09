// Puts a server's setup in place.
#ifndef KEYHOLD_CLI_SERVERS_SERVER_FILES_H_
#define KEYHOLD_CLI_SERVERS_SERVER_FILES_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "cli/servers/server_setup.h"

namespace keyhold {

// Writes `files` below `root` ("" for the running system). Checks all of them
// before it writes the first, so that what can be foreseen changes nothing;
// each file is replaced as a whole, by a rename. New files have mode 0644, new
// folders 0755; a file with a line more keeps its mode and owner.
//
// Running it again changes nothing.
//
// AlreadyExists: a file that would be ours is there and is not from here.
// FailedPrecondition: the file that needs a line is missing (is the server
// installed?), or sets the same variable otherwise, or cannot be written.
absl::Status WriteServerFiles(const std::vector<ServerFile>& files,
                              absl::string_view root);

}  // namespace keyhold

#endif  // KEYHOLD_CLI_SERVERS_SERVER_FILES_H_
