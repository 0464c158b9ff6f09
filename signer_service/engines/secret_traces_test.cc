// What a signature leaves in memory. Nonces, their inverses and copies of
// private numbers are looked for in all of the process's writable memory,
// stacks and freed memory included, after batches have been signed.
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "openssl/crypto.h"
#include "openssl/ec.h"
#include "openssl/obj_mac.h"
#include "openssl/rand.h"
#include "signer_service/engines/engine_test_input.h"
#include "signer_service/engines/memory_search.h"
#include "signer_service/engines/nettle_p384_engine.h"
#include "signer_service/engines/p256_batch_engine.h"
#include "signer_service/engines/sodium_ed25519_engine.h"
#include "tls_lib/base/der.h"
#include "tls_lib/base/openssl_ptr.h"
#include "tls_lib/base/secret_bytes.h"
#include "tls_lib/base/status_matchers.h"

namespace keyhold {
namespace {

constexpr size_t kBatch = 6;

struct TracesCase {
  std::string name;
  TestKeyKind kind;
  size_t secret_size;
  int curve;  // NID; 0: Ed25519
  std::function<std::unique_ptr<const BatchSigningEngine>()> make;
};

// Signs far down on a stack of its own, and stays, so that nothing is written
// over what signing left there.
class SigningThread {
 public:
  SigningThread(const BatchSigningEngine& engine, const EngineTestBatch& batch)
      : thread_([&] {
          SignFarDown(engine, batch);
          signed_.set_value();
          end_.get_future().wait();
        }) {
    signed_.get_future().wait();
  }
  ~SigningThread() {
    end_.set_value();
    thread_.join();
  }
  const EngineResults& results() const { return results_; }

 private:
  __attribute__((noinline)) void SignFarDown(const BatchSigningEngine& engine,
                                             const EngineTestBatch& batch) {
    volatile char distance[65536];
    distance[0] = 0;
    results_ = engine.Sign(batch.items());
    distance[0] = distance[0] + 1;
  }

  // The thread sanitizer does not see into Debian's Abseil.
  std::promise<void> signed_;
  std::promise<void> end_;
  EngineResults results_;
  std::thread thread_;
};

class SecretTracesTest : public testing::TestWithParam<TracesCase> {
 protected:
  static void SetUpTestSuite() { CRYPTO_secure_malloc_init(1 << 20, 16); }

  // A new key; only `secret_` and the key know its number.
  void SetUp() override {
    SecretBytes secret = *SecretBytes::OfSize(GetParam().secret_size);
    RAND_priv_bytes(secret.data(), static_cast<int>(secret.size()));
    secret.data()[0] = 0x55;  // less than the order
    key_ = MakeEngineKeyFromSecret(GetParam().kind, secret.Reveal());
    secret_ = std::make_unique<HiddenBytes>(secret.Reveal());
    batch_.AddMany(*key_, kBatch);
    engine_ = GetParam().make();
  }

  std::string Secret() const { return HiddenBytes(secret_->hidden()).hidden(); }
  static std::string Reversed(const std::string& bytes) {
    return std::string(bytes.rbegin(), bytes.rend());
  }

  std::unique_ptr<const EngineKey> key_;
  std::unique_ptr<HiddenBytes> secret_;
  EngineTestBatch batch_;
  std::unique_ptr<const BatchSigningEngine> engine_;
};

TEST_P(SecretTracesTest, SearchFindsWhatIsThere) {
  const std::string word = "found by the search, or it proves nothing";
  SecretBytes secret = *SecretBytes::CopyOf(word);
  MemorySnapshot snapshot;
  const MemorySnapshot::Count count = snapshot.Search(word);
  EXPECT_GE(count.outside_secure_heap, 1);
  EXPECT_EQ(count.in_secure_heap, 1);
}

TEST_P(SecretTracesTest, PrivateNumberStaysInTheSecureHeap) {
  const SigningThread thread(*engine_, batch_);
  MemorySnapshot snapshot;
  for (const auto& result : thread.results()) ASSERT_THAT(result, IsOk());
  for (const std::string& form : {Secret(), Reversed(Secret())}) {
    EXPECT_EQ(snapshot.Search(form).outside_secure_heap, 0);
  }
}

class NonceTracesTest : public SecretTracesTest {
 protected:
  NonceTracesTest()
      : group_(EC_GROUP_new_by_curve_name(GetParam().curve)),
        context_(BN_CTX_new()) {}

