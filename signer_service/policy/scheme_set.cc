#include "signer_service/policy/scheme_set.h"

#include "absl/strings/str_cat.h"

namespace keyhold {

SchemeSet SchemeSet::All() {
  SchemeSet all;
  for (const SchemeInfo& info : AllSchemes()) all.Insert(info.scheme);
  return all;
}

uint32_t SchemeSet::Bit(SignatureScheme scheme) {
  const SchemeInfo* info = FindScheme(scheme);
  return info == nullptr ? 0 : uint32_t{1} << (info - AllSchemes().data());
}

std::string SchemeSet::ToString() const {
  std::string names;
  for (const SchemeInfo& info : AllSchemes()) {
    if (!Contains(info.scheme)) continue;
    absl::StrAppend(&names, names.empty() ? "" : ", ", info.name);
  }
  return names;
}

}  // namespace keyhold
