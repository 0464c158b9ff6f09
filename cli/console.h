// Where a command reads and writes.
#ifndef KEYHOLD_CLI_CONSOLE_H_
#define KEYHOLD_CLI_CONSOLE_H_

#include <istream>
#include <ostream>

namespace keyhold {

// std::cin, std::cout and std::cerr, or string streams in a test. Results go
// to `out`, everything else to `err`.
struct Console {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
};

}  // namespace keyhold

#endif  // KEYHOLD_CLI_CONSOLE_H_
