// A stand-in for keyhold-agent: a real UNIX socket with the agent's frames,
// keys in this process, and faults as it is told.
#ifndef KEYHOLD_TESTS_FAKES_FAKE_AGENT_H_
#define KEYHOLD_TESTS_FAKES_FAKE_AGENT_H_

#include <atomic>
#include <deque>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "keyhold/signer/v1/sign.pb.h"
#include "tests/fakes/fake_backend.h"
#include "tests/fakes/fake_key.h"
#include "tls_lib/base/unique_fd.h"

namespace keyhold {

// What the agent does instead of answering a question.
enum class AgentFault {
  kClose,            // closes
  kCloseMidFrame,    // closes after half the answer
  kOversizedLength,  // announces 262,145 bytes
  kZeroLength,       // announces none
  kGarbage,          // a frame that is no message
  kWrongId,          // answers a question with another number
  kTwoAnswers,       // answers twice in one frame
  kExtraFrame,       // answers twice, in two frames
  kBadSignature,     // a signature of one byte
  kDraining,         // says that it is about to stop
  kHangUp,           // says why it closes, which is no answer, and closes
  kSilence,          // reads on, answers never
  kSplitAnswer,      // answers byte by byte: no fault, but unusual
};

// Listens from the constructor on, with one thread for each connection. Ends
// the process with a message if the system refuses. Thread-safe.
class FakeAgent {
 public:
  // `address`: a path, or "@" and an abstract name.
  FakeAgent(std::string address, std::vector<FakeKey> keys,
            std::vector<FakeRule> rules = {});
  // Closes all connections and removes the socket, as Stop does.
  ~FakeAgent();
  FakeAgent(const FakeAgent&) = delete;
  FakeAgent& operator=(const FakeAgent&) = delete;

  const std::string& address() const { return address_; }

  // Gone, and back, as an agent that restarts.
  void Stop();
  void Start();

  // The next question gets it.
  void Inject(AgentFault fault);
  // Questions are taken but not answered, until Release or Stop.
  void Hold();
  void Release();
  // The next `times` connections are refused with this status.
  void Refuse(absl::Status status, int times = 1);
  // New connections are not greeted, just answered.
  void set_greets(bool greets) { greets_ = greets; }

  // Questions so far, those with a fault included, and connections.
  int questions() const { return questions_; }
  int connections() const { return connections_; }
  // Returns once so many are open.
  void WaitForOpenConnections(int count);
  void WaitForQuestions(int count);
  signer::v1::SignRequest last_question() const;

 private:
  void Accept();
  void Serve(int socket);
  // False: the connection ends.
  bool Answer(int socket, absl::string_view payload);
  bool AnswerWithFault(int socket, AgentFault fault,
                       const signer::v1::SignBatchResponse& answer);
  bool Greet(int socket);

  const std::string address_;
  FakeBackend backend_;
  UniqueFd listener_;
  UniqueFd stop_;
  std::atomic<bool> greets_{true};
  std::atomic<int> questions_{0};
  std::atomic<int> connections_{0};
  std::thread acceptor_;

  mutable absl::Mutex mutex_;
  int open_ ABSL_GUARDED_BY(mutex_) = 0;
  bool holding_ ABSL_GUARDED_BY(mutex_) = false;
  std::deque<AgentFault> faults_ ABSL_GUARDED_BY(mutex_);
  absl::Status refusal_ ABSL_GUARDED_BY(mutex_);
  int refusals_ ABSL_GUARDED_BY(mutex_) = 0;
  signer::v1::SignRequest last_question_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::thread> servers_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace keyhold

#endif  // KEYHOLD_TESTS_FAKES_FAKE_AGENT_H_
