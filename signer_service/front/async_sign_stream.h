// SignStream calls on a completion queue.
#ifndef KEYHOLD_SIGNER_SERVICE_FRONT_ASYNC_SIGN_STREAM_H_
#define KEYHOLD_SIGNER_SERVICE_FRONT_ASYNC_SIGN_STREAM_H_

#include <memory>

#include "grpcpp/server_context.h"
#include "grpcpp/support/async_stream.h"
#include "grpcpp/support/byte_buffer.h"
#include "signer_service/front/rpc_queue.h"
#include "signer_service/front/self_owned_call.h"
#include "signer_service/front/sign_stream.h"
#include "signer_service/front/sign_streams.h"
#include "signer_service/front/stream_wire.h"
#include "signer_service/front/tls_signer_service.h"

namespace keyhold {

// One call, from before it arrives.
class AsyncSignStream final : public SelfOwnedCall, public StreamWire {
 public:
  // What calls use; outlives them.
  struct Environment {
    TlsSignerService& service;
    RpcQueue& queue;
    SignStream::Environment stream;
    SignStreams& open;
  };

  // Lets gRPC deliver one call, and after it the next.
  static void Ask(const Environment& environment);

  void StartRead(grpc::ByteBuffer* into) override;
  void StartWrite(const grpc::ByteBuffer& bytes) override;
  void Finish(const grpc::Status& status) override;

 private:
  using Tag = CallTag<AsyncSignStream>;

  explicit AsyncSignStream(const Environment& environment)
      : environment_(environment) {}
  ~AsyncSignStream() override;

  void OnArrived(bool ok);
  void OnReadDone(bool ok);
  void OnWriteDone(bool ok);
  void OnFinishDone(bool ok);
  void OnClosed(bool ok);

  const Environment environment_;
  grpc::ServerContext context_;
  grpc::ServerAsyncReaderWriter<grpc::ByteBuffer, grpc::ByteBuffer> io_{
      &context_};
  Tag arrived_{*this, &AsyncSignStream::OnArrived};
  Tag read_{*this, &AsyncSignStream::OnReadDone};
  Tag written_{*this, &AsyncSignStream::OnWriteDone};
  Tag finished_{*this, &AsyncSignStream::OnFinishDone};
  Tag closed_{*this, &AsyncSignStream::OnClosed};
  // Null until the call is started.
  std::shared_ptr<SignStream> stream_;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_FRONT_ASYNC_SIGN_STREAM_H_
