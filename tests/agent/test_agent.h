// The real keyhold-agent, run by a test as a process of its own.
#ifndef KEYHOLD_TESTS_AGENT_TEST_AGENT_H_
#define KEYHOLD_TESTS_AGENT_TEST_AGENT_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "tests/fakes/child_process.h"
#include "tests/fakes/test_folder.h"
#include "tls_lib/remote/signer_client_options.h"

namespace keyhold {

// Its socket keeps its path over restarts. Ends the test's process with a
// message if the agent does not do as it should.
//
// Tests that use it name //tls_lib/agent:keyhold-agent in their data.
class TestAgent {
 public:
  // For the signers that `signer` reaches; `rules` is YAML, a list.
  TestAgent(const SignerClientOptions& signer, std::string rules);
  // A rule that lets this process's user use all keys.
  static std::string OwnRule();

  // Starts it, and waits until it is ready.
  void Start();
  // Runs it with these arguments and --config, and returns what it exits
  // with.
  int Run(std::vector<std::string> arguments = {});
  // SIGTERM; returns the exit code.
  int Stop();
  // SIGKILL.
  void Kill();
  // SIGHUP; returns its line about that: "reload" or "reload_failed".
  std::string Reload();

  void SetRules(std::string rules) { rules_ = std::move(rules); }
  void SetSigner(const SignerClientOptions& signer) { signer_ = signer; }
  // What runs the program: "prlimit" and its arguments, say. Absolute.
  void SetPrefix(std::vector<std::string> command) {
    prefix_ = std::move(command);
  }
  // YAML in place of a listener at socket_path(); with a line's end.
  void SetListen(std::string yaml) { listen_ = std::move(yaml); }
  // More YAML: "limits: {…}".
  void SetMore(std::string yaml) { more_ = std::move(yaml); }
  void WriteConfig();

  std::string socket_path() const { return folder_.PathOf("agent.sock"); }
  std::string config_path() const { return folder_.PathOf("agent.yaml"); }
  const TestFolder& folder() const { return folder_; }
  ChildProcess& process() { return *process_; }
  // The first line of its log, from now or before, that holds all of `parts`;
  // waits for it.
  std::string WaitForLine(const std::vector<std::string>& parts,
                          size_t from = 0);

 private:
  void Launch(const std::vector<std::string>& arguments);

  TestFolder folder_;
  SignerClientOptions signer_;
  std::string listen_ = "listen: [{path: agent.sock, mode: '0666'}]\n";
  std::string rules_;
  std::string more_;
  std::vector<std::string> prefix_;
  std::unique_ptr<ChildProcess> process_;
};

}  // namespace keyhold

#endif  // KEYHOLD_TESTS_AGENT_TEST_AGENT_H_
