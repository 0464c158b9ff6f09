#include "tests/fakes/fake_input.h"

#include <utility>

#include "tests/fakes/fake_error.h"
#include "tests/fakes/fake_policy.h"
#include "tls_lib/core/signed_content.h"

namespace keyhold {
namespace {

namespace v1 = signer::v1;

constexpr size_t kMaxMessageBytes = 65536;

absl::StatusOr<FakeInput> Finish(v1::Usage usage,
                                 std::optional<TlsVersion> version,
                                 absl::StatusOr<std::string> bytes) {
  if (!bytes.ok()) return FakeInvalidRequest(bytes.status().message());
  return FakeInput{usage, version, *std::move(bytes), std::nullopt};
}

absl::StatusOr<FakeInput> ReadTls13(const v1::Tls13CertificateVerify& input) {
  if (input.role() != v1::ROLE_SERVER && input.role() != v1::ROLE_CLIENT) {
    return FakeInvalidRequest(
        "tls13_certificate_verify.role: expected server or client");
  }
  const Role role =
      input.role() == v1::ROLE_SERVER ? Role::kServer : Role::kClient;
  return Finish(
      FakeTlsUsage(role, TlsVersion::kTls13), TlsVersion::kTls13,
      AssembleTls13CertificateVerify({role, input.transcript_hash()}));
}

absl::StatusOr<FakeInput> ReadTls12Server(
    const v1::Tls12ServerKeyExchange& input) {
  if (input.curve() > 0xffff) {
    return FakeInvalidRequest(
        "tls12_server_key_exchange.curve: expected 23, 24, 25, 29 or 30");
  }
  return Finish(
      v1::USAGE_TLS12_SERVER, TlsVersion::kTls12,
      AssembleTls12ServerKeyExchange(
          {input.client_random(), input.server_random(),
           static_cast<uint16_t>(input.curve()), input.public_point()}));
}

absl::StatusOr<FakeInput> ReadTls12Client(
    const v1::Tls12CertificateVerify& input, const PublicKey& key) {
  const absl::Status status =
      CheckTls12CertificateVerify(input.handshake_messages(), key.spki());
  if (!status.ok()) return FakeInvalidRequest(status.message());
  return Finish(v1::USAGE_TLS12_CLIENT, TlsVersion::kTls12,
                input.handshake_messages());
}

absl::StatusOr<FakeInput> ReadDigest(const v1::Digest& input) {
  HashAlgorithm hash;
  switch (input.hash()) {
    case v1::HASH_SHA256:
      hash = HashAlgorithm::kSha256;
      break;
    case v1::HASH_SHA384:
      hash = HashAlgorithm::kSha384;
      break;
    case v1::HASH_SHA512:
      hash = HashAlgorithm::kSha512;
      break;
    default:
      return FakeInvalidRequest("digest.hash: expected one of Hash");
  }
  if (input.value().size() != DigestSize(hash)) {
    return FakeInvalidRequest("digest.value: its size is not the hash's");
  }
  return FakeInput{v1::USAGE_DIGEST, std::nullopt, input.value(), hash};
}

absl::StatusOr<FakeInput> ReadMessage(const std::string& message) {
  if (message.size() > kMaxMessageBytes) return FakeFrameTooLarge();
  return FakeInput{v1::USAGE_MESSAGE, std::nullopt, message, std::nullopt};
}

}  // namespace

absl::StatusOr<FakeInput> ReadFakeInput(const v1::SignRequest& request,
                                        const PublicKey& key) {
  switch (request.input_case()) {
    case v1::SignRequest::kTls13CertificateVerify:
      return ReadTls13(request.tls13_certificate_verify());
    case v1::SignRequest::kTls12ServerKeyExchange:
      return ReadTls12Server(request.tls12_server_key_exchange());
    case v1::SignRequest::kTls12CertificateVerify:
      return ReadTls12Client(request.tls12_certificate_verify(), key);
    case v1::SignRequest::kDigest:
      return ReadDigest(request.digest());
    case v1::SignRequest::kMessage:
      return ReadMessage(request.message());
    case v1::SignRequest::kCsr:
      return FakeInput{v1::USAGE_CSR, std::nullopt, "", std::nullopt};
    case v1::SignRequest::kSelfSignedCertificate:
      return FakeInput{v1::USAGE_SELF_SIGNED, std::nullopt, "", std::nullopt};
    case v1::SignRequest::INPUT_NOT_SET:
      return FakeInvalidRequest("input: is required");
    default:
      return FakeInputNotAccepted();
  }
}

}  // namespace keyhold
