#include "tls_lib/local/local_signing_key.h"

#include <fstream>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/core/error_reason.h"
#include "tls_lib/local/test_keys.h"

namespace keyhold {
namespace {

using ::testing::HasSubstr;
using ::testing::Optional;

SigningContext Tls12() {
  SigningContext context;
  context.version = TlsVersion::kTls12;
  return context;
}

PrivateKey KeyOf(TestKeyKind kind) {
  return *PrivateKey::Parse(*SecretBytes::CopyOf(TestKeyPem(kind)));
}

std::string WriteFile(const std::string& name, const std::string& contents) {
  const std::string path = absl::StrCat(testing::TempDir(), "/", name);
  std::ofstream(path, std::ios::binary) << contents;
  return path;
}

TEST(LocalSigningKeyTest, ChoosesByDefaultPreferences) {
  absl::StatusOr<std::shared_ptr<const LocalSigningKey>> key =
      LocalSigningKey::Create(KeyOf(TestKeyKind::kRsa2048));
  ASSERT_THAT(key, IsOk());
  EXPECT_EQ((*key)->public_key().spki(), TestKeySpki(TestKeyKind::kRsa2048));
  EXPECT_EQ((*key)->async(), nullptr);
  const SignatureScheme offered[] = {SignatureScheme::kRsaPkcs1Sha256,
                                     SignatureScheme::kRsaPssRsaeSha512};
  absl::StatusOr<std::unique_ptr<Signer>> signer =
      (*key)->ChooseScheme(Tls12(), offered);
  ASSERT_THAT(signer, IsOk());
  EXPECT_EQ((*signer)->scheme(), SignatureScheme::kRsaPssRsaeSha512);
  absl::StatusOr<std::unique_ptr<Signer>> last =
      (*key)->LastKnownChoice(Tls12(), offered);
  ASSERT_THAT(last, IsOk());
  EXPECT_EQ((*last)->scheme(), SignatureScheme::kRsaPssRsaeSha512);
}

TEST(LocalSigningKeyTest, OwnPreferences) {
  absl::StatusOr<std::shared_ptr<const LocalSigningKey>> key =
      LocalSigningKey::Create(
          KeyOf(TestKeyKind::kRsa2048),
          {SignatureScheme::kEd25519, SignatureScheme::kRsaPkcs1Sha256});
  ASSERT_THAT(key, IsOk());
  absl::StatusOr<std::unique_ptr<Signer>> signer = (*key)->ChooseScheme(
      Tls12(),
      {SignatureScheme::kRsaPssRsaeSha256, SignatureScheme::kRsaPkcs1Sha256});
  ASSERT_THAT(signer, IsOk());
  EXPECT_EQ((*signer)->scheme(), SignatureScheme::kRsaPkcs1Sha256);
  EXPECT_THAT(
      (*key)->ChooseScheme(Tls12(), {SignatureScheme::kRsaPssRsaeSha256}),
      StatusIs(absl::StatusCode::kFailedPrecondition));
}

TEST(LocalSigningKeyTest, PreferencesThatNeverFit) {
  EXPECT_THAT(LocalSigningKey::Create(KeyOf(TestKeyKind::kP256),
                                      {SignatureScheme::kEd25519}),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "the P-256 key can make none of the preferred signature "
                       "schemes"));
}

TEST(LocalSigningKeyTest, SignerOutlivesNothingButTheKeysOwner) {
  std::unique_ptr<Signer> signer;
  {
    absl::StatusOr<std::shared_ptr<const LocalSigningKey>> key =
        LocalSigningKey::Create(KeyOf(TestKeyKind::kEd25519));
    ASSERT_THAT(key, IsOk());
    signer = *(*key)->ChooseScheme({}, {SignatureScheme::kEd25519});
  }
  EXPECT_THAT(signer->Sign("m", absl::InfiniteFuture()), IsOk());
}

TEST(LocalSigningKeyTest, NothingIsSignedAfterTheDeadline) {
  absl::StatusOr<std::shared_ptr<const LocalSigningKey>> key =
      LocalSigningKey::Create(KeyOf(TestKeyKind::kEd25519));
  ASSERT_THAT(key, IsOk());
  absl::StatusOr<std::unique_ptr<Signer>> signer =
      (*key)->ChooseScheme({}, {SignatureScheme::kEd25519});
  ASSERT_THAT(signer, IsOk());
  for (absl::Time deadline :
       {absl::InfinitePast(), absl::Now() - absl::Seconds(1)}) {
    absl::Status status = (*signer)->Sign("m", deadline).status();
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kDeadlineExceeded,
                                 "the deadline had passed; not signed"));
    EXPECT_THAT(GetReason(status), Optional(ErrorReason::kDeadlinePassed));
  }
}

TEST(LocalSigningKeyFromFileTest, ReadsTheKey) {
  const std::string path =
      WriteFile("good.key", absl::StrCat(TestKeyPem(TestKeyKind::kP384)));
  absl::StatusOr<std::shared_ptr<const LocalSigningKey>> key =
      LocalSigningKey::FromFile(path);
  ASSERT_THAT(key, IsOk());
  EXPECT_EQ((*key)->public_key().spki(), TestKeySpki(TestKeyKind::kP384));
}

TEST(LocalSigningKeyFromFileTest, MissingFile) {
  const std::string path = absl::StrCat(testing::TempDir(), "/none.key");
  EXPECT_THAT(LocalSigningKey::FromFile(path),
              StatusIs(absl::StatusCode::kNotFound,
                       HasSubstr(absl::StrCat(
                           path, ": cannot read the key file: No such file"))));
}

TEST(LocalSigningKeyFromFileTest, Directory) {
  EXPECT_THAT(
      LocalSigningKey::FromFile(testing::TempDir()),
      StatusIs(testing::Ne(absl::StatusCode::kOk),
               HasSubstr(": cannot read the key file: Is a directory")));
}

TEST(LocalSigningKeyFromFileTest, BadContentsNameThePath) {
  const std::string path = WriteFile("bad.key", "hello");
  EXPECT_THAT(LocalSigningKey::FromFile(path),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr(absl::StrCat(path, ": not a private key"))));
  EXPECT_THAT(LocalSigningKey::FromFile(WriteFile("empty.key", "")),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("empty.key: the key file is empty")));
}

TEST(LocalSigningKeyFromFileTest, TooLarge) {
  EXPECT_THAT(LocalSigningKey::FromFile(
                  WriteFile("large.key", std::string((1 << 20) + 1, 'x'))),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("large.key: not a key file: it has more than "
                                 "1048576 bytes")));
}

}  // namespace
}  // namespace keyhold
