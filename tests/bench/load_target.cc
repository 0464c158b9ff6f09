#include "tests/bench/load_target.h"

#include <fstream>
#include <sstream>

#include "CLI/Config.hpp"
#include "CLI/Formatter.hpp"
#include "grpcpp/grpcpp.h"
#include "tls_lib/base/status_macros.h"

namespace keyhold::bench {
namespace {

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace

void LoadTarget::AddTo(CLI::App& app) {
  app.add_option("--target", address, "HOST:PORT")->required();
  app.add_option("--ca", ca_file)->required();
  app.add_option("--certificate", certificate_file)->required();
  app.add_option("--private-key", private_key_file)->required();
  app.add_option("--key", key_id, "key id");
  app.add_option("--scheme", scheme, "IANA name");
  app.add_option("--in-flight", in_flight);
  app.add_option("--connections", connections);
  app.add_option("--warmup-seconds", warmup_seconds);
  app.add_option("--seconds", seconds);
  app.add_option("--verify-every", verify_every);
  app.add_option("--service-pid", service_pids, "may be repeated");
}

std::vector<std::unique_ptr<Stub>> LoadTarget::Connect() const {
  grpc::SslCredentialsOptions tls;
  tls.pem_root_certs = ReadFile(ca_file);
  tls.pem_cert_chain = ReadFile(certificate_file);
  tls.pem_private_key = ReadFile(private_key_file);
  std::vector<std::unique_ptr<Stub>> stubs;
  for (int i = 0; i < connections; ++i) {
    grpc::ChannelArguments arguments;
    // Without an own pool, channels of equal arguments share a connection.
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    stubs.push_back(signer::v1::Signer::NewStub(grpc::CreateCustomChannel(
        address, grpc::SslCredentials(tls), arguments)));
  }
  return stubs;
}

absl::StatusOr<PublicKey> FetchKey(Stub& stub, const std::string& id) {
  grpc::ClientContext context;
  signer::v1::GetKeyRequest request;
  request.mutable_selector()->set_id(id);
  signer::v1::GetKeyResponse response;
  RETURN_IF_ERROR(FromGrpc(stub.GetKey(&context, request, &response)));
  return PublicKey::FromSpki(response.keys(0).spki());
}

absl::Status FromGrpc(const grpc::Status& status) {
  return absl::Status(static_cast<absl::StatusCode>(status.error_code()),
                      status.error_message());
}

}  // namespace keyhold::bench
