// What a SignerClient knows of one endpoint, and whether it would send a
// request there. Knows no clock and no network.
#ifndef KEYHOLD_TLS_LIB_REMOTE_ENDPOINT_STATE_H_
#define KEYHOLD_TLS_LIB_REMOTE_ENDPOINT_STATE_H_

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "tls_lib/remote/retry_backoff.h"

namespace keyhold {

// An endpoint is ejected when it stays silent (an attempt had its time, and
// nothing at all came meanwhile), or when kMaxFailures answers in a row say
// that it cannot work. It returns when its time is up and a probe succeeds, or
// at once when a silent one speaks. Each ejection without a success in between
// lasts twice as long, from 1 s to 10 s.
//
// Not thread-safe.
class EndpointState {
 public:
  static constexpr int kMaxFailures = 5;

  enum class Connection { kIdle, kConnecting, kOpen };
  enum class Health { kUnknown, kServing, kNotServing };
  enum class Rank {
    kUsable,
    // Open, but ejected, draining or not serving: better than none.
    kDoubtful,
    kClosed,
  };

  Rank rank() const;
  // Open streams have so many places.
  bool has_room() const { return outstanding_ < places_; }

  // The connection.
  void Connecting() { connection_ = Connection::kConnecting; }
  void Opened(size_t places);
  void Closed(const absl::Status& why, absl::Time now);
  // What grpc.health.v1 says.
  void HealthIs(Health health);
  // The service refuses work because it drains.
  void Draining() { draining_ = true; }

  // An attempt begins here, and ends, however it ends.
  void Sent() { ++outstanding_; }
  void Settled() {
    if (outstanding_ > 0) --outstanding_;
  }
  // Anything came from the service. True if that ends an ejection.
  bool Spoke(absl::Time now);
  // The service did what it was asked, or refused it for a reason of the
  // request's.
  void Succeeded();
  // The service could not work. True if that ejects it.
  bool Failed(const absl::Status& why, absl::Time now);
  // An attempt that began at `since` had its time. True if the service has
  // been silent since, which ejects it.
  bool WasSilent(absl::Time since, absl::Time now);
  // The probe of an ejected endpoint.
  void ProbeSucceeded();
  void ProbeFailed(absl::Time now);

  // What an answer or a refusal stated; empty before the first.
  void PolicyVersionIs(absl::string_view version);
  const std::string& policy_version() const { return policy_version_; }

  Connection connection() const { return connection_; }
  Health health() const { return health_; }
  bool draining() const { return draining_; }
  size_t outstanding() const { return outstanding_; }
  bool ejected() const { return ejected_until_ != absl::InfinitePast(); }
  // When it is probed; the infinite past if it is not ejected.
  absl::Time ejected_until() const { return ejected_until_; }
  // OK if nothing has gone wrong yet.
  const absl::Status& last_error() const { return last_error_; }
  absl::Time last_error_time() const { return last_error_time_; }

 private:
  void Eject(absl::Time now);
  void Note(const absl::Status& why, absl::Time now);

  Connection connection_ = Connection::kIdle;
  Health health_ = Health::kUnknown;
  bool draining_ = false;
  size_t places_ = 0;
  size_t outstanding_ = 0;
  int failures_ = 0;
  bool silent_ = false;
  absl::Time spoke_ = absl::InfinitePast();
  absl::Time ejected_until_ = absl::InfinitePast();
  RetryBackoff ejection_{{absl::Seconds(1), 2, absl::Seconds(10)}};
  absl::Status last_error_;
  absl::Time last_error_time_ = absl::InfinitePast();
  std::string policy_version_;
};

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_REMOTE_ENDPOINT_STATE_H_
