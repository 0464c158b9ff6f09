// What a check of an installation found.
#ifndef KEYHOLD_CLI_DOCTOR_FINDING_H_
#define KEYHOLD_CLI_DOCTOR_FINDING_H_

#include <string>
#include <utility>

namespace keyhold {

struct Finding {
  enum class State {
    kGood,
    // It works, but not as it should.
    kWarning,
    kFault,
    // It could not be looked at, because of another fault.
    kUnknown,
  };

  // "openssl.cnf", "agent" …
  std::string subject;
  State state = State::kGood;
  // What was found, one sentence without its full stop.
  std::string what;
  // What to do about it; empty if nothing.
  std::string advice;
};

inline Finding Good(std::string subject, std::string what) {
  return {std::move(subject), Finding::State::kGood, std::move(what), ""};
}
inline Finding Warning(std::string subject, std::string what,
                       std::string advice) {
  return {std::move(subject), Finding::State::kWarning, std::move(what),
          std::move(advice)};
}
inline Finding Fault(std::string subject, std::string what,
                     std::string advice) {
  return {std::move(subject), Finding::State::kFault, std::move(what),
          std::move(advice)};
}
inline Finding Unknown(std::string subject, std::string what) {
  return {std::move(subject), Finding::State::kUnknown, std::move(what), ""};
}

}  // namespace keyhold

#endif  // KEYHOLD_CLI_DOCTOR_FINDING_H_
