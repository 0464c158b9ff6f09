// Whether the provider's module can be loaded.
#ifndef KEYHOLD_CLI_DOCTOR_MODULE_CHECK_H_
#define KEYHOLD_CLI_DOCTOR_MODULE_CHECK_H_

#include <string>
#include <vector>

#include "cli/doctor/finding.h"

namespace keyhold {

// Looks at the file `module` (empty: it is not known), and has the program
// `openssl`, as a process of its own, load the providers of the configuration
// at `conf`: what crashes or hangs there does so there.
std::vector<Finding> CheckModule(const std::string& module,
                                 const std::string& conf);

}  // namespace keyhold

#endif  // KEYHOLD_CLI_DOCTOR_MODULE_CHECK_H_
