// What a FakeSigner was asked.
#ifndef KEYHOLD_TESTS_FAKES_FAKE_RECORD_H_
#define KEYHOLD_TESTS_FAKES_FAKE_RECORD_H_

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "keyhold/signer/v1/sign.pb.h"
#include "tests/fakes/fake_faults.h"

namespace keyhold {

// Thread-safe.
class FakeRecord {
 public:
  void Add(FakeRpc rpc, absl::string_view caller) {
    absl::MutexLock lock(&mutex_);
    ++calls_[rpc];
    last_caller_ = std::string(caller);
  }
  void AddSign(const signer::v1::SignRequest& request) {
    absl::MutexLock lock(&mutex_);
    signs_.push_back(request);
  }
  void AddCancel(uint64_t id) {
    absl::MutexLock lock(&mutex_);
    cancels_.push_back(id);
  }
  void AddChoice(const signer::v1::ChooseSchemeRequest& request) {
    absl::MutexLock lock(&mutex_);
    choices_.push_back(request);
  }

  // Calls that arrived, failed ones too. A stream counts once.
  int Calls(FakeRpc rpc) const {
    absl::MutexLock lock(&mutex_);
    const auto found = calls_.find(rpc);
    return found == calls_.end() ? 0 : found->second;
  }
  // As they arrived, items of streams too.
  std::vector<signer::v1::SignRequest> signs() const {
    absl::MutexLock lock(&mutex_);
    return signs_;
  }
  std::vector<signer::v1::ChooseSchemeRequest> choices() const {
    absl::MutexLock lock(&mutex_);
    return choices_;
  }
  // Returns once so many cancellations have arrived: their ids.
  std::vector<uint64_t> WaitForCancels(size_t count) const {
    absl::MutexLock lock(&mutex_);
    const auto enough = [this, count]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
      return cancels_.size() >= count;
    };
    mutex_.Await(absl::Condition(&enough));
    return cancels_;
  }
  // The identity of the last call's client certificate.
  std::string last_caller() const {
    absl::MutexLock lock(&mutex_);
    return last_caller_;
  }

 private:
  mutable absl::Mutex mutex_;
  std::map<FakeRpc, int> calls_ ABSL_GUARDED_BY(mutex_);
  std::vector<signer::v1::SignRequest> signs_ ABSL_GUARDED_BY(mutex_);
  std::vector<uint64_t> cancels_ ABSL_GUARDED_BY(mutex_);
  std::vector<signer::v1::ChooseSchemeRequest> choices_ ABSL_GUARDED_BY(mutex_);
  std::string last_caller_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace keyhold

#endif  // KEYHOLD_TESTS_FAKES_FAKE_RECORD_H_
