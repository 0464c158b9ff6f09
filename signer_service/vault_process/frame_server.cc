#include "signer_service/vault_process/frame_server.h"

#include <utility>

#include "absl/types/span.h"
#include "signer_service/vault_process/packet_socket.h"
#include "tls_lib/core/key_type.h"

namespace keyhold {
namespace {

constexpr int kKeyTypes = static_cast<int>(KeyType::kEd448) + 1;

// Results that come while Sign runs, on its own thread: they leave in one
// frame, with the count of frames that were taken.
struct Collector {
  const std::thread::id thread = std::this_thread::get_id();
  // Both are used on `thread` alone.
  bool open = true;
  std::vector<FramedResult> results;
};

}  // namespace

// One front. Lives until the vault has answered its last job.
class FrameServer::Connection
    : public std::enable_shared_from_this<Connection> {
 public:
  Connection(FrameServer& server, UniqueFd socket)
      : server_(server), socket_(std::move(socket)) {}

  // Until the socket is closed.
  void ServeUntilClosed() {
    std::vector<char> buffer(kMaxPacketBytes);
    while (true) {
      std::vector<FramedJob> jobs;
      uint32_t frames = 0;
      const absl::Status status =
          TakeJobs(absl::MakeSpan(buffer), jobs, frames);
      if (!status.ok()) {
        Close(status);
        return;
      }
      Sign(std::move(jobs), frames);
    }
  }

  void Shutdown() { socket_.Shutdown(); }

  // The engines' names, before any result.
  void Greet() { Answer({}); }

 private:
  absl::Status TakeJobs(absl::Span<char> buffer, std::vector<FramedJob>& jobs,
                        uint32_t& frames) {
    auto wait = PacketSocket::Wait::kYes;
    while (jobs.size() < kMaxPacketJobs) {
      absl::StatusOr<absl::string_view> packet = socket_.Receive(buffer, wait);
      if (!packet.ok()) return packet.status();
      if (packet->empty()) break;
      absl::StatusOr<std::vector<FramedJob>> decoded = DecodeJobs(*packet);
      if (!decoded.ok()) return decoded.status();
      ++frames;
      wait = PacketSocket::Wait::kNo;
      if (jobs.empty()) {
        jobs = *std::move(decoded);
      } else {
        for (FramedJob& job : *decoded) jobs.push_back(std::move(job));
      }
    }
    return absl::OkStatus();
  }

  void Sign(std::vector<FramedJob> framed, uint32_t frames) {
    std::vector<uint64_t> ids;
    std::vector<SignJob> jobs;
    ids.reserve(framed.size());
    jobs.reserve(framed.size());
    for (FramedJob& job : framed) {
      ids.push_back(job.id);
      jobs.push_back(std::move(job.job));
    }
    const auto collector = std::make_shared<Collector>();
    server_.vault_.Sign(std::move(jobs), [self = shared_from_this(), collector,
                                          ids = std::move(ids)](
                                             std::vector<JobResult> results) {
      std::vector<FramedResult> framed;
      const bool collects =
          std::this_thread::get_id() == collector->thread && collector->open;
      std::vector<FramedResult>& out = collects ? collector->results : framed;
      out.reserve(out.size() + results.size());
      for (JobResult& result : results) {
        out.push_back({ids[result.job], std::move(result.signature)});
      }
      if (!collects) self->Answer(std::move(framed));
    });
    collector->open = false;
    // With results that come later, if there are enough frames left to the
    // front: with an audit log, all results do.
    const uint32_t taken = frames_taken_.fetch_add(frames) + frames;
    if (!collector->results.empty() || taken >= server_.most_unsaid_frames()) {
      Answer(std::move(collector->results));
    }
  }

  void Answer(std::vector<FramedResult> results) {
    ResultFrame frame;
    frame.frames_taken = frames_taken_.exchange(0);
    frame.results = std::move(results);
    const uint32_t version = server_.engines_version_.load();
    if (engines_told_.exchange(version) != version) {
      for (int type = 0; type < kKeyTypes; ++type) {
        frame.engine_names.push_back(
            server_.vault_.EngineName(static_cast<KeyType>(type)));
      }
    }
    // A front that is gone wants no answer.
    (void)socket_.Send(EncodeResults(frame), PacketSocket::Wait::kYes);
  }

  // Called by each thread.
  void Close(const absl::Status& status) {
    socket_.Shutdown();
    if (absl::IsUnavailable(status) || reported_.exchange(true)) return;
    if (server_.options_.on_front_at_fault) {
      server_.options_.on_front_at_fault(status);
    }
  }

  FrameServer& server_;
  PacketSocket socket_;
  // Since the last answer.
  std::atomic<uint32_t> frames_taken_{0};
  std::atomic<uint32_t> engines_told_{0};
  std::atomic<bool> reported_{false};
};

FrameServer::FrameServer(Vault& vault, Options options)
    : vault_(vault), options_(std::move(options)) {
  for (size_t i = 0; i < options_.threads; ++i) {
    threads_.emplace_back([this] { Work(); });
  }
}

FrameServer::~FrameServer() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
    if (connection_ != nullptr) connection_->Shutdown();
  }
  for (std::thread& thread : threads_) thread.join();
}

void FrameServer::Serve(UniqueFd socket) {
  auto connection = std::make_shared<Connection>(*this, std::move(socket));
  connection->Greet();
  absl::MutexLock lock(&mutex_);
  if (connection_ != nullptr) connection_->Shutdown();
  connection_ = std::move(connection);
}

std::shared_ptr<FrameServer::Connection> FrameServer::NextConnection(
    const Connection* last) {
  absl::MutexLock lock(&mutex_);
  const auto ready = [this, last]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return stopping_ || (connection_ != nullptr && connection_.get() != last);
  };
  mutex_.Await(absl::Condition(&ready));
  return stopping_ ? nullptr : connection_;
}

void FrameServer::Work() {
  std::shared_ptr<Connection> connection;
  while ((connection = NextConnection(connection.get())) != nullptr) {
    connection->ServeUntilClosed();
  }
}

}  // namespace keyhold
