// The main function of a fuzz target where there is no libFuzzer: runs each
// input, and then changes of them. The same ones in each run, so that what
// fails once fails again; finding new inputs is libFuzzer's business.
//
//   TARGET RUNS FILE...
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

constexpr size_t kMostBytes = 8192;

void RunOne(const std::string& input) {
  // A copy of its own, so that a sanitizer sees the first byte beyond.
  const std::vector<uint8_t> bytes(input.begin(), input.end());
  LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
}

class Changer {
 public:
  explicit Changer(const std::vector<std::string>& inputs) : inputs_(inputs) {}

  std::string Next() {
    std::string input = inputs_[Below(inputs_.size())];
    for (size_t changes = 1 + Below(4); changes > 0; --changes) Change(input);
    if (input.size() > kMostBytes) input.resize(kMostBytes);
    return input;
  }

 private:
  size_t Below(size_t limit) { return limit == 0 ? 0 : random_() % limit; }

  void Change(std::string& input) {
    const size_t at = Below(input.size() + 1);
    const size_t length = std::min(Below(16) + 1, input.size() - at);
    // Values at which lengths and numbers change their form.
    constexpr uint8_t kTelling[] = {0,    1,    0x30, 0x7f, 0x80,
                                    0x81, 0x82, 0x84, 0xfe, 0xff};
    switch (Below(7)) {
      case 0:
        if (at < input.size()) input[at] ^= static_cast<char>(1 << Below(8));
        return;
      case 1:
        if (at < input.size()) {
          input[at] = static_cast<char>(kTelling[Below(sizeof(kTelling))]);
        }
        return;
      case 2:
        if (at < input.size()) input[at] = static_cast<char>(Below(256));
        return;
      case 3:
        input.erase(at, length);
        return;
      case 4:
        input.insert(at, input.substr(at, length));
        return;
      case 5:
        input.resize(at);
        return;
      default: {
        const std::string& other = inputs_[Below(inputs_.size())];
        const size_t from = Below(other.size() + 1);
        input.replace(at, length, other.substr(from, Below(64)));
        return;
      }
    }
  }

  const std::vector<std::string>& inputs_;
  // Always with the same seed.
  std::mt19937_64 random_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    fprintf(stderr, "usage: %s RUNS FILE...\n", argv[0]);
    return 2;
  }
  std::vector<std::string> inputs;
  for (int i = 2; i < argc; ++i) {
    std::ifstream file(argv[i], std::ios::binary);
    if (!file) {
      fprintf(stderr, "cannot read %s\n", argv[i]);
      return 2;
    }
    inputs.emplace_back(std::istreambuf_iterator<char>(file),
                        std::istreambuf_iterator<char>());
    RunOne(inputs.back());
  }
  RunOne("");
  Changer changer(inputs);
  const int runs = atoi(argv[1]);
  for (int i = 0; i < runs; ++i) RunOne(changer.Next());
  printf("%zu inputs, %d changes\n", inputs.size(), runs);
  return 0;
}
