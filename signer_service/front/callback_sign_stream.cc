#include "signer_service/front/callback_sign_stream.h"

namespace keyhold {

grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>*
CallbackSignStream::Start(grpc::CallbackServerContext* context,
                          const SignStream::Environment& environment,
                          SignStreams& open) {
  auto* call = new CallbackSignStream(context, environment, open);
  open.Add(call->stream_);
  call->stream_->Start();
  return call;
}

void CallbackSignStream::StartRead(grpc::ByteBuffer* into) {
  Reactor::StartRead(into);
}

void CallbackSignStream::StartWrite(const grpc::ByteBuffer& bytes) {
  Reactor::StartWrite(&bytes);
}

void CallbackSignStream::Finish(const grpc::Status& status) {
  Reactor::Finish(status);
}

void CallbackSignStream::OnDone() {
  open_.Remove(*stream_);
  delete this;
}

}  // namespace keyhold
