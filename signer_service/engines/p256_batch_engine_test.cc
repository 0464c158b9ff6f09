#include "signer_service/engines/p256_batch_engine.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "openssl/obj_mac.h"
#include "signer_service/engines/broken_random.h"
#include "signer_service/engines/engine_test_input.h"
#include "tls_lib/base/openssl_ptr.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/core/error_reason.h"

namespace keyhold {
namespace {

using testing::HasSubstr;

constexpr size_t kFaultyItem = 2;

// Damages one item of each batch.
class OneFault final : public P256BatchFaults {
 public:
  std::function<void(BIGNUM* nonce, BIGNUM* x, BIGNUM* y, BIGNUM* z)> point;
  std::function<void(BIGNUM* z_inverse, BIGNUM* nonce_inverse)> inversions;
  std::function<void(BIGNUM* x, BIGNUM* y)> affine;

  void AfterPoint(size_t item, BIGNUM* nonce, BIGNUM* x, BIGNUM* y,
                  BIGNUM* z) const override {
    if (item == kFaultyItem && point) point(nonce, x, y, z);
  }
  void AfterInversions(size_t item, BIGNUM* z_inverse,
                       BIGNUM* nonce_inverse) const override {
    if (item == kFaultyItem && inversions) inversions(z_inverse, nonce_inverse);
  }
  void AfterAffine(size_t item, BIGNUM* x, BIGNUM* y) const override {
    if (item == kFaultyItem && affine) affine(x, y);
  }
};

void FlipBit(BIGNUM* number, int bit) {
  BN_is_bit_set(number, bit) ? BN_clear_bit(number, bit)
                             : BN_set_bit(number, bit);
}

class P256BatchEngineTest : public testing::Test {
 protected:
  P256BatchEngineTest()
      : key_(MakeEngineKey(TestKeyKind::kP256)), engine_(&fault_) {
    batch_.AddMany(*key_, 8);
  }

  // The faulty item fails its check by `message`, and no other item does.
  void ExpectOneCheckFailed(absl::string_view message) {
    const EngineResults results = engine_.Sign(batch_.items());
    ASSERT_EQ(results.size(), 8);
    for (size_t i = 0; i < results.size(); ++i) {
      if (i == kFaultyItem) {
        EXPECT_THAT(results[i], StatusIs(absl::StatusCode::kDataLoss,
                                         HasSubstr(std::string(message))));
        EXPECT_EQ(GetReason(results[i].status()),
                  ErrorReason::kSignatureCheckFailed);
      } else {
        ASSERT_THAT(results[i], IsOk()) << "item " << i;
        EXPECT_THAT(batch_.Verify(i, *results[i]), IsOk()) << "item " << i;
      }
    }
    ExpectNextBatchIsWell();
  }
  // Every item fails a check: a fault before the inversions, which all share.
  void ExpectAllChecksFailed() {
    for (const auto& result : engine_.Sign(batch_.items())) {
      EXPECT_THAT(result, StatusIs(absl::StatusCode::kDataLoss));
    }
    ExpectNextBatchIsWell();
  }
  void ExpectNextBatchIsWell() {
    fault_ = {};
    const EngineResults results = engine_.Sign(batch_.items());
    for (size_t i = 0; i < results.size(); ++i) {
      ASSERT_THAT(results[i], IsOk());
      EXPECT_THAT(batch_.Verify(i, *results[i]), IsOk());
    }
  }

