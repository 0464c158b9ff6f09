// What the leak sanitizer reports that is no fault of ours, with its reason.
// Linked into every program under --config=asan.

extern "C" const char* __lsan_default_suppressions() {
  // gRPC's resolver leaves 10 bytes behind for each look-up of "localhost".
  return "leak:libcares\n";
}
