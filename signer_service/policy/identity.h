// Who calls, as the transport authenticated it: a client certificate's names,
// or the uid at the other end of a UNIX socket.
#ifndef KEYHOLD_SIGNER_SERVICE_POLICY_IDENTITY_H_
#define KEYHOLD_SIGNER_SERVICE_POLICY_IDENTITY_H_

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace keyhold {

// The kernel's stand-in for a uid that has no number in this user namespace
// (/proc/sys/kernel/overflowuid). It says nothing about who calls.
constexpr uid_t kOverflowUid = 65534;

// What a client certificate states of its holder.
struct CertificateNames {
  // The certificate's only URI name, if it is a SPIFFE ID (SPIFFE X509-SVID
  // §2: a certificate with several has none). Empty if there is none.
  std::string spiffe_id;
  // dNSName entries of subjectAltName.
  std::vector<std::string> dns_names;
  // The subject's common name. Empty if there is none.
  std::string common_name;
  // Whether it has URI names at all, SPIFFE ID or not.
  bool has_uri_names = false;
};

// An immutable set of names, any of which a rule may match. Thread-safe.
class Identity {
 public:
  // Nobody: matches no rule, not even "*".
  Identity() = default;
  // DNS names become lower case; those with a "*" are no names of one caller
  // and are left out, and so are names with control characters.
  //
  // The common name is often the requester's to choose, and an issuer that
  // checks subjectAltName may sign any. So it counts only in a certificate
  // that has no URI and no DNS name, usable or not (RFC 6125 §6.4.4).
  static Identity FromCertificate(CertificateNames names);
  // kOverflowUid is nobody.
  static Identity FromUid(uid_t uid);
  // From what name() gives: a caller of whom nothing else is known.
  // InvalidArgument for what is no caller's name, patterns among it.
  static absl::StatusOr<Identity> FromName(absl::string_view name);

  // Whether this is nobody: requests fail with UNAUTHENTICATED.
  bool empty() const { return name_.empty(); }
  // The caller in logs and audit records: the SPIFFE ID, else "dns:NAME",
  // else "cn:NAME"; "uid:NUMBER" for a local caller; "" for nobody.
  const std::string& name() const { return name_; }
  // What else a rule may match, as patterns write it: DNS names other than
  // name(). Logs have them beside it.
  std::vector<std::string> OtherNames() const;

  absl::string_view spiffe_id() const { return names_.spiffe_id; }
  absl::Span<const std::string> dns_names() const { return names_.dns_names; }
  absl::string_view common_name() const { return names_.common_name; }
  std::optional<uid_t> uid() const { return uid_; }

 private:
  CertificateNames names_;
  std::optional<uid_t> uid_;
  std::string name_;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_POLICY_IDENTITY_H_
