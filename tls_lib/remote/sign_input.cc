#include "tls_lib/remote/sign_input.h"

#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "openssl/evp.h"
#include "tls_lib/base/openssl_error.h"
#include "tls_lib/core/signed_content.h"

namespace keyhold {
namespace {

namespace v1 = signer::v1;

absl::Status UnknownScheme(SignatureScheme scheme) {
  return absl::InvalidArgumentError(absl::StrCat(
      "no signature scheme that Keyhold makes: ", SchemeName(scheme)));
}

v1::Role WireRole(Role role) {
  return role == Role::kServer ? v1::ROLE_SERVER : v1::ROLE_CLIENT;
}

bool SetTls13(Role role, absl::string_view message, v1::SignRequest& request) {
  const std::optional<Tls13SignedContent> content =
      ParseTls13CertificateVerify(message);
  if (!content.has_value() || content->role != role) return false;
  v1::Tls13CertificateVerify& input =
      *request.mutable_tls13_certificate_verify();
  input.set_role(WireRole(role));
  input.set_transcript_hash(content->transcript_hash);
  return true;
}

bool SetTls12Server(absl::string_view message, v1::SignRequest& request) {
  const std::optional<Tls12ServerKeyExchangeContent> content =
      ParseTls12ServerKeyExchange(message);
  if (!content.has_value()) return false;
  v1::Tls12ServerKeyExchange& input =
      *request.mutable_tls12_server_key_exchange();
  input.set_client_random(content->client_random);
  input.set_server_random(content->server_random);
  input.set_curve(content->curve);
  input.set_public_point(content->public_point);
  return true;
}

bool SetTls12Client(absl::string_view message, v1::SignRequest& request) {
  if (!LooksLikeTls12CertificateVerify(message)) return false;
  request.mutable_tls12_certificate_verify()->set_handshake_messages(
      message.data(), message.size());
  return true;
}

bool SetStructured(const SigningContext& context, absl::string_view message,
                   v1::SignRequest& request) {
  if (context.version == TlsVersion::kTls13) {
    return SetTls13(context.role, message, request);
  }
  return context.role == Role::kServer ? SetTls12Server(message, request)
                                       : SetTls12Client(message, request);
}

struct HashFacts {
  v1::Hash wire;
  const EVP_MD* md;
};

std::optional<HashFacts> FactsOf(HashAlgorithm hash) {
  switch (hash) {
    case HashAlgorithm::kNone:
      return std::nullopt;
    case HashAlgorithm::kSha256:
      return HashFacts{v1::HASH_SHA256, EVP_sha256()};
    case HashAlgorithm::kSha384:
      return HashFacts{v1::HASH_SHA384, EVP_sha384()};
    case HashAlgorithm::kSha512:
      return HashFacts{v1::HASH_SHA512, EVP_sha512()};
  }
  return std::nullopt;
}

absl::Status SetDigest(const HashFacts& hash, absl::string_view message,
                       v1::SignRequest& request) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (EVP_Digest(message.data(), message.size(), digest, &size, hash.md,
                 nullptr) != 1) {
    return OpensslError(absl::StatusCode::kInternal, "cannot hash a message");
  }
  request.mutable_digest()->set_hash(hash.wire);
  request.mutable_digest()->set_value(digest, size);
  return absl::OkStatus();
}

}  // namespace

absl::Status SetSignInput(const SigningContext& context, SignatureScheme scheme,
                          absl::string_view message, v1::SignRequest& request) {
  if (SetStructured(context, message, request)) return absl::OkStatus();
  const SchemeInfo* info = FindScheme(scheme);
  if (info == nullptr) return UnknownScheme(scheme);
  const std::optional<HashFacts> hash = FactsOf(info->hash);
  if (hash.has_value()) return SetDigest(*hash, message, request);
  request.set_message(message.data(), message.size());
  return absl::OkStatus();
}

}  // namespace keyhold