  const std::unique_ptr<const EngineKey> key_;
  EngineTestBatch batch_;
  OneFault fault_;
  const P256BatchEngine engine_;
};

TEST_F(P256BatchEngineTest, WrongNonceInverse) {
  fault_.inversions = [](BIGNUM*, BIGNUM* inverse) { FlipBit(inverse, 77); };
  ExpectOneCheckFailed("a P-256 nonce's inverse is wrong");
}

TEST_F(P256BatchEngineTest, WrongCoordinateInverse) {
  fault_.inversions = [](BIGNUM* inverse, BIGNUM*) { FlipBit(inverse, 200); };
  ExpectOneCheckFailed("a P-256 nonce's point is not on the curve");
}

TEST_F(P256BatchEngineTest, WrongAffineX) {
  fault_.affine = [](BIGNUM* x, BIGNUM*) { FlipBit(x, 0); };
  ExpectOneCheckFailed("a P-256 nonce's point is not on the curve");
}

TEST_F(P256BatchEngineTest, WrongAffineY) {
  fault_.affine = [](BIGNUM*, BIGNUM* y) { FlipBit(y, 3); };
  ExpectOneCheckFailed("a P-256 nonce's point is not on the curve");
}

TEST_F(P256BatchEngineTest, WrongJacobianX) {
  fault_.point = [](BIGNUM*, BIGNUM* x, BIGNUM*, BIGNUM*) { FlipBit(x, 5); };
  ExpectOneCheckFailed("a P-256 nonce's point is not on the curve");
}

TEST_F(P256BatchEngineTest, WrongJacobianY) {
  fault_.point = [](BIGNUM*, BIGNUM*, BIGNUM* y, BIGNUM*) { FlipBit(y, 5); };
  ExpectOneCheckFailed("a P-256 nonce's point is not on the curve");
}

// The inverse is that of the wrong Z: it is right for no other point.
TEST_F(P256BatchEngineTest, WrongJacobianZ) {
  fault_.point = [](BIGNUM*, BIGNUM*, BIGNUM*, BIGNUM* z) { FlipBit(z, 5); };
  ExpectOneCheckFailed("a P-256 nonce's point is not on the curve");
}

// Zero times anything is zero: such an item is left out of the inversions.
TEST_F(P256BatchEngineTest, ZeroIsKeptFromTheOthers) {
  fault_.point = [](BIGNUM*, BIGNUM*, BIGNUM*, BIGNUM* z) { BN_zero(z); };
  ExpectOneCheckFailed("a P-256 nonce has no inverse");
  fault_.point = [](BIGNUM* nonce, BIGNUM*, BIGNUM*, BIGNUM*) {
    BN_zero(nonce);
  };
  ExpectOneCheckFailed("a P-256 nonce has no inverse");
}

// What escapes the check for zero makes every inverse wrong.
TEST_F(P256BatchEngineTest, ZeroModuloTheOrderFailsEveryItem) {
  fault_.point = [](BIGNUM* nonce, BIGNUM*, BIGNUM*, BIGNUM*) {
    EcGroupPtr group(EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1));
    BN_copy(nonce, EC_GROUP_get0_order(group.get()));
  };
  ExpectAllChecksFailed();
}

TEST_F(P256BatchEngineTest, AFaultInEachOfTwoGroups) {
  fault_.inversions = [](BIGNUM*, BIGNUM* inverse) { FlipBit(inverse, 1); };
  EngineTestBatch batch;
  batch.AddMany(*key_, 66);
  const EngineResults results = engine_.Sign(batch.items());
  for (size_t i = 0; i < results.size(); ++i) {
    if (i == kFaultyItem || i == 33 + kFaultyItem) {
      EXPECT_THAT(results[i], StatusIs(absl::StatusCode::kDataLoss));
    } else {
      ASSERT_THAT(results[i], IsOk());
      EXPECT_THAT(batch.Verify(i, *results[i]), IsOk());
    }
  }
}

TEST_F(P256BatchEngineTest, AKeyOfAnotherTypeTouchesNoOther) {
  const auto p384 = MakeEngineKey(TestKeyKind::kP384);
  std::vector<EngineItem> items(batch_.items().begin(), batch_.items().end());
  items[3].key = p384.get();
  const EngineResults results = engine_.Sign(items);
  for (size_t i = 0; i < items.size(); ++i) {
    if (i == 3) {
      EXPECT_THAT(results[i],
                  StatusIs(absl::StatusCode::kInternal,
                           HasSubstr("not ready for ECDSA on P-256")));
    } else {
      ASSERT_THAT(results[i], IsOk());
      EXPECT_THAT(VerifyItem(items[i], *results[i]), IsOk());
    }
  }
}

TEST_F(P256BatchEngineTest, NoRandomBytesNoSignature) {
  {
    BrokenRandom broken;
    for (const auto& result : engine_.Sign(batch_.items())) {
      EXPECT_THAT(result,
                  StatusIs(absl::StatusCode::kInternal,
                           HasSubstr("cannot sign with ECDSA on P-256")));
    }
    EXPECT_THAT(engine_.Sign(batch_.items().subspan(0, 1))[0],
                StatusIs(absl::StatusCode::kInternal));
  }
  ExpectNextBatchIsWell();
}

}  // namespace
}  // namespace keyhold
