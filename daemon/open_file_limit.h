// How many files the process may have open.
#ifndef KEYHOLD_DAEMON_OPEN_FILE_LIMIT_H_
#define KEYHOLD_DAEMON_OPEN_FILE_LIMIT_H_

#include <cstddef>

#include "absl/status/status.h"

namespace keyhold {

// Sees to it that `count` files can be open beside what a running signer
// needs (connections, listeners), raising the soft RLIMIT_NOFILE as far as
// the hard one allows. Never lowers it.
//
// ResourceExhausted names the limit and how to raise it. Thread-safe.
absl::Status EnsureOpenFileLimit(size_t count);

// Raises the soft limit to the hard one: each connection is an open file, and
// the soft limit that service managers give is for programs that use
// select(2). Fails only if the operating system does.
absl::Status RaiseOpenFileLimit();

// The soft limit.
size_t OpenFileLimit();

}  // namespace keyhold

#endif  // KEYHOLD_DAEMON_OPEN_FILE_LIMIT_H_
