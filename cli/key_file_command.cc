#include "cli/key_file_command.h"

#include <pwd.h>

#include <fstream>
#include <memory>
#include <sstream>
#include <utility>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "cli/exit_code.h"
#include "cli/input_file.h"
#include "cli/json_object.h"
#include "cli/key_argument.h"
#include "cli/servers/replace_file.h"
#include "tls_lib/base/status_macros.h"
#include "tls_lib/core/certificate_fields.h"
#include "tls_lib/core/certified_key.h"

namespace keyhold {
namespace {

constexpr size_t kMaxCertificateBytes = 1 << 20;

absl::Status UidError(absl::string_view text) {
  return UsageError(absl::StrCat("--agent-uid ", text,
                                 ": neither a number nor a user of this host"));
}

absl::Status HoldsAKeyError(const std::string& path) {
  return absl::FailedPreconditionError(absl::StrCat(
      path,
      " holds a private key and is left as it is: move it to the signer "
      "first, then delete it here"));
}

absl::StatusOr<uid_t> ParseUser(const std::string& text) {
  uint32_t uid = 0;
  if (absl::SimpleAtoi(text, &uid)) return uid;
  const passwd* user = getpwnam(text.c_str());
  if (user == nullptr) return UidError(text);
  return user->pw_uid;
}

absl::StatusOr<PublicKey> KeyOfCertificate(absl::string_view pem) {
  ASSIGN_OR_RETURN(const std::vector<std::string> chain,
                   ParsePemCertificates(pem));
  ASSIGN_OR_RETURN(const CertificateFields leaf,
                   ReadCertificateFields(chain[0]));
  return PublicKey::FromSpki(leaf.spki);
}

// The only copy of a key must not be lost by a slip of the hand.
absl::Status CheckHoldsNoKey(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str().find("PRIVATE KEY-----") == std::string::npos
             ? absl::OkStatus()
             : HoldsAKeyError(path);
}

}  // namespace

absl::string_view KeyFileCommand::summary() const {
  return "Write the file that a server loads instead of a private key";
}

absl::string_view KeyFileCommand::examples() const {
  return R"(The file names the key, its public half and the agent. It holds no secret and
may be readable by all, but only root should be able to write it. A server that
loads the OpenSSL provider keyhold.so takes it for a private key.

Without --for-certificate the signer is asked for the public half. With it
nobody is asked, and KEY is just what logs will call the key.

Examples:
  keyhold key-file www -o /etc/nginx/www.key.pem --agent-uid keyhold
  keyhold key-file www --for-certificate /etc/nginx/www.crt -o www.key.pem
  keyhold key-file www --agent @keyhold --agent-uid 998    for a chroot)";
}

void KeyFileCommand::AddOptions(CLI::App& app) {
  app.add_option("KEY", key_, kKeyArgumentHelp)->required();
  app.add_option("--for-certificate", of_certificate_,
                 "PEM file: the key is its leaf's, and no signer is asked");
  app.add_option("--agent", agent_, "Where the agent listens: a path, or @NAME")
      ->capture_default_str();
  app.add_option("--agent-uid", agent_uid_,
                 "User that the agent runs as, name or number, if not root "
                 "(nor a socket of the service manager's)");
  app.add_option("-o,--out", out_,
                 "Write to this file, in one step. Default: standard output");
  app.add_flag("--json", json_,
               "Print what was written: key, spki_sha256, agent, agent_uid, "
               "and the file or its text");
  connection_.AddTo(app);
}

absl::StatusOr<KeyFileCommand::NamedKey> KeyFileCommand::FindKey(
    const Console& console) const {
  if (!of_certificate_.empty()) {
    ASSIGN_OR_RETURN(const std::string pem,
                     ReadInput(of_certificate_, kMaxCertificateBytes, console));
    absl::StatusOr<PublicKey> key = KeyOfCertificate(pem);
    if (!key.ok()) {
      return absl::FailedPreconditionError(
          absl::StrCat(of_certificate_, ": ", key.status().message()));
    }
    return NamedKey{std::string(absl::StripPrefix(key_, "id:")),
                    *std::move(key)};
  }
  ASSIGN_OR_RETURN(const std::shared_ptr<SignerClient> client,
                   connection_.Connect());
  ASSIGN_OR_RETURN(const signer::v1::Key key,
                   FindOneKey(*client, key_, console));
  ASSIGN_OR_RETURN(PublicKey public_key, PublicKey::FromSpki(key.spki()));
  return NamedKey{
      absl::StrCat(key.id(), key.label().empty() ? "" : "@", key.label()),
      std::move(public_key)};
}

absl::StatusOr<agent::TrustedAgent> KeyFileCommand::Agent() const {
  absl::StatusOr<agent::AgentAddress> address =
      agent::AgentAddress::Parse(agent_);
  if (!address.ok()) {
    return UsageError(absl::StrCat("--agent: ", address.status().message()));
  }
  agent::TrustedAgent agent = {*std::move(address), std::nullopt};
  if (!agent_uid_.empty()) {
    ASSIGN_OR_RETURN(agent.uid, ParseUser(agent_uid_));
    if (*agent.uid == agent::kOverflowUid) {
      return UsageError(absl::StrCat(
          "--agent-uid ", agent_uid_, ": ", agent::kOverflowUid,
          " stands for every user without a number and names nobody; give "
          "the agent a user of its own"));
    }
  }
  return agent;
}

absl::Status KeyFileCommand::Run(const Console& console) {
  ASSIGN_OR_RETURN(agent::TrustedAgent agent, Agent());
  ASSIGN_OR_RETURN(NamedKey named, FindKey(console));
  const agent::KeyFile file = {std::move(named.id), std::move(named.key),
                               std::move(agent)};
  absl::StatusOr<std::string> pem = agent::EncodeKeyFilePem(file);
  if (!pem.ok()) {
    return UsageError(absl::StrCat(
        "KEY cannot be written into a key file: its id needs 1 to 255 "
        "printable ASCII characters without spaces"));
  }
  if (!out_.empty()) {
    RETURN_IF_ERROR(CheckHoldsNoKey(out_));
    RETURN_IF_ERROR(ReplaceFile(out_, *pem));
  }
  return Print(file, *pem, console);
}

absl::Status KeyFileCommand::Print(const agent::KeyFile& file,
                                   const std::string& pem,
                                   const Console& console) const {
  if (!json_) {
    if (out_.empty()) console.out << pem;
    return absl::OkStatus();
  }
  JsonObject object;
  object.Add("key", file.key_id)
      .Add("spki_sha256", absl::BytesToHexString(file.key.spki_sha256()))
      .Add("agent", file.agent.address.text());
  if (file.agent.uid.has_value()) {
    object.Add("agent_uid", absl::StrCat(*file.agent.uid));
  }
  object.Add(out_.empty() ? "text" : "file", out_.empty() ? pem : out_);
  console.out << object.ToText() << "\n";
  return absl::OkStatus();
}

}  // namespace keyhold
