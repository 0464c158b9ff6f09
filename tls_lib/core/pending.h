// A handle to work that is under way.
#ifndef KEYHOLD_TLS_LIB_CORE_PENDING_H_
#define KEYHOLD_TLS_LIB_CORE_PENDING_H_

namespace keyhold {

// Destroying the handle cancels the work: if its callback has not begun, it
// never will; if it runs on another thread, the destructor waits for its end.
// Destroying it inside the callback itself is allowed.
class Pending {
 public:
  virtual ~Pending() = default;
};

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_CORE_PENDING_H_
