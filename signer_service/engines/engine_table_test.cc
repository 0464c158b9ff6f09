#include "signer_service/engines/engine_table.h"

#include <memory>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "signer_service/engines/openssl_engine.h"
#include "signer_service/engines/p256_batch_engine.h"

namespace keyhold {
namespace {

TEST(EngineTableTest, DefaultEngineOfEachType) {
  const EngineTable table = EngineTable::Default();
  const std::pair<KeyType, absl::string_view> kExpected[] = {
      {KeyType::kEcdsaP256, "openssl-p256-batch"},
      {KeyType::kEcdsaP384, "nettle-p384"},
      {KeyType::kEd25519, "sodium-ed25519"},
      {KeyType::kEcdsaP521, "openssl"},
      {KeyType::kEd448, "openssl"},
      {KeyType::kRsa, "openssl"},
      {KeyType::kRsaPss, "openssl"}};
  for (const auto& [type, name] : kExpected) {
    EXPECT_EQ(table.EngineFor(type).name(), name) << KeyTypeName(type);
    EXPECT_EQ(table.engines()[table.NumberFor(type)].get(),
              &table.EngineFor(type));
  }
  EXPECT_EQ(table.openssl().name(), "openssl");
}

TEST(EngineTableTest, OpensslServesWhatNoOtherDoes) {
  std::vector<std::unique_ptr<const BatchSigningEngine>> fast;
  fast.push_back(std::make_unique<P256BatchEngine>());
  const EngineTable table(std::make_unique<OpensslEngine>(), std::move(fast));
  EXPECT_EQ(table.EngineFor(KeyType::kEcdsaP256).name(), "openssl-p256-batch");
  EXPECT_EQ(table.EngineFor(KeyType::kEcdsaP384).name(), "openssl");
  EXPECT_EQ(EngineTable(std::make_unique<OpensslEngine>(), {})
                .EngineFor(KeyType::kEcdsaP256)
                .name(),
            "openssl");
}

}  // namespace
}  // namespace keyhold
