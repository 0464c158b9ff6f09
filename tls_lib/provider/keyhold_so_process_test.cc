// keyhold.so inside a process that loads it again and again, forks, and has
// no threads to give away.
#include <dirent.h>
#include <malloc.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "openssl/err.h"
#include "tls_lib/core/public_key.h"
#include "tls_lib/provider/testing/loaded_module.h"
#include "tls_lib/provider/testing/module_site.h"

namespace keyhold::provider {
namespace {

constexpr TestKeyKind kKind = TestKeyKind::kP256;

size_t CountOf(const char* folder) {
  DIR* open = opendir(folder);
  size_t count = 0;
  while (readdir(open) != nullptr) ++count;
  closedir(open);
  return count;
}

bool IsGood(const std::string& message, const std::string& signature) {
  return PublicKey::FromSpki(TestKeySpki(kKind))
      ->Verify(SignatureScheme::kEcdsaSecp256r1Sha256, message, signature)
      .ok();
}

class KeyholdSoProcessTest : public testing::Test {
 protected:
  void Cycle(const std::string& key_file) {
    LoadedModule module(site_);
    const EvpPkeyPtr key = module.LoadKeyFile(key_file);
    ASSERT_NE(key, nullptr);
    EXPECT_NE(Sign(module.library(), key.get(), CertificateVerifyContent()),
              "");
  }

  // By how many bytes 500 cycles let the heap grow.
  size_t GrowthInCycles(const std::string& key_file) {
    // The first ones fill caches of libcrypto's and this process's.
    for (int i = 0; i < 100; ++i) Cycle(key_file);
    const size_t descriptors = CountOf("/proc/self/fd");
    const size_t bytes = mallinfo2().uordblks;
    for (int i = 0; i < 500; ++i) Cycle(key_file);
    EXPECT_EQ(CountOf("/proc/self/fd"), descriptors);
    const size_t now = mallinfo2().uordblks;
    RecordProperty("grown", static_cast<int>(now - bytes));
    return now > bytes ? now - bytes : 0;
  }

  ModuleSite site_;
};

TEST_F(KeyholdSoProcessTest, StartsNoThread) {
  const size_t before = CountOf("/proc/self/task");
  LoadedModule module(site_);
  const EvpPkeyPtr key = module.LoadKey(kKind);
  ASSERT_NE(key, nullptr);
  EXPECT_EQ(CountOf("/proc/self/task"), before);
  EXPECT_NE(Sign(module.library(), key.get(), CertificateVerifyContent()), "");
  // The fake agent, in this very process, has one for the connection.
  EXPECT_EQ(CountOf("/proc/self/task"), before + 1);
}

TEST_F(KeyholdSoProcessTest, IsLoadedTimeAndAgainWithoutGrowth) {
  const std::string local =
      site_.folder().Write("local.key", TestKeyPem(kKind, 1));
  const size_t local_growth = GrowthInCycles(local);
  const size_t growth = GrowthInCycles(site_.KeyFileOf(kKind));
  // libcrypto itself loses some bytes with each library context.
  EXPECT_LT(growth, local_growth + 500 * 64);
  EXPECT_LE(site_.agent().connections(), 1);
}

TEST_F(KeyholdSoProcessTest, AKeyOutlivesTheProvidersUnloading) {
  EvpPkeyPtr key;
  {
    LoadedModule module(site_);
    key = module.LoadKey(kKind);
    ASSERT_NE(key, nullptr);
  }
  key.reset();
}

TEST_F(KeyholdSoProcessTest, AnotherKeysCertificateDoesNotMatch) {
  LoadedModule module(site_);
  for (const TestKeyKind kind : GoodTestKeyKinds()) {
    const EvpPkeyPtr key = module.LoadKey(kind);
    for (const TestKeyKind other : GoodTestKeyKinds()) {
      const X509Ptr certificate = module.LoadCertificate(other);
      EXPECT_EQ(X509_check_private_key(certificate.get(), key.get()) == 1,
                kind == other)
          << kind << " " << other;
    }
  }
  ERR_clear_error();
}

TEST_F(KeyholdSoProcessTest, BothSidesOfAForkSign) {
  LoadedModule module(site_);
  const EvpPkeyPtr key = module.LoadKey(kKind);
  const std::string message = CertificateVerifyContent();
  const auto signs = [&] {
    return IsGood(message, Sign(module.library(), key.get(), message));
  };
  ASSERT_TRUE(signs());
  std::vector<pid_t> children;
  for (int i = 0; i < 4; ++i) {
    const pid_t child = fork();
    if (child == 0) _exit(signs() && signs() ? 0 : 1);
    children.push_back(child);
  }
  EXPECT_TRUE(signs());
  for (const pid_t child : children) {
    int status = -1;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
  }
  EXPECT_EQ(site_.agent().connections(), 5);
}

// As nginx does it: the master loads, the workers sign.
TEST_F(KeyholdSoProcessTest, AParentThatOnlyLoadsConnectsNever) {
  LoadedModule module(site_);
  const EvpPkeyPtr key = module.LoadKey(kKind);
  const pid_t child = fork();
  if (child == 0) {
    _exit(Sign(module.library(), key.get(), CertificateVerifyContent()).empty()
              ? 1
              : 0);
  }
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(site_.agent().connections(), 1);
}

TEST_F(KeyholdSoProcessTest, ErrorsAreForTheServersLog) {
  LoadedModule module(site_);
  const EvpPkeyPtr key = module.LoadKey(kKind);
  ERR_clear_error();
  EXPECT_EQ(Sign(module.library(), key.get(), "no handshake's content"), "");
  const char* data = nullptr;
  int flags = 0;
  const unsigned long error =
      ERR_get_error_all(nullptr, nullptr, nullptr, &data, &flags);
  // As nginx writes it.
  char text[256];
  ERR_error_string_n(error, text, sizeof(text));
  EXPECT_NE(std::string(text).find(":keyhold::refused"), std::string::npos)
      << text;
  EXPECT_EQ(std::string(data).rfind("key P256: policy does not allow", 0), 0)
      << data;
}

TEST_F(KeyholdSoProcessTest, NobodyElseMakesKeysOfPointers) {
  LoadedModule module(site_);
  EvpPkeyCtxPtr context(
      EVP_PKEY_CTX_new_from_name(module.library(), "EC", "provider=keyhold"));
  ASSERT_NE(context, nullptr);
  ASSERT_EQ(EVP_PKEY_fromdata_init(context.get()), 1);
  char object[16] = {};
  void* place = object;
  OSSL_PARAM params[] = {
      OSSL_PARAM_octet_ptr("keyhold-reference", &place, sizeof(object)),
      OSSL_PARAM_END};
  EVP_PKEY* key = nullptr;
  EXPECT_NE(EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_KEYPAIR, params),
            1);
  ERR_clear_error();
}

}  // namespace
}  // namespace keyhold::provider
