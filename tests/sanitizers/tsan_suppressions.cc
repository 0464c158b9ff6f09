// How the thread sanitizer runs, and what it reports that is no fault of
// ours, each with its reason. Linked into every program under --config=tsan.

extern "C" const char* __tsan_default_options() {
  // libgrpc, libssl and libstdc++ are built without the sanitizer: it sees
  // their memcpy, but not the atomic operations that order it.
  return "ignore_noninstrumented_modules=1";
}

extern "C" const char* __tsan_default_suppressions() {
  return
      // gRPC's engine takes two locks of its own in either order while it
      // starts and stops.
      "deadlock:grpc_event_engine::\n"
      // gRPC's own header code; what orders it (atomics, an executor) is
      // inside libgrpc++.
      "race:grpc::internal::CallbackWithSuccessTag::\n";
}
