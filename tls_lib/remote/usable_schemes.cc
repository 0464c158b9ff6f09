#include "tls_lib/remote/usable_schemes.h"

namespace keyhold {
namespace {

// Zero for a scheme that Keyhold does not make.
SchemeBits BitOf(SignatureScheme scheme) {
  const SchemeInfo* info = FindScheme(scheme);
  return info == nullptr ? 0 : SchemeBits{1} << (info - AllSchemes().data());
}

}  // namespace

SchemeBits UsableSchemes(const PublicKey& key, TlsVersion version,
                         absl::Span<const SignatureScheme> offered) {
  SchemeBits set = 0;
  for (SignatureScheme scheme : offered) {
    const SchemeBits bit = BitOf(scheme);
    if ((set & bit) == 0 && bit != 0 && key.CanMake(scheme, version)) {
      set |= bit;
    }
  }
  return set;
}

std::vector<SignatureScheme> SchemesIn(SchemeBits set) {
  std::vector<SignatureScheme> schemes;
  for (const SchemeInfo& info : AllSchemes()) {
    if (Contains(set, info.scheme)) schemes.push_back(info.scheme);
  }
  return schemes;
}

bool Contains(SchemeBits set, SignatureScheme scheme) {
  return (set & BitOf(scheme)) != 0;
}

}  // namespace keyhold
