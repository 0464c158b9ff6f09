#include "signer_service/engines/engine_key.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "signer_service/engines/engine_test_input.h"
#include "tls_lib/base/status_matchers.h"

namespace keyhold {
namespace {

// RFC 8032 §7.1, test 1.
constexpr char kSeed[] =
    "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
constexpr char kPublicKey[] =
    "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";

TEST(EngineKeyTest, Ed25519IsPrivateAndPublicKey) {
  const auto key = MakeEngineKeyFromSecret(TestKeyKind::kEd25519,
                                           absl::HexStringToBytes(kSeed));
  EXPECT_EQ(absl::BytesToHexString(key->secret().Reveal()),
            absl::StrCat(kSeed, kPublicKey));
}

TEST(EngineKeyTest, EcdsaIsThePrivateNumber) {
  for (const auto& [kind, size] :
       {std::pair(TestKeyKind::kP256, 32), std::pair(TestKeyKind::kP384, 48)}) {
    const std::string number = std::string(size - 2, '\0') + "\x01\x02";
    EXPECT_EQ(MakeEngineKeyFromSecret(kind, number)->secret().Reveal(), number);
  }
}

TEST(EngineKeyTest, OpensslsKeysHaveNoSecondCopy) {
  for (TestKeyKind kind : {TestKeyKind::kRsa2048, TestKeyKind::kRsaPss2048,
                           TestKeyKind::kP521, TestKeyKind::kEd448}) {
    EXPECT_TRUE(MakeEngineKey(kind)->secret().empty()) << kind;
  }
}

TEST(EngineKeyTest, MovesWithItsSecret) {
  absl::StatusOr<PrivateKey> parsed =
      PrivateKey::Parse(*SecretBytes::CopyOf(TestKeyPem(TestKeyKind::kP256)));
  ASSERT_THAT(parsed, IsOk());
  absl::StatusOr<EngineKey> key = EngineKey::Create(*std::move(parsed));
  ASSERT_THAT(key, IsOk());
  const EngineKey moved = *std::move(key);
  EXPECT_EQ(moved.secret().size(), 32);
  EXPECT_EQ(moved.public_key().type(), KeyType::kEcdsaP256);
}

}  // namespace
}  // namespace keyhold
