#include "cli/sign_command.h"

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <memory>
#include <utility>

#include "CLI/CLI.hpp"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "cli/exit_code.h"
#include "cli/json_object.h"
#include "cli/key_argument.h"
#include "cli/tls_arguments.h"
#include "tls_lib/base/status_macros.h"

namespace keyhold {
namespace {

absl::Status WriteRaw(const std::string& path, absl::string_view bytes) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  file.close();
  if (file) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("cannot write ", path, ": ", std::strerror(errno)));
}

absl::Status Verify(const SignInput& input, const signer::v1::Key& key,
                    signer::v1::Role role,
                    const signer::v1::SignResponse& response) {
  ASSIGN_OR_RETURN(const PublicKey public_key, PublicKey::FromSpki(key.spki()));
  absl::Status status =
      input.Verify(public_key, static_cast<SignatureScheme>(response.scheme()),
                   role, response.signature());
  if (status.ok()) return status;
  return absl::InternalError(
      absl::StrCat("the signer's signature is not this key's over this input: ",
                   status.message()));
}

}  // namespace

absl::string_view SignCommand::summary() const {
  return "Have the signer sign once, and verify the signature";
}

absl::string_view SignCommand::examples() const {
  return R"(Prints the signature and nothing else, once it has been verified. By default
policy allows TLS handshakes only, so a transcript hash is what can be signed;
--digest-of and --message need a rule that names the usages digest and message.

Examples:
  keyhold sign ecdsa.example.test --config dev/app/keyhold.yaml \
      --transcript-hash $(sha256sum < /etc/hostname | cut -c1-64)
  keyhold sign code-key --digest-of release.tar --scheme rsa_pkcs1_sha256 \
      --out release.tar.sig
  echo hello | keyhold sign code-key --message - --encoding hex)";
}

void SignCommand::AddOptions(CLI::App& app) {
  app.add_option("KEY", key_, kKeyArgumentHelp)->required();
  app.add_option("--transcript-hash", input_.transcript_hash,
                 "Sign a TLS 1.3 CertificateVerify over this hash (hex)");
  app.add_option("--digest-of", input_.digest_of,
                 "Sign the digest of FILE, which is hashed here; - is stdin");
  app.add_option("--message", input_.message,
                 "Sign the bytes of FILE, at most 128 KiB; - is stdin");
  app.add_option("--hash", input_.hash,
                 "For --digest-of: sha256, sha384 or sha512. Default: the "
                 "scheme's, else sha256");
  app.add_option("--scheme", input_.scheme,
                 "IANA name or code point. Default: the signer chooses");
  app.add_option("--role", role_,
                 "server or client, for --transcript-hash. Default: what the "
                 "key is for");
  app.add_option("--server-name", server_name_,
                 "Name that the handshake is for, where policy asks for one");
  app.add_option("--encoding", encoding_, "base64 or hex")
      ->check(CLI::IsMember({"base64", "hex"}))
      ->capture_default_str();
  app.add_option("--out", out_, "Write the raw signature to this file instead");
  app.add_flag("--json", json_,
               "Print key, scheme, signature (base64) and policy version");
  connection_.AddTo(app);
}

absl::Status SignCommand::Run(const Console& console) {
  ASSIGN_OR_RETURN(const SignInput input, SignInput::Create(input_, console));
  uint32_t scheme = 0;
  if (!input_.scheme.empty()) {
    ASSIGN_OR_RETURN(scheme, ParseSchemeArgument(input_.scheme));
  }
  ASSIGN_OR_RETURN(const std::shared_ptr<SignerClient> client,
                   connection_.Connect());
  ASSIGN_OR_RETURN(const signer::v1::Key key,
                   FindOneKey(*client, key_, console));
  ASSIGN_OR_RETURN(const signer::v1::Role role, ParseRole(role_, key));

  signer::v1::SignRequest request;
  request.set_spki_sha256(key.spki_sha256());
  request.set_server_name(server_name_);
  if (scheme != 0) {
    request.set_scheme(scheme);
  } else {
    *request.mutable_offered_schemes() = key.schemes();
  }
  input.FillIn(request, role);
  ASSIGN_OR_RETURN(const signer::v1::SignResponse response,
                   client->Sign(std::move(request)));
  RETURN_IF_ERROR(Verify(input, key, role, response));
  return Print(key, response, console);
}

absl::Status SignCommand::Print(const signer::v1::Key& key,
                                const signer::v1::SignResponse& response,
                                const Console& console) const {
  if (!out_.empty()) RETURN_IF_ERROR(WriteRaw(out_, response.signature()));
  const std::string base64 = absl::Base64Escape(response.signature());
  if (json_) {
    console.out << JsonObject()
                       .Add("key", key.id())
                       .Add("spki_sha256",
                            absl::BytesToHexString(key.spki_sha256()))
                       .Add("scheme", SchemeName(static_cast<SignatureScheme>(
                                          response.scheme())))
                       .Add("code_point", CodePointText(response.scheme()))
                       .Add("signature", base64)
                       .Add("policy_version",
                            absl::BytesToHexString(response.policy_version()))
                       .ToText()
                << "\n";
  } else if (out_.empty()) {
    console.out << (encoding_ == "hex"
                        ? absl::BytesToHexString(response.signature())
                        : base64)
                << "\n";
  }
  return absl::OkStatus();
}

}  // namespace keyhold
