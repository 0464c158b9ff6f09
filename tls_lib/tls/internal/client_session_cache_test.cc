#include "tls_lib/tls/internal/client_session_cache.h"

#include "gtest/gtest.h"

namespace keyhold::tls_internal {
namespace {

// A session that can be told from others by its time.
SslSessionPtr Session(int version, long time) {
  SslSessionPtr session(SSL_SESSION_new());
  SSL_SESSION_set_protocol_version(session.get(), version);
  SSL_SESSION_set_time(session.get(), time);
  return session;
}

long TimeOf(const SslSessionPtr& session) {
  return session == nullptr ? 0 : SSL_SESSION_get_time(session.get());
}

TEST(ClientSessionCacheTest, NewestOfTheNameIsTaken) {
  ClientSessionCache cache(10);
  cache.Add("a", *Session(TLS1_2_VERSION, 1));
  cache.Add("a", *Session(TLS1_2_VERSION, 2));
  cache.Add("b", *Session(TLS1_2_VERSION, 3));
  EXPECT_EQ(TimeOf(cache.Take("a")), 2);
  EXPECT_EQ(TimeOf(cache.Take("b")), 3);
  EXPECT_EQ(cache.Take("c"), nullptr);
}

TEST(ClientSessionCacheTest, Tls13SessionsAreGivenOutOnce) {
  ClientSessionCache cache(10);
  cache.Add("a", *Session(TLS1_3_VERSION, 1));
  cache.Add("a", *Session(TLS1_3_VERSION, 2));
  EXPECT_EQ(TimeOf(cache.Take("a")), 2);
  EXPECT_EQ(TimeOf(cache.Take("a")), 1);
  EXPECT_EQ(cache.Take("a"), nullptr);
}

TEST(ClientSessionCacheTest, Tls12SessionsStay) {
  ClientSessionCache cache(10);
  cache.Add("a", *Session(TLS1_2_VERSION, 1));
  EXPECT_EQ(TimeOf(cache.Take("a")), 1);
  EXPECT_EQ(TimeOf(cache.Take("a")), 1);
}

TEST(ClientSessionCacheTest, OldestMakesRoom) {
  ClientSessionCache cache(2);
  cache.Add("a", *Session(TLS1_2_VERSION, 1));
  cache.Add("b", *Session(TLS1_2_VERSION, 2));
  cache.Add("c", *Session(TLS1_2_VERSION, 3));
  EXPECT_EQ(cache.Take("a"), nullptr);
  EXPECT_EQ(TimeOf(cache.Take("b")), 2);
  EXPECT_EQ(TimeOf(cache.Take("c")), 3);
}

}  // namespace
}  // namespace keyhold::tls_internal
