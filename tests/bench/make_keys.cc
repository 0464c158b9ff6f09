// Makes many P-256 key files: make_keys FOLDER COUNT
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "openssl/pem.h"
#include "tls_lib/base/openssl_ptr.h"

namespace keyhold::bench {
namespace {

bool WriteKey(const std::string& path) {
  EvpPkeyPtr key(EVP_EC_gen("P-256"));
  BioPtr bio(BIO_new_file(path.c_str(), "w"));
  return key != nullptr && bio != nullptr &&
         PEM_write_bio_PKCS8PrivateKey(bio.get(), key.get(), nullptr, nullptr,
                                       0, nullptr, nullptr) == 1;
}

}  // namespace
}  // namespace keyhold::bench

int main(int argc, char** argv) {
  int count = 0;
  if (argc != 3 || !absl::SimpleAtoi(argv[2], &count)) {
    std::cerr << "usage: make_keys FOLDER COUNT\n";
    return 2;
  }
  umask(0077);
  for (int i = 0; i < count; ++i) {
    if (!keyhold::bench::WriteKey(absl::StrCat(argv[1], "/k", i, ".key"))) {
      std::cerr << "make_keys: cannot write key " << i << "\n";
      return 1;
    }
  }
  return 0;
}
