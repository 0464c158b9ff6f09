// One SignStream of a FakeSigner.
#ifndef KEYHOLD_TESTS_FAKES_FAKE_SIGN_STREAM_H_
#define KEYHOLD_TESTS_FAKES_FAKE_SIGN_STREAM_H_

#include <deque>
#include <set>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "grpcpp/support/sync_stream.h"
#include "keyhold/signer/v1/service.grpc.pb.h"
#include "keyhold/signer/v1/sign.pb.h"
#include "tests/fakes/fake_faults.h"
#include "tests/fakes/fake_record.h"

namespace keyhold {

// What a FakeSigner allows on a stream.
signer::v1::ServiceLimits FakeLimits();

// Signs its items one after the other, on a thread of its own, so what waits
// behind a held or delayed item can be cancelled.
class FakeSignStream {
 public:
  using Stream = grpc::ServerReaderWriter<signer::v1::SignBatchResponse,
                                          signer::v1::SignBatchRequest>;
  using Sign = absl::AnyInvocable<absl::StatusOr<signer::v1::SignResponse>(
      const signer::v1::SignRequest&)>;
  using PolicyVersion = absl::AnyInvocable<std::string()>;

  // `record` is told what is cancelled, `faults` what waits. Both outlive this.
  FakeSignStream(Stream& stream, Sign sign, PolicyVersion policy_version,
                 FakeRecord& record, FakeFaults& faults)
      : stream_(stream),
        sign_(std::move(sign)),
        policy_version_(std::move(policy_version)),
        record_(record),
        faults_(faults) {}

  // Runs the stream until the client has closed its side and all is answered.
  void Run();

 private:
  struct FrameUse {
    size_t items = 0;
    size_t bytes = 0;
  };

  void Accept(const signer::v1::SignBatchRequest& frame);
  // OK if the item may wait for its signature. Counts what it uses of its
  // frame: one oversize item fails alone.
  absl::Status Admit(const signer::v1::SignRequest& item, FrameUse& use)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Cancel(uint64_t id);
  void SignWaiting();
  bool HasWork() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return !waiting_.empty() || closed_;
  }
  void Answer(uint64_t id, absl::StatusOr<signer::v1::SignResponse> answer);

  Stream& stream_;
  Sign sign_;
  PolicyVersion policy_version_;
  FakeRecord& record_;
  FakeFaults& faults_;
  absl::Mutex write_mutex_;
  absl::Mutex mutex_;
  std::deque<signer::v1::SignRequest> waiting_ ABSL_GUARDED_BY(mutex_);
  std::set<uint64_t> outstanding_ ABSL_GUARDED_BY(mutex_);
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace keyhold

#endif  // KEYHOLD_TESTS_FAKES_FAKE_SIGN_STREAM_H_