  BignumPtr Number(absl::string_view bytes) const {
    return BignumPtr(
        BN_bin2bn(reinterpret_cast<const unsigned char*>(bytes.data()),
                  static_cast<int>(bytes.size()), nullptr));
  }
  std::string Bytes(const BIGNUM* number) const {
    std::string bytes(GetParam().secret_size, '\0');
    BN_bn2binpad(number, reinterpret_cast<unsigned char*>(bytes.data()),
                 static_cast<int>(bytes.size()));
    return bytes;
  }

  // k = (e + r·d)/s.
  BignumPtr NonceOf(const EngineItem& item, absl::string_view signature) const {
    const BIGNUM* order = EC_GROUP_get0_order(group_.get());
    DerReader numbers(*DerReader(signature).Read(kDerSequence));
    BignumPtr r = Number(*numbers.ReadUnsigned());
    BignumPtr s = Number(*numbers.ReadUnsigned());
    BignumPtr k(BN_new());
    BN_mod_mul(k.get(), r.get(), Number(Secret()).get(), order, context_.get());
    BN_mod_add(k.get(), k.get(), Number(item.input).get(), order,
               context_.get());
    BN_mod_inverse(s.get(), s.get(), order, context_.get());
    BN_mod_mul(k.get(), k.get(), s.get(), order, context_.get());
    EcPointPtr point(EC_POINT_new(group_.get()));
    BignumPtr x(BN_new());
    EC_POINT_mul(group_.get(), point.get(), k.get(), nullptr, nullptr, nullptr);
    EC_POINT_get_affine_coordinates(group_.get(), point.get(), x.get(), nullptr,
                                    nullptr);
    BN_nnmod(x.get(), x.get(), order, context_.get());
    EXPECT_EQ(BN_cmp(x.get(), r.get()), 0) << "this is not the nonce";
    return k;
  }

  // Everything that gives the key away, in both orders of bytes. R is the
  // power of two of Montgomery's products.
  std::vector<std::string> Traces(const BIGNUM* nonce) const {
    const BIGNUM* order = EC_GROUP_get0_order(group_.get());
    BignumPtr inverse(BN_mod_inverse(nullptr, nonce, order, context_.get()));
    BignumPtr with_r(BN_dup(inverse.get()));
    for (size_t i = 0; i < 8 * GetParam().secret_size; ++i) {
      BN_mod_lshift1_quick(with_r.get(), with_r.get(), order);
    }
    std::vector<std::string> traces;
    for (const BIGNUM* number :
         {nonce, static_cast<const BIGNUM*>(inverse.get()),
          static_cast<const BIGNUM*>(with_r.get())}) {
      traces.push_back(Bytes(number));
      traces.push_back(Reversed(traces.back()));
    }
    return traces;
  }

  const EcGroupPtr group_;
  const BnCtxPtr context_;
};

TEST_P(NonceTracesTest, NoNonceIsLeftAnywhere) {
  const SigningThread thread(*engine_, batch_);
  MemorySnapshot snapshot;
  for (size_t i : {size_t{0}, kBatch - 1}) {
    ASSERT_THAT(thread.results()[i], IsOk());
    const BignumPtr nonce = NonceOf(batch_.items()[i], *thread.results()[i]);
    for (const std::string& trace : Traces(nonce.get())) {
      const MemorySnapshot::Count count = snapshot.Search(trace);
      EXPECT_EQ(count.outside_secure_heap, 0) << "item " << i;
      EXPECT_EQ(count.in_secure_heap, 0) << "item " << i;
    }
  }
}

std::string CaseName(const testing::TestParamInfo<TracesCase>& info) {
  return info.param.name;
}

const TracesCase kP256{"P256Batch", TestKeyKind::kP256, 32,
                       NID_X9_62_prime256v1,
                       [] { return std::make_unique<P256BatchEngine>(); }};
const TracesCase kP384{"NettleP384", TestKeyKind::kP384, 48, NID_secp384r1,
                       [] { return std::make_unique<NettleP384Engine>(); }};
const TracesCase kEd25519{"SodiumEd25519", TestKeyKind::kEd25519, 32, 0,
                          [] { return *SodiumEd25519Engine::Create(); }};

INSTANTIATE_TEST_SUITE_P(Engines, SecretTracesTest,
                         testing::Values(kP256, kP384, kEd25519), CaseName);
INSTANTIATE_TEST_SUITE_P(Engines, NonceTracesTest,
                         testing::Values(kP256, kP384), CaseName);

}  // namespace
}  // namespace keyhold
