#include "tls_lib/tls/ticket_keys.h"

#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tls_lib/base/secret_bytes.h"
#include "tls_lib/base/status_matchers.h"

namespace keyhold {
namespace {

using ::testing::HasSubstr;

std::vector<SecretBytes> Keys(std::vector<std::string> texts) {
  std::vector<SecretBytes> keys;
  for (const std::string& text : texts) {
    keys.push_back(SecretBytes::CopyOf(text).value());
  }
  return keys;
}

std::string KeyText(char name) {
  return std::string(16, name) + std::string(32, 'h') + std::string(32, 'a');
}

class RandomTicketKeysTest : public ::testing::Test {
 protected:
  std::string Name() { return keys_->EncryptionKey().value()->name; }

  absl::Time now_ = absl::UnixEpoch();
  std::shared_ptr<TicketKeys> keys_ =
      TicketKeys::CreateRandom([this] { return now_; }).value();
};

TEST_F(RandomTicketKeysTest, AreRandom) {
  auto other = TicketKeys::CreateRandom().value();
  auto key = keys_->EncryptionKey().value();
  auto key_of_other = other->EncryptionKey().value();
  EXPECT_NE(key->name, key_of_other->name);
  EXPECT_NE(key->aes.Reveal(), key_of_other->aes.Reveal());
  EXPECT_NE(key->aes.Reveal(), key->hmac.Reveal());
  EXPECT_EQ(key->name.size(), 16u);
  EXPECT_EQ(key->hmac.size(), 32u);
  EXPECT_EQ(key->aes.size(), 32u);
}

TEST_F(RandomTicketKeysTest, RotateHourlyWhenUsed) {
  const std::string first = Name();
  now_ += absl::Hours(1) - absl::Seconds(1);
  EXPECT_EQ(Name(), first);
  EXPECT_FALSE(keys_->DecryptionKey(first).renew);
  now_ += absl::Seconds(1);
  EXPECT_NE(Name(), first);
  const TicketKeys::Found found = keys_->DecryptionKey(first);
  ASSERT_NE(found.key, nullptr);
  EXPECT_EQ(found.key->name, first);
  EXPECT_TRUE(found.renew);
}

TEST_F(RandomTicketKeysTest, DecryptForTwelveHours) {
  const std::string first = Name();
  for (int hour = 1; hour < 12; ++hour) {
    now_ += absl::Hours(1);
    Name();
    EXPECT_NE(keys_->DecryptionKey(first).key, nullptr) << hour;
  }
  now_ += absl::Hours(1);
  EXPECT_EQ(keys_->DecryptionKey(first).key, nullptr);
}

TEST_F(RandomTicketKeysTest, AgeCountsAlsoWithoutUse) {
  const std::string first = Name();
  now_ += absl::Hours(100);
  EXPECT_EQ(keys_->DecryptionKey(first).key, nullptr);
  EXPECT_NE(Name(), first);
}

TEST_F(RandomTicketKeysTest, KeyInUseOutlivesItsRotation) {
  auto key = keys_->EncryptionKey().value();
  const std::string aes(key->aes.Reveal());
  now_ += absl::Hours(100);
  Name();
  EXPECT_EQ(key->aes.Reveal(), aes);
}

TEST_F(RandomTicketKeysTest, ClockThatGoesBackLosesNothing) {
  const std::string first = Name();
  now_ -= absl::Hours(5);
  EXPECT_EQ(Name(), first);
  EXPECT_NE(keys_->DecryptionKey(first).key, nullptr);
}

TEST_F(RandomTicketKeysTest, UnknownNameIsNotFound) {
  EXPECT_EQ(keys_->DecryptionKey(std::string(16, '?')).key, nullptr);
  EXPECT_EQ(keys_->DecryptionKey("").key, nullptr);
}

TEST_F(RandomTicketKeysTest, CannotBeSet) {
  EXPECT_THAT(keys_->SetKeys(Keys({KeyText('n')})),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("rotate by themselves")));
}

TEST_F(RandomTicketKeysTest, ThreadsShareThem) {
  std::vector<std::thread> threads;
  auto keys = TicketKeys::CreateRandom().value();
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 200; ++j) {
        const std::string name = keys->EncryptionKey().value()->name;
        EXPECT_NE(keys->DecryptionKey(name).key, nullptr);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(GivenTicketKeysTest, FirstEncryptsAllDecrypt) {
  auto keys =
      TicketKeys::CreateFromKeys(Keys({KeyText('1'), KeyText('2')})).value();
  EXPECT_EQ(keys->EncryptionKey().value()->name, std::string(16, '1'));
  const TicketKeys::Found first = keys->DecryptionKey(std::string(16, '1'));
  const TicketKeys::Found second = keys->DecryptionKey(std::string(16, '2'));
  ASSERT_NE(first.key, nullptr);
  EXPECT_FALSE(first.renew);
  ASSERT_NE(second.key, nullptr);
  EXPECT_TRUE(second.renew);
  EXPECT_EQ(second.key->hmac.Reveal(), std::string(32, 'h'));
  EXPECT_EQ(second.key->aes.Reveal(), std::string(32, 'a'));
}

TEST(GivenTicketKeysTest, NothingButSetKeysRotatesThem) {
  absl::Time now = absl::UnixEpoch();
  auto keys = TicketKeys::CreateFromKeys(Keys({KeyText('1')}), [&] {
                return now;
              }).value();
  now += absl::Hours(1000);
  EXPECT_EQ(keys->EncryptionKey().value()->name, std::string(16, '1'));
  EXPECT_NE(keys->DecryptionKey(std::string(16, '1')).key, nullptr);
  ASSERT_THAT(keys->SetKeys(Keys({KeyText('2')})), IsOk());
  EXPECT_EQ(keys->EncryptionKey().value()->name, std::string(16, '2'));
  EXPECT_EQ(keys->DecryptionKey(std::string(16, '1')).key, nullptr);
}

TEST(GivenTicketKeysTest, BadKeysAreRefusedAndChangeNothing) {
  auto keys = TicketKeys::CreateFromKeys(Keys({KeyText('1')})).value();
  EXPECT_THAT(keys->SetKeys({}), StatusIs(absl::StatusCode::kInvalidArgument,
                                          "no session ticket key was given"));
  EXPECT_THAT(
      keys->SetKeys(Keys({KeyText('2'), "short"})),
      StatusIs(absl::StatusCode::kInvalidArgument,
               "a session ticket key has 5 bytes; it must have 80 random ones "
               "(openssl rand 80): 16 of name, 32 for HMAC, 32 for AES"));
  EXPECT_THAT(keys->SetKeys(Keys({KeyText('2'), KeyText('2')})),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("the same first 16 bytes")));
  EXPECT_EQ(keys->EncryptionKey().value()->name, std::string(16, '1'));
}

}  // namespace
}  // namespace keyhold
