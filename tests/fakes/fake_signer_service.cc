#include "tests/fakes/fake_signer_service.h"

#include <string>
#include <utility>

#include "grpcpp/security/auth_context.h"
#include "tests/fakes/fake_error.h"
#include "tests/fakes/fake_sign.h"
#include "tests/fakes/fake_sign_stream.h"
#include "tls_lib/base/status_macros.h"

namespace keyhold {
namespace {

namespace v1 = signer::v1;

// The SPIFFE ID of the client's certificate, or "local" on a UNIX socket.
std::string CallerOf(const grpc::ServerContext& context) {
  const auto values =
      context.auth_context()->FindPropertyValues("peer_spiffe_id");
  return values.empty() ? "local"
                        : std::string(values[0].data(), values[0].size());
}

grpc::Status ToGrpc(const absl::Status& status,
                    const std::string& policy_version) {
  return grpc::Status(
      static_cast<grpc::StatusCode>(status.code()),
      std::string(status.message()),
      FakeRpcStatus(status, policy_version).SerializeAsString());
}

}  // namespace

absl::Status FakeSignerService::Begin(FakeRpc rpc,
                                      const grpc::ServerContext& context) {
  record_.Add(rpc, CallerOf(context));
  return faults_.Begin(rpc).error;
}

template <typename Response>
grpc::Status FakeSignerService::Finish(absl::StatusOr<Response> answer,
                                       Response* response) {
  if (!answer.ok()) return ToGrpc(answer.status(), backend_.policy_version());
  *response = *std::move(answer);
  return grpc::Status::OK;
}

grpc::Status FakeSignerService::ListKeys(grpc::ServerContext* context,
                                         const v1::ListKeysRequest* request,
                                         v1::ListKeysResponse* response) {
  const absl::Status fault = Begin(FakeRpc::kListKeys, *context);
  if (!fault.ok()) return ToGrpc(fault, backend_.policy_version());
  return Finish(backend_.ListKeys(CallerOf(*context), *request), response);
}

grpc::Status FakeSignerService::GetKey(grpc::ServerContext* context,
                                       const v1::GetKeyRequest* request,
                                       v1::GetKeyResponse* response) {
  const absl::Status fault = Begin(FakeRpc::kGetKey, *context);
  if (!fault.ok()) return ToGrpc(fault, backend_.policy_version());
  return Finish(backend_.GetKey(CallerOf(*context), *request), response);
}

grpc::Status FakeSignerService::ChooseScheme(
    grpc::ServerContext* context, const v1::ChooseSchemeRequest* request,
    v1::ChooseSchemeResponse* response) {
  record_.AddChoice(*request);
  const absl::Status fault = Begin(FakeRpc::kChooseScheme, *context);
  if (!fault.ok()) return ToGrpc(fault, backend_.policy_version());
  return Finish(backend_.ChooseScheme(CallerOf(*context), *request), response);
}

grpc::Status FakeSignerService::Sign(grpc::ServerContext* context,
                                     const v1::SignRequest* request,
                                     v1::SignResponse* response) {
  return Finish(
      FakeSign(backend_, faults_, record_, CallerOf(*context), *request),
      response);
}

grpc::Status FakeSignerService::SignStream(
    grpc::ServerContext* context,
    grpc::ServerReaderWriter<v1::SignBatchResponse, v1::SignBatchRequest>*
        stream) {
  const absl::Status fault = Begin(FakeRpc::kSignStream, *context);
  if (!fault.ok()) return ToGrpc(fault, backend_.policy_version());
  const std::string caller = CallerOf(*context);
  FakeSignStream(
      *stream,
      [&](const v1::SignRequest& request) {
        return FakeSign(backend_, faults_, record_, caller, request);
      },
      [&] { return backend_.policy_version(); }, record_, faults_)
      .Run();
  return grpc::Status::OK;
}

}  // namespace keyhold
