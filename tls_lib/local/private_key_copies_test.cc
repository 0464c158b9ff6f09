// Where the secret numbers of a private key stand in the memory of a process
// that holds it: in the secure heap, and nowhere else. Another process does
// the holding, since this one knows what to look for.
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "openssl/core_names.h"
#include "openssl/pem.h"
#include "tls_lib/base/openssl_ptr.h"
#include "tls_lib/base/unique_fd.h"
#include "tls_lib/local/test_keys.h"

namespace keyhold {
namespace {

using ::testing::IsEmpty;

constexpr char kHolder[] = "tls_lib/local/private_key_holder";
constexpr size_t kPatternBytes = 24;

// Runs kHolder until it is destroyed.
class Holder {
 public:
  explicit Holder(const std::vector<std::string>& key_files) {
    int to_child[2];
    int from_child[2];
    EXPECT_EQ(pipe2(to_child, O_CLOEXEC), 0);
    EXPECT_EQ(pipe2(from_child, O_CLOEXEC), 0);
    std::vector<char*> arguments = {const_cast<char*>(kHolder)};
    for (const std::string& file : key_files) {
      arguments.push_back(const_cast<char*>(file.c_str()));
    }
    arguments.push_back(nullptr);
    pid_ = fork();
    if (pid_ == 0) {
      dup2(to_child[0], STDIN_FILENO);
      dup2(from_child[1], STDOUT_FILENO);
      execv(kHolder, arguments.data());
      _exit(127);
    }
    close(to_child[0]);
    close(from_child[1]);
    input_.Reset(to_child[1]);
    output_.Reset(from_child[0]);
  }
  ~Holder() {
    input_.Reset();
    waitpid(pid_, nullptr, 0);
  }

  bool WaitUntilReady() {
    char line[6] = {};
    return read(output_.get(), line, sizeof(line)) == sizeof(line) &&
           absl::StartsWith(absl::string_view(line, sizeof(line)), "ready");
  }
  pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = -1;
  UniqueFd input_;
  UniqueFd output_;
};

// A piece of memory that can be read, with its VmFlags (proc(5)).
struct Region {
  uint64_t begin = 0;
  uint64_t end = 0;
  bool locked = false;
};

// Leaves out what is larger than any heap here: a sanitizer's shadow memory.
std::vector<Region> ReadableRegions(pid_t pid) {
  constexpr uint64_t kMostBytes = 1 << 28;
  std::vector<Region> result;
  std::ifstream smaps(absl::StrCat("/proc/", pid, "/smaps"));
  std::string line;
  while (std::getline(smaps, line)) {
    Region region;
    char permissions[5] = {};
    if (std::sscanf(line.c_str(), "%lx-%lx %4s", &region.begin, &region.end,
                    permissions) == 3) {
      result.push_back(region);
    } else if (absl::StartsWith(line, "VmFlags:")) {
      const std::vector<std::string> flags = absl::StrSplit(line, ' ');
      result.back().locked = std::count(flags.begin(), flags.end(), "lo") > 0;
      const bool readable = std::count(flags.begin(), flags.end(), "rd") > 0;
      if (!readable || result.back().end - result.back().begin > kMostBytes) {
        result.pop_back();
      }
    }
  }
  return result;
}

std::string ReadRegion(int memory, const Region& region) {
  std::string bytes(region.end - region.begin, '\0');
  const ssize_t got = pread(memory, bytes.data(), bytes.size(),
                            static_cast<off_t>(region.begin));
  bytes.resize(got > 0 ? got : 0);
  return bytes;
}

// The secret numbers of a key by name, each as bytes of both orders.
std::map<std::string, std::string> SecretsOf(TestKeyKind kind) {
  const std::string pem = TestKeyPem(kind);
  BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  EvpPkeyPtr key(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
  std::map<std::string, std::string> result;
  auto add = [&](absl::string_view name, std::string bytes) {
    const std::string full = absl::StrCat(TestKeyKindName(kind), " ", name);
    result[full] = bytes.substr(0, kPatternBytes);
    std::reverse(bytes.begin(), bytes.end());
    result[full + " reversed"] = bytes.substr(0, kPatternBytes);
  };
  for (const char* name :
       {OSSL_PKEY_PARAM_PRIV_KEY, OSSL_PKEY_PARAM_RSA_D,
        OSSL_PKEY_PARAM_RSA_FACTOR1, OSSL_PKEY_PARAM_RSA_FACTOR2,
        OSSL_PKEY_PARAM_RSA_EXPONENT1, OSSL_PKEY_PARAM_RSA_EXPONENT2,
        OSSL_PKEY_PARAM_RSA_COEFFICIENT1}) {
    BIGNUM* number = nullptr;
    if (EVP_PKEY_get_bn_param(key.get(), name, &number) != 1) continue;
    BignumPtr owned(number);
    std::string bytes(BN_num_bytes(number), '\0');
    BN_bn2bin(number, reinterpret_cast<uint8_t*>(bytes.data()));
    add(name, bytes);
  }
  std::string raw(57, '\0');
  size_t size = raw.size();
  if (EVP_PKEY_get_raw_private_key(
          key.get(), reinterpret_cast<uint8_t*>(raw.data()), &size) == 1) {
    add("raw", raw.substr(0, size));
  }
  // A piece of the file's text that is all secret: deep inside an RSA key, the
  // end of the first line of the others.
  const std::vector<std::string> lines = absl::StrSplit(pem, '\n');
  result[absl::StrCat(TestKeyKindName(kind), " base64")] =
      lines[kind == TestKeyKind::kRsa2048 ? 10 : 1].substr(40, kPatternBytes);
  return result;
}

bool IsAllowedElsewhere(absl::string_view name) {
  // OpenSSL's Montgomery contexts; see private_key.h.
  return absl::StrContains(name, OSSL_PKEY_PARAM_RSA_FACTOR1) ||
         absl::StrContains(name, OSSL_PKEY_PARAM_RSA_FACTOR2);
}

TEST(PrivateKeyCopiesTest, SecretNumbersStandInLockedMemoryAlone) {
  std::map<std::string, std::string> secrets;
  std::vector<std::string> files;
  for (TestKeyKind kind : {TestKeyKind::kRsa2048, TestKeyKind::kP256,
                           TestKeyKind::kP384, TestKeyKind::kEd25519}) {
    secrets.merge(SecretsOf(kind));
    files.push_back(
        absl::StrCat(testing::TempDir(), "/", TestKeyKindName(kind), ".key"));
    std::ofstream(files.back()) << TestKeyPem(kind);
  }
  Holder holder(files);
  ASSERT_TRUE(holder.WaitUntilReady());
  UniqueFd memory(open(absl::StrCat("/proc/", holder.pid(), "/mem").c_str(),
                       O_RDONLY | O_CLOEXEC));
  ASSERT_TRUE(memory);

  std::map<std::string, int> in_locked_memory;
  std::vector<std::string> elsewhere;
  for (const Region& region : ReadableRegions(holder.pid())) {
    const std::string bytes = ReadRegion(memory.get(), region);
    for (const auto& [name, pattern] : secrets) {
      if (!absl::StrContains(bytes, pattern)) continue;
      if (region.locked) {
        ++in_locked_memory[std::string(absl::StripSuffix(name, " reversed"))];
      } else if (!IsAllowedElsewhere(name)) {
        elsewhere.push_back(name);
      }
    }
  }
  EXPECT_THAT(elsewhere, IsEmpty());
  // The search does find what is there: six numbers of RSA, one each of the
  // others.
  EXPECT_EQ(in_locked_memory.size(), 9u);
}

}  // namespace
}  // namespace keyhold
