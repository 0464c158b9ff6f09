// SignStream calls by gRPC's callbacks.
#ifndef KEYHOLD_SIGNER_SERVICE_FRONT_CALLBACK_SIGN_STREAM_H_
#define KEYHOLD_SIGNER_SERVICE_FRONT_CALLBACK_SIGN_STREAM_H_

#include <memory>

#include "grpcpp/server_context.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/server_callback.h"
#include "signer_service/front/sign_stream.h"
#include "signer_service/front/sign_streams.h"
#include "signer_service/front/stream_wire.h"

namespace keyhold {

// One call. Deletes itself when gRPC is done with it.
class CallbackSignStream final
    : public grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>,
      public StreamWire {
 public:
  // The reactor of a new call, for gRPC. `open` and what `environment` refers
  // to outlive it.
  static grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* Start(
      grpc::CallbackServerContext* context,
      const SignStream::Environment& environment, SignStreams& open);

  void StartRead(grpc::ByteBuffer* into) override;
  void StartWrite(const grpc::ByteBuffer& bytes) override;
  void Finish(const grpc::Status& status) override;

  void OnReadDone(bool ok) override { stream_->OnReadDone(ok); }
  void OnWriteDone(bool ok) override { stream_->OnWriteDone(ok); }
  void OnCancel() override { stream_->OnCancel(); }
  void OnDone() override;

 private:
  using Reactor = grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>;

  CallbackSignStream(grpc::CallbackServerContext* context,
                     const SignStream::Environment& environment,
                     SignStreams& open)
      : open_(open),
        stream_(std::make_shared<SignStream>(*context, *this, environment)) {}

  SignStreams& open_;
  const std::shared_ptr<SignStream> stream_;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_FRONT_CALLBACK_SIGN_STREAM_H_
