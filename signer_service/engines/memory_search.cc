#include "signer_service/engines/memory_search.h"

#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "openssl/crypto.h"

namespace keyhold {
namespace {

constexpr char kMask = 0x5a;
constexpr size_t kMaxBytes = 128;
// Sanitizers map terabytes for themselves.
constexpr uintptr_t kMaxMapping = uintptr_t{256} << 20;

void Check(bool condition, const char* what) {
  if (condition) return;
  std::perror(what);
  std::abort();
}

}  // namespace

HiddenBytes::HiddenBytes(absl::string_view bytes) : hidden_(bytes) {
  for (char& byte : hidden_) byte ^= kMask;
}

// Sanitizers know which memory this may not read, and it reads all.
__attribute__((no_sanitize("address", "thread"))) bool HiddenBytes::IsAt(
    const char* memory) const {
  const char* hidden = hidden_.data();
  const size_t size = hidden_.size();
  for (size_t i = 0; i < size; ++i) {
    if (static_cast<char>(memory[i] ^ kMask) != hidden[i]) return false;
  }
  return true;
}

namespace {

__attribute__((no_sanitize("address", "thread"))) void SearchMapping(
    const HiddenBytes& wanted, uintptr_t begin, uintptr_t end,
    MemorySnapshot::Count& count) {
  const char first = static_cast<char>(wanted.hidden()[0] ^ kMask);
  const auto* last =
      reinterpret_cast<const char*>(end - wanted.hidden().size());
  for (const auto* memory = reinterpret_cast<const char*>(begin);
       memory <= last; ++memory) {
    if (*memory != first || !wanted.IsAt(memory)) continue;
    if (CRYPTO_secure_allocated(memory) == 1) {
      ++count.in_secure_heap;
    } else {
      ++count.outside_secure_heap;
    }
  }
}

MemorySnapshot::Count SearchAll(const HiddenBytes& wanted) {
  MemorySnapshot::Count count;
  std::FILE* maps = std::fopen("/proc/self/maps", "re");
  Check(maps != nullptr, "/proc/self/maps");
  char line[512];
  while (std::fgets(line, sizeof(line), maps) != nullptr) {
    uintptr_t begin = 0;
    uintptr_t end = 0;
    char rights[5] = {};
    if (std::sscanf(line, "%lx-%lx %4s", &begin, &end, rights) == 3 &&
        rights[0] == 'r' && rights[1] == 'w' && end - begin <= kMaxMapping) {
      SearchMapping(wanted, begin, end, count);
    }
  }
  std::fclose(maps);
  return count;
}

}  // namespace

MemorySnapshot::MemorySnapshot() {
  int ends[2];
  Check(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0,
        "socketpair");
  child_ = fork();
  Check(child_ >= 0, "fork");
  if (child_ == 0) {
    close(ends[0]);
    RunChild(ends[1]);
  }
  close(ends[1]);
  socket_ = UniqueFd(ends[0]);
}

void MemorySnapshot::RunChild(int fd) {
  char request[kMaxBytes];
  ssize_t size;
  while ((size = read(fd, request, sizeof(request))) > 0) {
    for (ssize_t i = 0; i < size; ++i) request[i] ^= kMask;
    HiddenBytes wanted(absl::string_view(request, size));
    OPENSSL_cleanse(request, sizeof(request));
    const Count count = SearchAll(wanted);
    if (write(fd, &count, sizeof(count)) != sizeof(count)) break;
  }
  _exit(0);
}

MemorySnapshot::~MemorySnapshot() {
  socket_ = UniqueFd();
  waitpid(child_, nullptr, 0);
}

MemorySnapshot::Count MemorySnapshot::Search(absl::string_view bytes) {
  const HiddenBytes wanted(bytes);
  const std::string& request = wanted.hidden();
  Check(bytes.size() <= kMaxBytes &&
            write(socket_.get(), request.data(), request.size()) ==
                static_cast<ssize_t>(request.size()),
        "write");
  Count count;
  Check(read(socket_.get(), &count, sizeof(count)) == sizeof(count), "read");
  return count;
}

}  // namespace keyhold
