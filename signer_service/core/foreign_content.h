// Bytes of other protocols that somebody may want a TLS key's signature over.
#ifndef KEYHOLD_SIGNER_SERVICE_CORE_FOREIGN_CONTENT_H_
#define KEYHOLD_SIGNER_SERVICE_CORE_FOREIGN_CONTENT_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "keyhold/signer/v1/sign.pb.h"

namespace keyhold {

struct ForeignContent {
  // "certificate request", "delegated credential" …
  std::string name;
  // What the other protocol signs with a key of this type.
  std::string bytes;
};

// For tests: none of it may ever be signed by a key that is only for TLS
// servers, through whatever call, in whatever form.
std::vector<ForeignContent> AllForeignContent();

// The requests by which a key's owner may try to have `content` signed with
// ecdsa_secp256r1_sha256: as message, digest, handshake, and in the fields of
// the structured forms. A hash that is the transcript's is not among them: what
// is signed then is another content.
std::vector<signer::v1::SignRequest> RequestsFor(const ForeignContent& content,
                                                 absl::string_view spki_sha256);

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_CORE_FOREIGN_CONTENT_H_
