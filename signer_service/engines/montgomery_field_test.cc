#include "signer_service/engines/montgomery_field.h"

#include <vector>

#include "gtest/gtest.h"
#include "openssl/ec.h"
#include "openssl/obj_mac.h"
#include "tls_lib/base/openssl_ptr.h"
#include "tls_lib/base/status_matchers.h"

namespace keyhold {
namespace {

class MontgomeryFieldTest : public testing::Test {
 protected:
  MontgomeryFieldTest()
      : group_(EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1)),
        context_(BN_CTX_new()),
        field_(*MontgomeryField::Create(EC_GROUP_get0_order(group_.get()))),
        scratch_(BN_new()) {}

  const BIGNUM* prime() const { return field_.prime(); }
  BN_CTX* context() const { return context_.get(); }

  static BignumPtr Number(BN_ULONG value) {
    BignumPtr number(BN_new());
    BN_set_word(number.get(), value);
    return number;
  }
  BignumPtr RandomNumber() const {
    BignumPtr number(BN_new());
    BN_rand_range(number.get(), prime());
    return number;
  }
  BignumPtr Less(BN_ULONG value) const {
    BignumPtr number(BN_dup(prime()));
    BN_sub_word(number.get(), value);
    return number;
  }

  // Whether each of R·v⁻¹ comes with R, by OpenSSL's own functions.
  void ExpectInverses(const std::vector<BignumPtr>& values) {
    std::vector<const BIGNUM*> operands;
    std::vector<BignumPtr> owned;
    std::vector<BIGNUM*> inverses;
    for (const BignumPtr& value : values) {
      operands.push_back(value.get());
      owned.emplace_back(BN_new());
      inverses.push_back(owned.back().get());
    }
    ASSERT_TRUE(
        field_.InvertAll(operands, inverses, scratch_.get(), context()));
    for (size_t i = 0; i < values.size(); ++i) {
      BignumPtr expected(
          BN_mod_inverse(nullptr, values[i].get(), prime(), context()));
      ASSERT_TRUE(field_.FromMontgomery(inverses[i], inverses[i], context()));
      EXPECT_EQ(BN_cmp(inverses[i], expected.get()), 0) << "value " << i;
    }
  }

  const EcGroupPtr group_;
  const BnCtxPtr context_;
  const MontgomeryField field_;
  const BignumPtr scratch_;
};

TEST_F(MontgomeryFieldTest, ProductWithOneFactorInMontgomeryFormIsPlain) {
  for (int i = 0; i < 100; ++i) {
    BignumPtr a = RandomNumber();
    BignumPtr b = RandomNumber();
    BignumPtr product(BN_new());
    BignumPtr expected(BN_new());
    ASSERT_EQ(BN_mod_mul(expected.get(), a.get(), b.get(), prime(), context()),
              1);
    ASSERT_TRUE(field_.ToMontgomery(a.get(), a.get(), context()));
    ASSERT_TRUE(field_.Multiply(product.get(), a.get(), b.get(), context()));
    EXPECT_EQ(BN_cmp(product.get(), expected.get()), 0);
  }
}

TEST_F(MontgomeryFieldTest, ResultMayBeAnOperand) {
  BignumPtr a = RandomNumber();
  BignumPtr b = RandomNumber();
  BignumPtr product(BN_new());
  ASSERT_TRUE(field_.Multiply(product.get(), a.get(), b.get(), context()));
  ASSERT_TRUE(field_.Multiply(a.get(), a.get(), b.get(), context()));
  EXPECT_EQ(BN_cmp(a.get(), product.get()), 0);
}

TEST_F(MontgomeryFieldTest, SumIsReduced) {
  BignumPtr sum = Less(1);
  ASSERT_TRUE(field_.Add(sum.get(), sum.get(), Number(3).get()));
  EXPECT_TRUE(BN_is_word(sum.get(), 2));
}

TEST_F(MontgomeryFieldTest, InvertsAnyNumberOfValues) {
  for (size_t count : {0, 1, 2, 3, 64, 100}) {
    std::vector<BignumPtr> values;
    for (size_t i = 0; i < count; ++i) values.push_back(RandomNumber());
    ExpectInverses(values);
  }
}

TEST_F(MontgomeryFieldTest, InvertsTheEndsOfTheRange) {
  std::vector<BignumPtr> values;
  values.push_back(Number(1));
  values.push_back(Less(1));
  values.push_back(Number(2));
  values.push_back(Less(2));
  values.push_back(Number(1));
  ExpectInverses(values);
}

}  // namespace
}  // namespace keyhold
