#include "tests/contract/contract_test.h"

#include <utility>

#include "grpcpp/client_context.h"
#include "keyhold/signer/v1/service.grpc.pb.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/core/signed_content.h"
#include "tls_lib/remote/endpoint.h"
#include "tls_lib/remote/signer_channel.h"
#include "tls_lib/remote/status_from_grpc.h"

namespace keyhold {

FakeKey ContractKey(std::string id, TestKeyKind kind, int index,
                    std::vector<std::string> dns_names, std::string label) {
  FakeKey key;
  key.id = std::move(id);
  key.label = std::move(label);
  key.pem = TestKeyPem(kind, index);
  if (!dns_names.empty()) {
    TestCertOptions options;
    options.dns_names = std::move(dns_names);
    key.chain_pem = SelfSignedTestCert(key.pem, options);
  }
  return key;
}

PublicKey PublicKeyOf(TestKeyKind kind, int index) {
  return *PublicKey::FromSpki(TestKeySpki(kind, index));
}

signer::v1::SignRequest RequestFor(const PublicKey& key,
                                   SignatureScheme scheme) {
  signer::v1::SignRequest request;
  request.set_id(7);
  request.set_spki_sha256(std::string(key.spki_sha256()));
  request.set_scheme(static_cast<uint32_t>(scheme));
  return request;
}

signer::v1::SignRequest Tls13RequestFor(const PublicKey& key,
                                        SignatureScheme scheme) {
  signer::v1::SignRequest request = RequestFor(key, scheme);
  auto& input = *request.mutable_tls13_certificate_verify();
  input.set_role(signer::v1::ROLE_SERVER);
  input.set_transcript_hash(std::string(32, 'h'));
  return request;
}

std::string Tls13Content() {
  return *AssembleTls13CertificateVerify({Role::kServer, std::string(32, 'h')});
}

void ContractTest::Serve(std::vector<FakeKey> keys,
                         std::vector<FakeRule> rules) {
  signer_ = MakeTestSigner(std::move(keys), std::move(rules));
  client_ = ClientAs(kWebIdentity);
}

std::shared_ptr<SignerClient> ContractTest::ClientAs(
    absl::string_view spiffe_id) {
  auto client = SignerClient::Create(signer_->ClientOptions(spiffe_id));
  EXPECT_THAT(client, IsOk());
  return *std::move(client);
}

absl::StatusOr<signer::v1::SignResponse> ContractTest::SignOnce(
    const signer::v1::SignRequest& request) {
  const SignerClientOptions options = signer_->ClientOptions();
  const auto stub = signer::v1::Signer::NewStub(MakeSignerChannel(
      *ParseEndpoint(options.endpoints[0]),
      MakeSignerCredentials(options.tls, options.tls_refresh_interval),
      options.tls->server_name));
  grpc::ClientContext context;
  signer::v1::SignResponse response;
  const grpc::Status status = stub->Sign(&context, request, &response);
  if (!status.ok()) return StatusFromGrpc(status, "Sign");
  return response;
}

}  // namespace keyhold
