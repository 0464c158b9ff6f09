// The gRPC service of a FakeSigner.
#ifndef KEYHOLD_TESTS_FAKES_FAKE_SIGNER_SERVICE_H_
#define KEYHOLD_TESTS_FAKES_FAKE_SIGNER_SERVICE_H_

#include "grpcpp/server_context.h"
#include "grpcpp/support/status.h"
#include "keyhold/signer/v1/service.grpc.pb.h"
#include "tests/fakes/fake_backend.h"
#include "tests/fakes/fake_faults.h"
#include "tests/fakes/fake_record.h"

namespace keyhold {

// Thread-safe. The three outlive it.
class FakeSignerService final : public signer::v1::Signer::Service {
 public:
  FakeSignerService(const FakeBackend& backend, FakeFaults& faults,
                    FakeRecord& record)
      : backend_(backend), faults_(faults), record_(record) {}

  grpc::Status ListKeys(grpc::ServerContext* context,
                        const signer::v1::ListKeysRequest* request,
                        signer::v1::ListKeysResponse* response) override;
  grpc::Status GetKey(grpc::ServerContext* context,
                      const signer::v1::GetKeyRequest* request,
                      signer::v1::GetKeyResponse* response) override;
  grpc::Status ChooseScheme(
      grpc::ServerContext* context,
      const signer::v1::ChooseSchemeRequest* request,
      signer::v1::ChooseSchemeResponse* response) override;
  grpc::Status Sign(grpc::ServerContext* context,
                    const signer::v1::SignRequest* request,
                    signer::v1::SignResponse* response) override;
  grpc::Status SignStream(
      grpc::ServerContext* context,
      grpc::ServerReaderWriter<signer::v1::SignBatchResponse,
                               signer::v1::SignBatchRequest>* stream) override;

 private:
  // Records the call and lets its fault happen.
  absl::Status Begin(FakeRpc rpc, const grpc::ServerContext& context);
  template <typename Response>
  grpc::Status Finish(absl::StatusOr<Response> answer, Response* response);

  const FakeBackend& backend_;
  FakeFaults& faults_;
  FakeRecord& record_;
};

}  // namespace keyhold

#endif  // KEYHOLD_TESTS_FAKES_FAKE_SIGNER_SERVICE_H_
