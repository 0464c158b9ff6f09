// RAND_METHOD is deprecated, and the only way to have RAND_priv_bytes fail.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "signer_service/engines/broken_random.h"

#include "openssl/rand.h"

namespace keyhold {
namespace {

int NoBytes(unsigned char*, int) { return 0; }
int NotReady() { return 0; }

const RAND_METHOD kBroken = {nullptr, NoBytes, nullptr,
                             nullptr, NoBytes, NotReady};

}  // namespace

BrokenRandom::BrokenRandom() { RAND_set_rand_method(&kBroken); }
BrokenRandom::~BrokenRandom() { RAND_set_rand_method(nullptr); }

}  // namespace keyhold
