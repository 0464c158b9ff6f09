// gRPC's threads that run callbacks.
#ifndef KEYHOLD_TLS_LIB_REMOTE_CALLBACK_THREADS_H_
#define KEYHOLD_TLS_LIB_REMOTE_CALLBACK_THREADS_H_

namespace keyhold {

// Keeps them from this call on. gRPC 1.51 ends them with the last channel that
// used them, and joins them then: from one of them, where the last handle to a
// client may well go, that never ends well.
//
// Thread-safe.
void KeepCallbackThreads();

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_REMOTE_CALLBACK_THREADS_H_
