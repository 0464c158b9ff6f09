// GoogleTest matchers for absl::Status and absl::StatusOr.
//
//   EXPECT_THAT(config.Check(), IsOk());
//   EXPECT_THAT(PublicKey::FromSpki(der), IsOkAndHolds(Eq(key)));
//   EXPECT_THAT(Sign(), StatusIs(absl::StatusCode::kNotFound,
//   HasSubstr("www")));
#ifndef KEYHOLD_TLS_LIB_BASE_STATUS_MATCHERS_H_
#define KEYHOLD_TLS_LIB_BASE_STATUS_MATCHERS_H_

#include <ostream>
#include <string>
#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gmock/gmock.h"

namespace keyhold {
namespace status_matchers_internal {

inline const absl::Status& StatusOf(const absl::Status& status) {
  return status;
}
template <typename T>
const absl::Status& StatusOf(const absl::StatusOr<T>& result) {
  return result.status();
}

class IsOkMatcher {
 public:
  using is_gtest_matcher = void;

  template <typename T>
  bool MatchAndExplain(const T& actual, std::ostream* os) const {
    const absl::Status& status = StatusOf(actual);
    if (!status.ok() && os != nullptr) *os << "which is " << status;
    return status.ok();
  }
  void DescribeTo(std::ostream* os) const { *os << "is OK"; }
  void DescribeNegationTo(std::ostream* os) const { *os << "is not OK"; }
};

class StatusIsMatcher {
 public:
  using is_gtest_matcher = void;

  StatusIsMatcher(testing::Matcher<absl::StatusCode> code,
                  testing::Matcher<const std::string&> message)
      : code_(std::move(code)), message_(std::move(message)) {}

  template <typename T>
  bool MatchAndExplain(const T& actual, std::ostream* os) const {
    const absl::Status& status = StatusOf(actual);
    if (os != nullptr) *os << "which is " << status;
    return code_.Matches(status.code()) &&
           message_.Matches(std::string(status.message()));
  }
  void DescribeTo(std::ostream* os) const {
    *os << "has a status code that ";
    code_.DescribeTo(os);
    *os << " and a message that ";
    message_.DescribeTo(os);
  }
  void DescribeNegationTo(std::ostream* os) const {
    *os << "not (";
    DescribeTo(os);
    *os << ")";
  }

 private:
  testing::Matcher<absl::StatusCode> code_;
  testing::Matcher<const std::string&> message_;
};

template <typename Inner>
class IsOkAndHoldsMatcher {
 public:
  explicit IsOkAndHoldsMatcher(Inner inner) : inner_(std::move(inner)) {}

  template <typename ResultT>
  operator testing::Matcher<ResultT>() const {  // NOLINT
    return testing::Matcher<ResultT>(new Impl<ResultT>(inner_));
  }

 private:
  template <typename ResultT>
  class Impl final : public testing::MatcherInterface<ResultT> {
   public:
    using Value = typename std::decay_t<ResultT>::value_type;

    explicit Impl(const Inner& inner)
        : inner_(testing::SafeMatcherCast<const Value&>(inner)) {}
    bool MatchAndExplain(
        ResultT actual, testing::MatchResultListener* listener) const override {
      if (!actual.ok()) {
        *listener << "which is " << actual.status();
        return false;
      }
      return inner_.MatchAndExplain(*actual, listener);
    }
    void DescribeTo(std::ostream* os) const override {
      *os << "is OK and holds a value that ";
      inner_.DescribeTo(os);
    }
    void DescribeNegationTo(std::ostream* os) const override {
      *os << "is not OK or holds a value that ";
      inner_.DescribeNegationTo(os);
    }

   private:
    testing::Matcher<const Value&> inner_;
  };

  Inner inner_;
};

}  // namespace status_matchers_internal

// IsOk matches an OK absl::Status, or an absl::StatusOr that holds a value.
inline status_matchers_internal::IsOkMatcher IsOk() { return {}; }

// IsOkAndHolds matches an absl::StatusOr whose value matches `inner`, a
// matcher or a value.
template <typename Inner>
status_matchers_internal::IsOkAndHoldsMatcher<std::decay_t<Inner>> IsOkAndHolds(
    Inner&& inner) {
  return status_matchers_internal::IsOkAndHoldsMatcher<std::decay_t<Inner>>(
      std::forward<Inner>(inner));
}

// StatusIs matches the code, and the message, of an absl::Status or an
// absl::StatusOr. Each is a matcher or a value.
inline status_matchers_internal::StatusIsMatcher StatusIs(
    testing::Matcher<absl::StatusCode> code,
    testing::Matcher<const std::string&> message = testing::_) {
  return {std::move(code), std::move(message)};
}

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_BASE_STATUS_MATCHERS_H_
