#include "signer_service/vault/answering_thread.h"

#include <utility>

namespace keyhold {

AnsweringThread::AnsweringThread() : thread_([this] { Work(); }) {}

AnsweringThread::~AnsweringThread() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  thread_.join();
}

void AnsweringThread::GiveOut(Answer answer) {
  absl::MutexLock lock(&mutex_);
  answers_.push_back(std::move(answer));
}

void AnsweringThread::Work() {
  while (true) {
    std::vector<Answer> answers;
    {
      absl::MutexLock lock(&mutex_);
      const auto ready = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
        return stopping_ || !answers_.empty();
      };
      mutex_.Await(absl::Condition(&ready));
      if (answers_.empty()) return;
      answers.swap(answers_);
    }
    for (Answer& answer : answers) std::move(answer)();
  }
}

}  // namespace keyhold
