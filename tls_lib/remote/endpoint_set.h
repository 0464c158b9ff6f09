// The endpoints of a SignerClient: which one gets a request, and who waits for
// one. Includes gRPC, so for .cc files only.
#ifndef KEYHOLD_TLS_LIB_REMOTE_ENDPOINT_SET_H_
#define KEYHOLD_TLS_LIB_REMOTE_ENDPOINT_SET_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "grpcpp/security/credentials.h"
#include "tls_lib/remote/endpoint.h"
#include "tls_lib/remote/endpoint_state.h"
#include "tls_lib/remote/hedging_delay.h"
#include "tls_lib/remote/sign_stream_client.h"
#include "tls_lib/remote/signer_client_options.h"
#include "tls_lib/remote/signer_endpoint.h"
#include "tls_lib/remote/signer_endpoint_status.h"
#include "tls_lib/remote/timer_queue.h"

namespace keyhold {

// Its functions stand in endpoint_set.cc, _events.cc (what it hears), _names.cc
// (look-ups) and _report.cc (what it says).
//
// Lock order: a call's own lock may be held when it calls this class; this
// class calls back without its own.
//
// Thread-safe.
class EndpointSet final : public SignerEndpoint::Observer,
                          public std::enable_shared_from_this<EndpointSet> {
 public:
  // A call of the client, while it goes on.
  class Call {
   public:
    virtual ~Call() = default;
    // After AwaitRoom: there may be an endpoint for it now. Once.
    virtual void OnRoom() = 0;
    // The client was closed.
    virtual void OnClose() = 0;
  };

  // What a call is given.
  struct Place {
    std::shared_ptr<SignerEndpoint> endpoint;
    // Null unless the place was asked for on a stream.
    std::shared_ptr<SignStreamClient> stream;
    // Whether there are other endpoints at all.
    bool has_alternative = false;
  };
  enum class Need {
    kStream,
    // A connection that may still have to be made.
    kChannel,
  };
  using Tried = std::vector<const SignerEndpoint*>;

  // How an attempt ended.
  struct Outcome {
    enum class Kind {
      // The service answered: a signature, or a refusal of the request.
      kAnswered,
      // The service could not work.
      kFailed,
      // Nothing is known: cancelled, lost, out of time.
      kUnknown,
    };
    Kind kind = Kind::kUnknown;
    // For kFailed.
    absl::Status failure = absl::OkStatus();
    // As the answer or the refusal states it.
    std::string policy_version = {};
    // From sending to the answer, for kAnswered.
    absl::Duration took = absl::ZeroDuration();
  };

  // Options that Create of SignerClient has checked. Connects nowhere yet.
  static std::shared_ptr<EndpointSet> Create(const SignerClientOptions& options,
                                             std::vector<Endpoint> endpoints);

  // Only for Create.
  explicit EndpointSet(const SignerClientOptions& options);

  // Takes a call in, until Leave. `need` says what to begin, if that has not
  // begun. ResourceExhausted (kTooManyInFlight): there are as many as there
  // may be. Cancelled: Close was called.
  absl::Status Join(const std::shared_ptr<Call>& call, Need need);
  void Leave(const Call& call);

  // A place for an attempt, which Settle gives back. Null: there is none now
  // but on those that were tried.
  std::optional<Place> Find(const Tried& tried, Need need);
  // A place at `endpoint`, whatever its state.
  Place FindAt(std::shared_ptr<SignerEndpoint> endpoint);
  void Settle(const SignerEndpoint& endpoint, const Outcome& outcome);
  // Whether there are endpoints that are not among `tried`.
  bool HasOtherThan(const Tried& tried) const;
  // An attempt that began at `since` had its time without an answer.
  void ReportOverdue(const SignerEndpoint& endpoint, absl::Time since);
  // The service refused work because it drains.
  void ReportDraining(const SignerEndpoint& endpoint);

  // OnRoom of `call` is called when an endpoint opens, or has room again.
  // Gives a ticket for StopWaiting.
  uint64_t AwaitRoom(const std::shared_ptr<Call>& call);
  void StopWaiting(uint64_t ticket);

  // When a request that is sent now gets a hedge; null: it gets none.
  std::optional<absl::Duration> HedgingDelayForNext();
  // Whether one may be sent now, which is counted then.
  bool TakeHedge();

  // Why a call has found no endpoint in time.
  absl::Status WhyNone(absl::string_view call) const;
  // Not OK: all endpoints refuse this client for good, and so.
  absl::Status RefusedByAll(absl::string_view call) const;
  // Looks closer at why there is no connection, at most until `deadline`.
  // Blocks.
  void Examine(absl::Time deadline);

  // What the endpoint stated that would be picked next; else any other.
  std::string policy_version() const;
  // "a:7443, b:7443", as configured.
  absl::string_view name() const { return name_; }
  bool closed() const;
  std::vector<SignerEndpointStatus> Snapshot() const;

  // Ends all calls and connections. Idempotent.
  void Close();

  void OnConnecting(SignerEndpoint& endpoint) override;
  void OnOpen(SignerEndpoint& endpoint,
              std::shared_ptr<SignStreamClient> stream) override;
  void OnAnswers(SignerEndpoint& endpoint) override;
  void OnClosed(SignerEndpoint& endpoint, const absl::Status& why) override;
  void OnHealthOf(SignerEndpoint& endpoint,
                  EndpointState::Health health) override;
  void OnProbed(SignerEndpoint& endpoint, bool serves) override;

 private:
  struct Entry {
    std::shared_ptr<SignerEndpoint> endpoint;
    // Which of names_ it comes from; -1: it was configured itself.
    int name = -1;
    EndpointState state;
    // Null while it is closed.
    std::shared_ptr<SignStreamClient> stream;
  };
  // A configured endpoint whose host is a name.
  struct Name {
    Endpoint endpoint;
    bool looking_up = false;
    absl::Time looked_up = absl::InfinitePast();
    absl::Status problem = absl::OkStatus();
    // Of the next look-up.
    TimerQueue::Id timer = {};
  };

  Entry* FindEntry(const SignerEndpoint& endpoint)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::optional<size_t> Pick(const Tried& tried, Need need) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Entry NewEntry(Endpoint endpoint, int name);
  // What Join begins.
  void Begin(bool lookups, bool streams);
  // Lets those who wait try, first come first: all of them, or as long as an
  // endpoint has room. (A call that tries in vain goes to the end of the line.)
  void ServeWaiting();
  void ServeWhileThereIsRoom();
  void Serve(bool all);
  // Has the endpoint probed when its ejection ends.
  void ProbeAt(absl::Time when, const SignerEndpoint& endpoint);
  void LookUp(size_t name);
  void LookUpAt(absl::Time when, size_t name);
  void OnLookedUp(size_t name,
                  absl::StatusOr<std::vector<std::string>> addresses);
  // Replaces the endpoints of `name`; those that are gone are given back.
  std::vector<std::shared_ptr<SignerEndpoint>> Replace(
      size_t name, const std::vector<std::string>& addresses)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const SignerClientOptions options_;
  const NameLookup lookup_;
  const std::shared_ptr<grpc::ChannelCredentials> credentials_;
  std::string name_;

  mutable absl::Mutex mutex_;
  std::vector<Entry> entries_ ABSL_GUARDED_BY(mutex_);
  std::vector<Name> names_ ABSL_GUARDED_BY(mutex_);
  size_t turn_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::flat_hash_map<const Call*, std::weak_ptr<Call>> calls_
      ABSL_GUARDED_BY(mutex_);
  // By ticket, so in the order of their coming.
  std::map<uint64_t, std::weak_ptr<Call>> waiting_ ABSL_GUARDED_BY(mutex_);
  uint64_t last_ticket_ ABSL_GUARDED_BY(mutex_) = 0;
  HedgingDelay hedging_ ABSL_GUARDED_BY(mutex_);
  bool lookups_begun_ ABSL_GUARDED_BY(mutex_) = false;
  bool streams_begun_ ABSL_GUARDED_BY(mutex_) = false;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_REMOTE_ENDPOINT_SET_H_
