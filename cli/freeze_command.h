// `keyhold freeze`, `keyhold unfreeze`, `keyhold frozen`: switches keys and
// identities of a signer off and on, on the signer's own host.
#ifndef KEYHOLD_CLI_FREEZE_COMMAND_H_
#define KEYHOLD_CLI_FREEZE_COMMAND_H_

#include <string>

#include "cli/command.h"
#include "signer_service/core/freeze_list.h"

namespace keyhold {

// Writes the signer's freeze_file, which takes effect within a second. Asks no
// signer: it works while the signer is down, and holds when it starts.
//
// Errors: a usage error for what is no key's or identity's name;
// FailedPrecondition if the configuration or the list is at fault, or cannot be
// written, and for the release of what is not frozen.
class FreezeCommand final : public Command {
 public:
  enum class Action { kFreeze, kUnfreeze, kList };

  explicit FreezeCommand(Action action) : action_(action) {}
  absl::string_view name() const override;
  absl::string_view summary() const override;
  absl::string_view examples() const override;
  void AddOptions(CLI::App& app) override;
  absl::Status Run(const Console& console) override;

 private:
  absl::Status Change(FreezeList& list) const;

  const Action action_;
  std::string config_;
  std::string kind_;
  std::string name_;
};

}  // namespace keyhold

#endif  // KEYHOLD_CLI_FREEZE_COMMAND_H_
