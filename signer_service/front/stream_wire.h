// A bidirectional gRPC call, whichever of gRPC's interfaces carries it.
#ifndef KEYHOLD_SIGNER_SERVICE_FRONT_STREAM_WIRE_H_
#define KEYHOLD_SIGNER_SERVICE_FRONT_STREAM_WIRE_H_

#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/status.h"

namespace keyhold {

// At most one read and one write are under way; each is reported to whoever
// uses the wire. Nothing is started after Finish, which is called once, with
// no write under way.
class StreamWire {
 public:
  virtual ~StreamWire() = default;
  // Buffers stay where they are until the operation is reported.
  virtual void StartRead(grpc::ByteBuffer* into) = 0;
  virtual void StartWrite(const grpc::ByteBuffer& bytes) = 0;
  virtual void Finish(const grpc::Status& status) = 0;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_FRONT_STREAM_WIRE_H_
