#include "signer_service/engines/montgomery_field.h"

#include <utility>

#include "tls_lib/base/openssl_error.h"

namespace keyhold {

absl::StatusOr<MontgomeryField> MontgomeryField::Create(const BIGNUM* prime) {
  BignumPtr copy(BN_dup(prime));
  BignumPtr less_2(BN_dup(prime));
  MontgomeryPtr montgomery(BN_MONT_CTX_new());
  BnCtxPtr context(BN_CTX_new());
  if (copy == nullptr || less_2 == nullptr || montgomery == nullptr ||
      context == nullptr || BN_sub_word(less_2.get(), 2) != 1 ||
      BN_MONT_CTX_set(montgomery.get(), prime, context.get()) != 1) {
    return OpensslError(absl::StatusCode::kInternal,
                        "cannot set up arithmetic modulo a prime");
  }
  return MontgomeryField(std::move(copy), std::move(less_2),
                         std::move(montgomery));
}

// With v∘w = v·w/R, the products P_i = P_{i-1}∘v_i have P_{i-1}/P_i = R/v_i.
// So from u = R/P_i follow u∘P_{i-1} = R/v_i, which is wanted, and
// u∘v_i = R/P_{i-1}, which is the next u.
bool MontgomeryField::InvertAll(absl::Span<const BIGNUM* const> values,
                                absl::Span<BIGNUM* const> inverses,
                                BIGNUM* scratch, BN_CTX* context) const {
  if (values.empty()) return true;
  if (BN_copy(inverses[0], values[0]) == nullptr) return false;
  for (size_t i = 1; i < values.size(); ++i) {
    if (!Multiply(inverses[i], inverses[i - 1], values[i], context)) {
      return false;
    }
  }
  BIGNUM* rest = scratch;
  if (BN_mod_exp_mont_consttime(rest, inverses[values.size() - 1],
                                prime_less_2_.get(), prime_.get(), context,
                                montgomery_.get()) != 1 ||
      !ToMontgomery(rest, rest, context)) {
    return false;
  }
  for (size_t i = values.size() - 1; i > 0; --i) {
    if (!Multiply(inverses[i], rest, inverses[i - 1], context) ||
        !Multiply(rest, rest, values[i], context)) {
      return false;
    }
  }
  return BN_copy(inverses[0], rest) != nullptr;
}

}  // namespace keyhold
