// The file that stands where a server expects its private key: it names a key
// on a signer, and holds none. docs/decisions/key-file-format.md says why it
// looks as it does.
//
//   -----BEGIN KEYHOLD KEY-----
//   base64 of:
//   KeyholdKey ::= SEQUENCE {
//     version   INTEGER (1),
//     keyId     UTF8String,            -- for people: logs and errors
//     publicKey SubjectPublicKeyInfo,  -- RFC 5280; names the key to the signer
//     agent     UTF8String,            -- AgentAddress
//     agentUid  [0] IMPLICIT INTEGER OPTIONAL }
//   -----END KEYHOLD KEY-----
//
// There is nothing secret in it. But who can change it can have this server
// ask another agent, so it is to be written by root only.
#ifndef KEYHOLD_TLS_LIB_AGENT_CLIENT_KEY_FILE_H_
#define KEYHOLD_TLS_LIB_AGENT_CLIENT_KEY_FILE_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "tls_lib/agent/client/trusted_agent.h"
#include "tls_lib/core/public_key.h"

namespace keyhold::agent {

constexpr char kKeyFileLabel[] = "KEYHOLD KEY";
// Of the DER; an RSA key of 8,192 bits takes 1.1 KB.
constexpr size_t kMostKeyFileBytes = 4096;

struct KeyFile {
  // 1 to 255 printable ASCII characters, no space.
  std::string key_id;
  PublicKey key;
  TrustedAgent agent;
};

// InvalidArgument: a field that is not as the format has it.
absl::StatusOr<std::string> EncodeKeyFileDer(const KeyFile& file);
// As PEM, behind a line for whoever opens the file. Errors likewise.
absl::StatusOr<std::string> EncodeKeyFilePem(const KeyFile& file);

// Strict: all fields in this order, nothing behind them. InvalidArgument says
// what is wrong and how to get a good file.
absl::StatusOr<KeyFile> DecodeKeyFileDer(absl::string_view der);
// The first KEYHOLD KEY block of `pem`; blocks with other labels, a
// certificate say, may stand before it. Errors likewise; also if there is none.
absl::StatusOr<KeyFile> DecodeKeyFilePem(absl::string_view pem);
// The DER in such a block's body.
absl::StatusOr<std::string> DecodeKeyFileBody(absl::string_view base64);

}  // namespace keyhold::agent

#endif  // KEYHOLD_TLS_LIB_AGENT_CLIENT_KEY_FILE_H_
