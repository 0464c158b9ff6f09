#include "signer_service/front/async_sign_stream.h"

#include <utility>

namespace keyhold {

void AsyncSignStream::Ask(const Environment& environment) {
  if (!environment.queue.accepting()) return;
  auto* call = new AsyncSignStream(environment);
  // gRPC reports the call's end only if there is a call: held in OnArrived.
  call->context_.AsyncNotifyWhenDone(&call->closed_);
  environment.service.RequestSignStream(
      &call->context_, &call->io_, environment.queue.get(),
      environment.queue.get(), call->arrived_.Held());
}

AsyncSignStream::~AsyncSignStream() {
  if (stream_ != nullptr) environment_.open.Remove(*stream_);
}

void AsyncSignStream::OnArrived(bool ok) {
  if (!ok) return;
  Ask(environment_);
  closed_.Held();
  auto stream =
      std::make_shared<SignStream>(context_, *this, environment_.stream);
  // It came while the server was shut down: the queue may be gone before such
  // a stream has ended.
  if (!environment_.open.Add(stream)) return;
  stream_ = std::move(stream);
  // Until Finish: the stream uses this wire from other threads too.
  Hold();
  stream_->Start();
}

void AsyncSignStream::StartRead(grpc::ByteBuffer* into) {
  io_.Read(into, read_.Held());
}

void AsyncSignStream::StartWrite(const grpc::ByteBuffer& bytes) {
  io_.Write(bytes, written_.Held());
}

void AsyncSignStream::Finish(const grpc::Status& status) {
  io_.Finish(status, finished_.Held());
  Release();
}

void AsyncSignStream::OnReadDone(bool ok) { stream_->OnReadDone(ok); }

void AsyncSignStream::OnWriteDone(bool ok) { stream_->OnWriteDone(ok); }

void AsyncSignStream::OnFinishDone(bool /*ok*/) {}

void AsyncSignStream::OnClosed(bool /*ok*/) {
  if (stream_ != nullptr && context_.IsCancelled()) stream_->OnCancel();
}

}  // namespace keyhold
