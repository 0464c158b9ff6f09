// OpenSSL without random bytes, for tests.
#ifndef KEYHOLD_SIGNER_SERVICE_ENGINES_BROKEN_RANDOM_H_
#define KEYHOLD_SIGNER_SERVICE_ENGINES_BROKEN_RANDOM_H_

namespace keyhold {

// As long as one of these lives, RAND_bytes and RAND_priv_bytes fail in every
// thread. Only one at a time.
class BrokenRandom {
 public:
  BrokenRandom();
  BrokenRandom(const BrokenRandom&) = delete;
  BrokenRandom& operator=(const BrokenRandom&) = delete;
  ~BrokenRandom();
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_ENGINES_BROKEN_RANDOM_H_
