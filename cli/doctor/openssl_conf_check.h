// Whether an openssl.cnf loads the provider as it should.
#ifndef KEYHOLD_CLI_DOCTOR_OPENSSL_CONF_CHECK_H_
#define KEYHOLD_CLI_DOCTOR_OPENSSL_CONF_CHECK_H_

#include <string>
#include <vector>

#include "cli/doctor/finding.h"

namespace keyhold {

struct OpensslConfFindings {
  std::vector<Finding> findings;
  // The module's file as the configuration names it, in full; empty if it
  // names none.
  std::string module;
};

// Reads the file at `path` as libcrypto does, includes and all: is it there
// and well-formed, does it have the lines that make libcrypto look at its
// providers, is ours among them, and the default one before it? Each of the
// mistakes that are easily made has its own finding.
OpensslConfFindings CheckOpensslConf(const std::string& path);

}  // namespace keyhold

#endif  // KEYHOLD_CLI_DOCTOR_OPENSSL_CONF_CHECK_H_
