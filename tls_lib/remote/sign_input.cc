#include "tls_lib/remote/sign_input.h"

#include <string>
#include <variant>

#include "tls_lib/base/status_macros.h"
#include "tls_lib/core/content_to_sign.h"

namespace keyhold {
namespace {

namespace v1 = signer::v1;

v1::Role WireRole(Role role) {
  return role == Role::kServer ? v1::ROLE_SERVER : v1::ROLE_CLIENT;
}

v1::Hash WireHash(HashAlgorithm hash) {
  switch (hash) {
    case HashAlgorithm::kNone:
      return v1::HASH_UNSPECIFIED;
    case HashAlgorithm::kSha256:
      return v1::HASH_SHA256;
    case HashAlgorithm::kSha384:
      return v1::HASH_SHA384;
    case HashAlgorithm::kSha512:
      return v1::HASH_SHA512;
  }
  return v1::HASH_UNSPECIFIED;
}

// Whether this form of input belongs to the handshake at hand. What does not
// is no handshake's content, however much it looks like another's.
struct BelongsTo {
  const SigningContext& context;

  bool operator()(const Tls13SignedContent& content) const {
    return context.version == TlsVersion::kTls13 &&
           context.role == content.role;
  }
  bool operator()(const Tls12ServerKeyExchangeContent&) const {
    return context.version == TlsVersion::kTls12 &&
           context.role == Role::kServer;
  }
  bool operator()(const Tls12ClientTranscript&) const {
    return context.version == TlsVersion::kTls12 &&
           context.role == Role::kClient;
  }
  bool operator()(const DigestToSign&) const { return true; }
  bool operator()(const MessageToSign&) const { return true; }
};

struct Write {
  v1::SignRequest& request;

  void operator()(const Tls13SignedContent& content) const {
    v1::Tls13CertificateVerify& input =
        *request.mutable_tls13_certificate_verify();
    input.set_role(WireRole(content.role));
    input.set_transcript_hash(content.transcript_hash);
  }
  void operator()(const Tls12ServerKeyExchangeContent& content) const {
    v1::Tls12ServerKeyExchange& input =
        *request.mutable_tls12_server_key_exchange();
    input.set_client_random(content.client_random);
    input.set_server_random(content.server_random);
    input.set_curve(content.curve);
    input.set_public_point(content.public_point);
  }
  void operator()(const Tls12ClientTranscript& transcript) const {
    request.mutable_tls12_certificate_verify()->set_handshake_messages(
        transcript.handshake_messages.data(),
        transcript.handshake_messages.size());
  }
  void operator()(const DigestToSign& digest) const {
    request.mutable_digest()->set_hash(WireHash(digest.hash));
    request.mutable_digest()->set_value(digest.value);
  }
  void operator()(const MessageToSign& content) const {
    request.set_message(content.message.data(), content.message.size());
  }
};

}  // namespace

absl::Status SetSignInput(const SigningContext& context, SignatureScheme scheme,
                          absl::string_view message, v1::SignRequest& request) {
  ASSIGN_OR_RETURN(ContentToSign input, FormOf(scheme, message));
  if (!std::visit(BelongsTo{context}, input)) {
    ASSIGN_OR_RETURN(input, PlainFormOf(scheme, message));
  }
  std::visit(Write{request}, input);
  return absl::OkStatus();
}

}  // namespace keyhold
