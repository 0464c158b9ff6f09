// Lets tests that run as root meet the errors of those who do not.
#ifndef KEYHOLD_SIGNER_SERVICE_KEYS_WITHOUT_CAPABILITIES_H_
#define KEYHOLD_SIGNER_SERVICE_KEYS_WITHOUT_CAPABILITIES_H_

#include <linux/capability.h>

namespace keyhold {

// While it lives the calling thread has no capabilities in effect: a file of
// mode 0000 is unreadable for root too. Ends the process with a message if
// the kernel refuses. Destroy it on the thread that made it.
class WithoutCapabilities {
 public:
  WithoutCapabilities();
  WithoutCapabilities(const WithoutCapabilities&) = delete;
  WithoutCapabilities& operator=(const WithoutCapabilities&) = delete;
  ~WithoutCapabilities();

 private:
  struct __user_cap_data_struct before_[2] = {};
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_KEYS_WITHOUT_CAPABILITIES_H_
