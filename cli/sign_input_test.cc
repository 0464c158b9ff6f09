#include "cli/sign_input.h"

#include <sstream>

#include "cli/exit_code.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "openssl/sha.h"
#include "tls_lib/base/secret_bytes.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/core/signed_content.h"
#include "tls_lib/local/private_key.h"
#include "tls_lib/local/test_keys.h"

namespace keyhold {
namespace {

using ::testing::HasSubstr;

constexpr SignatureScheme kScheme = SignatureScheme::kEcdsaSecp256r1Sha256;

class SignInputTest : public testing::Test {
 protected:
  absl::StatusOr<SignInput> Create(const SignInputArguments& arguments,
                                   const std::string& in = "hello") {
    in_.clear();
    in_.str(in);
    return SignInput::Create(arguments, {in_, out_, err_});
  }
  void ExpectUsageError(const SignInputArguments& arguments,
                        const char* message) {
    const absl::Status status = Create(arguments).status();
    EXPECT_EQ(ExitCodeOf(status), ExitCode::kUsage);
    EXPECT_THAT(std::string(status.message()), HasSubstr(message));
  }

  const PrivateKey key_ =
      *PrivateKey::Parse(*SecretBytes::CopyOf(TestKeyPem(TestKeyKind::kP256)));
  std::istringstream in_;
  std::ostringstream out_;
  std::ostringstream err_;
};

TEST_F(SignInputTest, TranscriptHash) {
  SignInputArguments arguments;
  arguments.transcript_hash = std::string(64, 'a');
  absl::StatusOr<SignInput> input = Create(arguments);
  ASSERT_THAT(input, IsOk());
  signer::v1::SignRequest request;
  input->FillIn(request, signer::v1::ROLE_CLIENT);
  const std::string hash(32, '\xaa');
  EXPECT_EQ(request.tls13_certificate_verify().role(), signer::v1::ROLE_CLIENT);
  EXPECT_EQ(request.tls13_certificate_verify().transcript_hash(), hash);

  const std::string signature = *key_.Sign(
      kScheme, *AssembleTls13CertificateVerify({Role::kClient, hash}));
  EXPECT_THAT(input->Verify(key_.public_key(), kScheme, signer::v1::ROLE_CLIENT,
                            signature),
              IsOk());
  EXPECT_THAT(input->Verify(key_.public_key(), kScheme, signer::v1::ROLE_SERVER,
                            signature),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_F(SignInputTest, Digest) {
  SignInputArguments arguments;
  arguments.digest_of = "-";
  absl::StatusOr<SignInput> input = Create(arguments);
  ASSERT_THAT(input, IsOk());
  signer::v1::SignRequest request;
  input->FillIn(request, signer::v1::ROLE_SERVER);
  std::string digest(32, '\0');
  SHA256(reinterpret_cast<const unsigned char*>("hello"), 5,
         reinterpret_cast<unsigned char*>(digest.data()));
  EXPECT_EQ(request.digest().hash(), signer::v1::HASH_SHA256);
  EXPECT_EQ(request.digest().value(), digest);
  EXPECT_THAT(input->Verify(key_.public_key(), kScheme, signer::v1::ROLE_SERVER,
                            *key_.SignDigest(kScheme, digest)),
              IsOk());
}

TEST_F(SignInputTest, DigestTakesTheSchemesHash) {
  SignInputArguments arguments;
  arguments.digest_of = "-";
  arguments.scheme = "rsa_pss_rsae_sha384";
  signer::v1::SignRequest request;
  Create(arguments)->FillIn(request, signer::v1::ROLE_SERVER);
  EXPECT_EQ(request.digest().hash(), signer::v1::HASH_SHA384);
  EXPECT_EQ(request.digest().value().size(), 48u);
}

TEST_F(SignInputTest, Message) {
  SignInputArguments arguments;
  arguments.message = "-";
  absl::StatusOr<SignInput> input = Create(arguments);
  ASSERT_THAT(input, IsOk());
  signer::v1::SignRequest request;
  input->FillIn(request, signer::v1::ROLE_SERVER);
  EXPECT_EQ(request.message(), "hello");
  EXPECT_THAT(input->Verify(key_.public_key(), kScheme, signer::v1::ROLE_SERVER,
                            *key_.Sign(kScheme, "hello")),
              IsOk());
  EXPECT_THAT(
      Create(arguments, std::string(131073, 'x')),
      StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("too long")));
}

TEST_F(SignInputTest, SaysWhichArgumentIsWrong) {
  SignInputArguments arguments;
  ExpectUsageError(arguments, "Give exactly one of");
  arguments.message = "-";
  arguments.digest_of = "-";
  ExpectUsageError(arguments, "Give exactly one of");
  arguments.digest_of = "";
  arguments.hash = "sha256";
  ExpectUsageError(arguments, "--hash goes with --digest-of only");
  arguments = {};
  arguments.transcript_hash = "abcd";
  ExpectUsageError(arguments, "64 hexadecimal digits (SHA-256) or 96");
  arguments = {};
  arguments.digest_of = "-";
  arguments.hash = "md5";
  ExpectUsageError(arguments, "\"md5\" is no hash");
  arguments.hash = "sha256";
  arguments.scheme = "rsa_pss_rsae_sha384";
  ExpectUsageError(arguments, "is made with SHA-384, not with SHA-256");
  arguments.scheme = "ed25519";
  ExpectUsageError(arguments, "use --message");
}

}  // namespace
}  // namespace keyhold
