// The keys that session tickets are encrypted with (RFC 5077 §4, RFC 8446
// §4.6.1).
#ifndef KEYHOLD_TLS_LIB_TLS_TICKET_KEYS_H_
#define KEYHOLD_TLS_LIB_TLS_TICKET_KEYS_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "tls_lib/base/secret_bytes.h"

namespace keyhold {

// Outlives configurations, so that a new certificate does not end sessions,
// and may be shared between servers. The first key encrypts, all decrypt. A
// ticket is AES-256-CBC with HMAC-SHA-256 over it. Keys are wiped when they
// are dropped.
//
// Whoever steals a ticket key can, while that key is known here and for
// tickets that he recorded, resume TLS 1.2 sessions and read them; TLS 1.3
// sessions are resumed with a fresh key exchange and stay unreadable, but he
// can pose as their client. docs/threat-model.md says more.
//
// Thread-safe.
class TicketKeys {
 public:
  using Clock = std::function<absl::Time()>;

  // A key encrypts for this long, unless keys were given.
  static constexpr absl::Duration kRotation = absl::Hours(1);
  // No ticket is accepted for longer, nor is a session renewed for longer
  // after its full handshake.
  static constexpr absl::Duration kLifetime = absl::Hours(12);
  // One given key: 16 bytes of name, 32 for HMAC-SHA-256, 32 for AES-256 (the
  // form of an 80-byte file for nginx's ssl_session_ticket_key).
  static constexpr size_t kGivenKeySize = 80;

  // Random keys that never leave this process. Rotation happens when a key is
  // used, so there is no timer. ResourceExhausted or Internal: no first key
  // could be made.
  static absl::StatusOr<std::shared_ptr<TicketKeys>> CreateRandom(
      Clock clock = &absl::Now);
  // Keys that several hosts share; nothing rotates them but SetKeys.
  // InvalidArgument: none, one that is not 80 bytes long, or two of one name.
  static absl::StatusOr<std::shared_ptr<TicketKeys>> CreateFromKeys(
      std::vector<SecretBytes> keys, Clock clock = &absl::Now);

  // Replaces the given keys. FailedPrecondition if these keys are random;
  // InvalidArgument as CreateFromKeys, and then nothing changes. The caller
  // drops each key in time: a ticket ends after 12 hours, but a stolen key
  // does not.
  absl::Status SetKeys(std::vector<SecretBytes> keys);

  // One key for one use. Points into memory that is wiped with the last user.
  struct Key {
    std::string name;  // 16 bytes, public
    SecretBytes hmac;  // 32 bytes
    SecretBytes aes;   // 32 bytes
    absl::Time created;
  };
  // The key to encrypt with now. Internal if no new one could be made.
  absl::StatusOr<std::shared_ptr<const Key>> EncryptionKey();
  struct Found {
    // Null: no such key, or one that is too old.
    std::shared_ptr<const Key> key;
    // Another key would encrypt now: the ticket should be renewed.
    bool renew = false;
  };
  Found DecryptionKey(absl::string_view name);

  absl::Time Now() const { return clock_(); }

 private:
  using KeyList = std::vector<std::shared_ptr<const Key>>;

  TicketKeys(Clock clock, bool random)
      : clock_(std::move(clock)), random_(random) {}

  static absl::StatusOr<KeyList> SplitKeys(std::vector<SecretBytes> keys,
                                           absl::Time now);
  absl::Status RotateIfDue(absl::Time now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Clock clock_;
  const bool random_;
  absl::Mutex mutex_;
  KeyList keys_ ABSL_GUARDED_BY(mutex_);  // newest first
};

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_TLS_TICKET_KEYS_H_
