#include "tests/fakes/fake_agent.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tests/fakes/fake_error.h"
#include "tls_lib/agent/client/agent_address.h"
#include "tls_lib/agent/client/frame.h"

namespace keyhold {
namespace {

namespace v1 = signer::v1;

constexpr char kCaller[] = "spiffe://example.test/agent";

void Require(bool good, const char* what) {
  if (good) return;
  fprintf(stderr, "fake agent: %s: %s\n", what, strerror(errno));
  abort();
}

bool SendAll(int socket, absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

bool SendFrame(int socket, const v1::SignBatchResponse& response) {
  return SendAll(socket, agent::MakeFrame(response.SerializeAsString()));
}

}  // namespace

FakeAgent::FakeAgent(std::string address, std::vector<FakeKey> keys,
                     std::vector<FakeRule> rules)
    : address_(std::move(address)),
      backend_(std::move(keys), std::move(rules)) {
  Start();
}

FakeAgent::~FakeAgent() { Stop(); }

void FakeAgent::Start() {
  listener_.Reset(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const agent::AgentAddress::Socket target =
      agent::AgentAddress::Parse(address_)->ForSocket();
  Require(
      bind(listener_.get(), reinterpret_cast<const sockaddr*>(&target.address),
           target.size) == 0,
      "bind");
  Require(listen(listener_.get(), 128) == 0, "listen");
  stop_.Reset(eventfd(0, EFD_CLOEXEC));
  Require(stop_.get() >= 0, "eventfd");
  acceptor_ = std::thread(&FakeAgent::Accept, this);
}

void FakeAgent::Stop() {
  if (!listener_) return;
  Release();
  // Before the threads end, so that nobody connects to a socket without one.
  if (address_[0] == '/') unlink(address_.c_str());
  const uint64_t one = 1;
  Require(write(stop_.get(), &one, sizeof(one)) == sizeof(one), "write");
  acceptor_.join();
  listener_.Reset();
  std::vector<std::thread> servers;
  {
    absl::MutexLock lock(&mutex_);
    servers.swap(servers_);
  }
  for (std::thread& server : servers) server.join();
}

void FakeAgent::Inject(AgentFault fault) {
  absl::MutexLock lock(&mutex_);
  faults_.push_back(fault);
}

void FakeAgent::Hold() {
  absl::MutexLock lock(&mutex_);
  holding_ = true;
}

void FakeAgent::Release() {
  absl::MutexLock lock(&mutex_);
  holding_ = false;
}

void FakeAgent::Refuse(absl::Status status, int times) {
  absl::MutexLock lock(&mutex_);
  refusal_ = std::move(status);
  refusals_ = times;
}

void FakeAgent::WaitForOpenConnections(int count) {
  absl::MutexLock lock(&mutex_);
  const auto reached = [this, count] {
    mutex_.AssertReaderHeld();
    return open_ == count;
  };
  mutex_.Await(absl::Condition(&reached));
}

void FakeAgent::WaitForQuestions(int count) {
  absl::MutexLock lock(&mutex_);
  const auto reached = [this, count] { return questions_ >= count; };
  mutex_.Await(absl::Condition(&reached));
}

v1::SignRequest FakeAgent::last_question() const {
  absl::MutexLock lock(&mutex_);
  return last_question_;
}

void FakeAgent::Accept() {
  for (;;) {
    pollfd polled[] = {{listener_.get(), POLLIN, 0}, {stop_.get(), POLLIN, 0}};
    Require(poll(polled, 2, -1) > 0, "poll");
    if (polled[1].revents != 0) return;
    const int socket = accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC);
    Require(socket >= 0, "accept");
    ++connections_;
    absl::MutexLock lock(&mutex_);
    ++open_;
    servers_.emplace_back(&FakeAgent::Serve, this, socket);
  }
}

bool FakeAgent::Greet(int socket) {
  absl::Status refusal;
  {
    absl::MutexLock lock(&mutex_);
    if (refusals_ > 0) {
      --refusals_;
      refusal = refusal_;
    }
  }
  v1::SignBatchResponse greeting;
  if (!refusal.ok()) {
    *greeting.add_items()->mutable_status() = FakeRpcStatus(refusal, "");
  } else if (greets_) {
    greeting.mutable_limits()->set_max_items_in_flight(256);
  } else {
    return true;
  }
  return SendFrame(socket, greeting) && refusal.ok();
}

void FakeAgent::Serve(int socket) {
  UniqueFd owned(socket);
  agent::FrameReader reader;
  bool alive = Greet(socket);
  while (alive) {
    pollfd polled[] = {{socket, POLLIN, 0}, {stop_.get(), POLLIN, 0}};
    Require(poll(polled, 2, -1) > 0, "poll");
    if (polled[1].revents != 0) break;
    char buffer[4096];
    const ssize_t size = recv(socket, buffer, sizeof(buffer), 0);
    if (size <= 0) break;
    reader.Append({buffer, static_cast<size_t>(size)});
    absl::StatusOr<std::optional<std::string>> payload = reader.Next();
    while (alive && payload.ok() && payload->has_value()) {
      alive = Answer(socket, **payload);
      payload = reader.Next();
    }
    alive = alive && payload.ok();
  }
  owned.Reset();
  absl::MutexLock lock(&mutex_);
  --open_;
}

bool FakeAgent::Answer(int socket, absl::string_view payload) {
  v1::SignBatchRequest batch;
  if (!batch.ParseFromArray(payload.data(), static_cast<int>(payload.size()))) {
    return false;
  }
  v1::SignBatchResponse answer;
  for (const v1::SignRequest& question : batch.items()) {
    absl::StatusOr<v1::SignResponse> response =
        backend_.Sign(kCaller, question);
    if (response.ok()) {
      *answer.add_items() = *response;
    } else {
      *answer.add_items()->mutable_status() =
          FakeRpcStatus(response.status(), backend_.policy_version());
    }
    answer.mutable_items(answer.items_size() - 1)->set_id(question.id());
  }
  std::optional<AgentFault> fault;
  {
    absl::MutexLock lock(&mutex_);
    ++questions_;
    if (batch.items_size() > 0) last_question_ = batch.items(0);
    if (!faults_.empty()) {
      fault = faults_.front();
      faults_.pop_front();
    }
    const auto may_answer = [this] {
      mutex_.AssertReaderHeld();
      return !holding_;
    };
    mutex_.Await(absl::Condition(&may_answer));
  }
  return fault.has_value() ? AnswerWithFault(socket, *fault, answer)
                           : SendFrame(socket, answer);
}

bool FakeAgent::AnswerWithFault(int socket, AgentFault fault,
                                const v1::SignBatchResponse& answer) {
  const std::string frame = agent::MakeFrame(answer.SerializeAsString());
  v1::SignBatchResponse other = answer;
  switch (fault) {
    case AgentFault::kClose:
      return false;
    case AgentFault::kCloseMidFrame:
      SendAll(socket, absl::string_view(frame).substr(0, frame.size() / 2));
      return false;
    case AgentFault::kOversizedLength:
      return SendAll(socket, absl::string_view("\0\4\0\1", 4));
    case AgentFault::kZeroLength:
      return SendAll(socket, absl::string_view("\0\0\0\0", 4));
    case AgentFault::kGarbage:
      return SendAll(socket, agent::MakeFrame("\x12\xff\xff\xff\x7f"));
    case AgentFault::kWrongId:
      other.mutable_items(0)->set_id(answer.items(0).id() + 1);
      return SendFrame(socket, other);
    case AgentFault::kTwoAnswers:
      *other.add_items() = answer.items(0);
      return SendFrame(socket, other);
    case AgentFault::kExtraFrame:
      return SendAll(socket, absl::StrCat(frame, frame));
    case AgentFault::kBadSignature:
      other.mutable_items(0)->set_signature("x");
      return SendFrame(socket, other);
    case AgentFault::kDraining:
      other.mutable_items(0)->clear_signature();
      *other.mutable_items(0)->mutable_status() =
          FakeRpcStatus(FakeDraining(), "");
      return SendFrame(socket, other);
    case AgentFault::kHangUp:
      other.mutable_items(0)->clear_signature();
      other.mutable_items(0)->set_id(0);
      *other.mutable_items(0)->mutable_status() =
          FakeRpcStatus(FakeTooManyInFlight(), "");
      SendFrame(socket, other);
      return false;
    case AgentFault::kSilence:
      return true;
    case AgentFault::kSplitAnswer:
      for (const char c : frame) {
        if (!SendAll(socket, absl::string_view(&c, 1))) return false;
      }
      return true;
  }
  return false;
}

}  // namespace keyhold
