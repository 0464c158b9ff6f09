// A server whose SignStream does, byte for byte, what a test says: for what no
// signer would send.
#ifndef KEYHOLD_TESTS_FAKES_RAW_STREAM_SERVER_H_
#define KEYHOLD_TESTS_FAKES_RAW_STREAM_SERVER_H_

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "grpcpp/completion_queue.h"
#include "grpcpp/generic/async_generic_service.h"
#include "grpcpp/server.h"
#include "grpcpp/support/status.h"
#include "keyhold/signer/v1/sign.pb.h"
#include "tests/fakes/test_folder.h"

namespace keyhold {

// One SignStream, as its script sees it: each call blocks. For the script's
// thread.
class RawStream {
 public:
  RawStream(grpc::GenericServerAsyncReaderWriter& stream,
            grpc::CompletionQueue& queue)
      : stream_(stream), queue_(queue) {}

  // False when the client has ended the stream.
  bool Read(signer::v1::SignBatchRequest& frame);
  bool Write(const signer::v1::SignBatchResponse& frame) {
    return WriteBytes(frame.SerializeAsString());
  }
  // Any bytes in place of a frame.
  bool WriteBytes(const std::string& bytes);
  // The first frame of a stream.
  bool WriteLimits(uint32_t max_items_in_flight, uint32_t max_items_per_frame);
  // An answer of `id` that is well-formed: of the scheme in `request`.
  bool WriteAnswer(uint64_t id, const signer::v1::SignRequest& request);

 private:
  bool Wait();

  grpc::GenericServerAsyncReaderWriter& stream_;
  grpc::CompletionQueue& queue_;
};

// Listens on a UNIX socket. Calls of other methods than SignStream fail with
// UNIMPLEMENTED.
class RawStreamServer {
 public:
  // Runs for each stream, on a thread of its own, with the stream's number
  // from 0 on. What it returns ends the stream.
  using Script = std::function<grpc::Status(RawStream& stream, int number)>;

  explicit RawStreamServer(Script script);
  // Cancels the streams and waits for their scripts.
  ~RawStreamServer();
  RawStreamServer(const RawStreamServer&) = delete;
  RawStreamServer& operator=(const RawStreamServer&) = delete;

  // "unix:PATH"
  const std::string& endpoint() const { return endpoint_; }

 private:
  struct Call;

  // Lets the next stream arrive in `call`, unless the server stops.
  void Ask(Call& call);
  void Run();
  void Serve(Call& call);

  const Script script_;
  TestFolder folder_;
  std::string endpoint_;
  grpc::AsyncGenericService service_;
  std::unique_ptr<grpc::ServerCompletionQueue> arrivals_;
  std::unique_ptr<grpc::Server> server_;
  absl::Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  int streams_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<std::thread> serving_;
  std::thread thread_;
};

}  // namespace keyhold

#endif  // KEYHOLD_TESTS_FAKES_RAW_STREAM_SERVER_H_
