// A client's sessions, to be resumed (RFC 8446 §2.2, RFC 5077).
#ifndef KEYHOLD_TLS_LIB_TLS_INTERNAL_CLIENT_SESSION_CACHE_H_
#define KEYHOLD_TLS_LIB_TLS_INTERNAL_CLIENT_SESSION_CACHE_H_

#include <cstddef>
#include <list>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "tls_lib/base/openssl_ptr.h"

namespace keyhold::tls_internal {

using SslSessionPtr =
    std::unique_ptr<SSL_SESSION, OpensslDelete<SSL_SESSION_free>>;

// Belongs to one ClientConfig, so that a session never crosses settings, and
// finds by the name whose certificate was verified. The oldest session is
// dropped when there are too many.
//
// Thread-safe.
class ClientSessionCache {
 public:
  explicit ClientSessionCache(size_t capacity) : capacity_(capacity) {}

  // Keeps a copy: libssl spoils the sessions of connections that end without
  // close_notify, a rule that TLS 1.1 dropped (RFC 4346 §7.2.1).
  void Add(absl::string_view server_name, const SSL_SESSION& session);
  // The newest session with this server; null if there is none. A TLS 1.3
  // session is given out once, since reuse lets onlookers link connections
  // (RFC 8446 §C.4).
  SslSessionPtr Take(absl::string_view server_name);

 private:
  struct Entry {
    std::string server_name;
    SslSessionPtr session;
  };

  const size_t capacity_;
  absl::Mutex mutex_;
  std::list<Entry> entries_ ABSL_GUARDED_BY(mutex_);  // newest first
};

}  // namespace keyhold::tls_internal

#endif  // KEYHOLD_TLS_LIB_TLS_INTERNAL_CLIENT_SESSION_CACHE_H_
