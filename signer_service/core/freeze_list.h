// The keys and identities that are switched off.
#ifndef KEYHOLD_SIGNER_SERVICE_CORE_FREEZE_LIST_H_
#define KEYHOLD_SIGNER_SERVICE_CORE_FREEZE_LIST_H_

#include <set>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace keyhold {

// A file of lines "key ID" and "identity NAME"; lines that are empty or begin
// with "#" say nothing. An identity is one caller's name, as the log has it
// ("spiffe://example.org/web", "dns:web", "cn:web", "uid:33"); there are no
// patterns. A value; not thread-safe.
//
// Needs neither OpenSSL nor gRPC, so that any process may read it.
class FreezeList {
 public:
  // InvalidArgument names the line.
  static absl::StatusOr<FreezeList> Parse(absl::string_view text);
  // Nothing is frozen if there is no file at `path`. InvalidArgument names file
  // and line; else the reason why it cannot be read.
  static absl::StatusOr<FreezeList> Load(const std::string& path);

  // Loads the list, has `change` change it, and saves it, one caller at a time
  // on this host (by a lock on a file beside it). Errors: Load's, `change`'s,
  // Save's.
  static absl::Status Update(
      const std::string& path,
      absl::FunctionRef<absl::Status(FreezeList& list)> change);

  // In one step, on disk when it returns: whoever reads sees the old list or
  // the new one. FailedPrecondition if it cannot be written.
  absl::Status Save(const std::string& path) const;
  std::string ToText() const;

  // InvalidArgument for what can be no key id, and no identity's name.
  absl::Status FreezeKey(absl::string_view id);
  absl::Status FreezeIdentity(absl::string_view name);
  // Whether it was frozen.
  bool ReleaseKey(absl::string_view id) {
    return keys_.erase(std::string(id)) > 0;
  }
  bool ReleaseIdentity(absl::string_view name) {
    return identities_.erase(std::string(name)) > 0;
  }

  bool empty() const { return keys_.empty() && identities_.empty(); }
  bool HasKey(const std::string& id) const { return keys_.count(id) > 0; }
  bool HasIdentity(const std::string& name) const {
    return identities_.count(name) > 0;
  }
  const std::set<std::string>& keys() const { return keys_; }
  const std::set<std::string>& identities() const { return identities_; }

  friend bool operator==(const FreezeList& a, const FreezeList& b) {
    return a.keys_ == b.keys_ && a.identities_ == b.identities_;
  }

 private:
  std::set<std::string> keys_;
  std::set<std::string> identities_;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_CORE_FREEZE_LIST_H_
