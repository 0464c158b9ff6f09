// Where a test damages a batch under way. Nothing else uses it.
#ifndef KEYHOLD_SIGNER_SERVICE_ENGINES_P256_BATCH_FAULTS_H_
#define KEYHOLD_SIGNER_SERVICE_ENGINES_P256_BATCH_FAULTS_H_

#include <cstddef>

#include "openssl/bn.h"

namespace keyhold {

// `item` counts from 0 within the batch. The numbers may be changed. Called on
// the signing thread.
class P256BatchFaults {
 public:
  virtual ~P256BatchFaults() = default;

  // The nonce and its point in Jacobian coordinates, before the inversions.
  virtual void AfterPoint(size_t /*item*/, BIGNUM* /*nonce*/, BIGNUM* /*x*/,
                          BIGNUM* /*y*/, BIGNUM* /*z*/) const {}
  // After the inversions, which all items share.
  virtual void AfterInversions(size_t /*item*/, BIGNUM* /*z_inverse*/,
                               BIGNUM* /*nonce_inverse*/) const {}
  // The point in affine coordinates, before it is checked.
  virtual void AfterAffine(size_t /*item*/, BIGNUM* /*x*/,
                           BIGNUM* /*y*/) const {}
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_ENGINES_P256_BATCH_FAULTS_H_
