#include "tls_lib/tls/internal/client_session_cache.h"

#include <algorithm>
#include <utility>

namespace keyhold::tls_internal {

void ClientSessionCache::Add(absl::string_view server_name,
                             const SSL_SESSION& session) {
  SslSessionPtr copy(SSL_SESSION_dup(&session));
  if (copy == nullptr) return;
  absl::MutexLock lock(&mutex_);
  entries_.push_front({std::string(server_name), std::move(copy)});
  if (entries_.size() > capacity_) entries_.pop_back();
}

SslSessionPtr ClientSessionCache::Take(absl::string_view server_name) {
  absl::MutexLock lock(&mutex_);
  auto it = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& e) {
    return e.server_name == server_name;
  });
  if (it == entries_.end()) return nullptr;
  if (SSL_SESSION_get_protocol_version(it->session.get()) == TLS1_3_VERSION) {
    SslSessionPtr session = std::move(it->session);
    entries_.erase(it);
    return session;
  }
  return SslSessionPtr(SSL_SESSION_dup(it->session.get()));
}

}  // namespace keyhold::tls_internal
