// Tells the thread sanitizer how gRPC hands a call from the thread that begins
// it to the one that sees its end: through atomics in libgrpc, which is built
// without the sanitizer. Linked into every program under --config=tsan; never
// called where there is no gRPC.
#include <dlfcn.h>
#include <grpc/grpc.h>

extern "C" {

void __tsan_acquire(void* address);
void __tsan_release(void* address);

grpc_call_error grpc_call_start_batch(grpc_call* call, const grpc_op* ops,
                                      size_t nops, void* tag, void* reserved) {
  static const auto kReal = reinterpret_cast<decltype(&grpc_call_start_batch)>(
      dlsym(RTLD_NEXT, "grpc_call_start_batch"));
  __tsan_release(tag);
  return kReal(call, ops, nops, tag, reserved);
}

grpc_event grpc_completion_queue_next(grpc_completion_queue* queue,
                                      gpr_timespec deadline, void* reserved) {
  static const auto kReal =
      reinterpret_cast<decltype(&grpc_completion_queue_next)>(
          dlsym(RTLD_NEXT, "grpc_completion_queue_next"));
  const grpc_event event = kReal(queue, deadline, reserved);
  if (event.type == GRPC_OP_COMPLETE) __tsan_acquire(event.tag);
  return event;
}

}  // extern "C"
