#include "signer_service/supervisor/protection_report.h"

#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/types/span.h"
#include "signer_service/process/protection_names.h"

namespace keyhold {
namespace {

using processes::v1::Protection;
using processes::v1::Protections;

constexpr absl::string_view kNeededByVault[] = {
    kSeccomp, kNoNewPrivileges, kNotDumpable, kSecureHeapLocked};
constexpr absl::string_view kNeededByFront[] = {
    kSeccomp, kNoNewPrivileges, kNotDumpable, kCannotOpenKeyFiles};

absl::Span<const absl::string_view> NeededBy(ProtectedProcess process) {
  if (process == ProtectedProcess::kVault) return kNeededByVault;
  return kNeededByFront;
}

absl::string_view NameOf(ProtectedProcess process) {
  return process == ProtectedProcess::kVault ? "vault" : "front";
}

const Protection* Find(const Protections& protections, absl::string_view name) {
  const auto& all = protections.protections();
  const auto found = absl::c_find_if(
      all, [name](const Protection& one) { return one.name() == name; });
  return found == all.end() ? nullptr : &*found;
}

absl::Status ProtectionsMissing(ProtectedProcess process,
                                const std::vector<std::string>& missing) {
  return absl::FailedPreconditionError(absl::StrCat(
      "the ", NameOf(process), " lacks ", absl::StrJoin(missing, "; "),
      "; with hardening: required the signer does not start so"));
}

}  // namespace

absl::Status CheckProtections(ProtectedProcess process,
                              const Protections& protections) {
  std::vector<std::string> missing;
  for (const absl::string_view name : NeededBy(process)) {
    const Protection* found = Find(protections, name);
    if (found == nullptr) {
      missing.push_back(absl::StrCat(name, " (not tried)"));
    } else if (!found->holds()) {
      missing.push_back(absl::StrCat(name, " (", found->evidence(), ")"));
    }
  }
  if (missing.empty()) return absl::OkStatus();
  return ProtectionsMissing(process, missing);
}

JsonLine ProtectionsLine(ProtectedProcess process,
                         const Protections& protections) {
  std::vector<std::string> hold;
  std::vector<std::string> missing;
  for (const Protection& one : protections.protections()) {
    if (one.holds()) {
      hold.push_back(one.name());
    } else {
      missing.push_back(absl::StrCat(one.name(), ": ", one.evidence()));
    }
  }
  JsonLine line("protections", CheckProtections(process, protections).ok()
                                   ? LogLevel::kInfo
                                   : LogLevel::kWarning);
  line.Add("process", NameOf(process)).AddList("hold", hold);
  if (!missing.empty()) line.AddList("missing", missing);
  return line;
}

std::string ProtectionsText(ProtectedProcess process,
                            const Protections& protections) {
  const absl::Span<const absl::string_view> needed = NeededBy(process);
  std::string text;
  for (const Protection& one : protections.protections()) {
    absl::StrAppendFormat(
        &text, "%-6s %-22s %-8s %s%s\n", std::string(NameOf(process)),
        one.name(), one.holds() ? "holds" : "MISSING", one.evidence(),
        absl::c_linear_search(needed, absl::string_view(one.name()))
            ? ""
            : " (not required)");
  }
  return text;
}

}  // namespace keyhold
