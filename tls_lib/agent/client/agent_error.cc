#include "tls_lib/agent/client/agent_error.h"

#include <string.h>
#include <unistd.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "tls_lib/agent/client/frame.h"

namespace keyhold::agent {
namespace {

// strerror() is not thread-safe; this is GNU's, which returns the text.
std::string TextOf(int error) {
  char buffer[128];
  return strerror_r(error, buffer, sizeof(buffer));
}

}  // namespace

absl::Status AgentNotThereError(const AgentAddress& agent, int error) {
  return absl::UnavailableError(
      absl::StrCat("no keyhold-agent listens on ", agent.text(), " (",
                   TextOf(error), "); is the service keyhold-agent running?"));
}

absl::Status MayNotConnectError(const AgentAddress& agent, int error) {
  return absl::PermissionDeniedError(absl::StrCat(
      "uid ", geteuid(), " may not connect to the keyhold-agent on ",
      agent.text(), " (", TextOf(error),
      "); add the user of this server to the group keyhold"));
}

absl::Status FalseAgentError(const AgentAddress& agent, uid_t uid,
                             std::optional<uid_t> trusted) {
  return absl::PermissionDeniedError(absl::StrCat(
      "who listens on ", agent.text(), " runs as uid ", uid,
      ", but the key file trusts root",
      trusted.has_value() ? absl::StrCat(" and uid ", *trusted) : " only",
      "; if that is your keyhold-agent, write the key file again with "
      "keyhold key-file --agent-uid ",
      uid));
}

absl::Status NoDescriptorError(int error) {
  return absl::ResourceExhaustedError(absl::StrCat(
      "no descriptor for a connection to the keyhold-agent (", TextOf(error),
      "); raise the limit of open files of this server"));
}

absl::Status SystemCallError(const AgentAddress& agent, absl::string_view call,
                             int error) {
  return absl::InternalError(
      absl::StrCat("a connection to the keyhold-agent on ", agent.text(),
                   " failed in ", call, ": ", TextOf(error)));
}

absl::Status NoAnswerError(const AgentAddress& agent) {
  return absl::DeadlineExceededError(
      absl::StrCat("no answer in time from the keyhold-agent on ", agent.text(),
                   "; see its log"));
}

absl::Status BusyAgentError(const AgentAddress& agent) {
  return absl::AbortedError(
      absl::StrCat("the keyhold-agent on ", agent.text(),
                   " took no connection in time; see its log"));
}

absl::Status LostConnectionError(const AgentAddress& agent) {
  return absl::AbortedError(
      absl::StrCat("the keyhold-agent on ", agent.text(),
                   " closed the connection without an answer; see its log"));
}

absl::Status TooLargeError(size_t bytes) {
  return absl::InvalidArgumentError(
      absl::StrCat("what is to be signed is too long: a request has at most ",
                   kMostFrameBytes, " bytes, and this one ", bytes,
                   "; sign a digest of it instead"));
}

absl::Status ProtocolError(const AgentAddress& agent, absl::string_view what) {
  return absl::InternalError(absl::StrCat("who listens on ", agent.text(),
                                          " is no keyhold-agent: ", what));
}

}  // namespace keyhold::agent
