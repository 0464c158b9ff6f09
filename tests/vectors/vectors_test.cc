// The golden vectors against this library and the service's own assembly.
#include <optional>
#include <string>

#include "absl/strings/escaping.h"
#include "gtest/gtest.h"
#include "signer_service/vault/signed_input.h"
#include "tests/vectors/vector_file.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/core/error_reason.h"
#include "tls_lib/core/public_key.h"
#include "tls_lib/core/signature_scheme.h"
#include "tls_lib/core/signed_content.h"
#include "tls_lib/remote/status_from_rpc.h"

namespace keyhold {
namespace {

using absl::BytesToHexString;

constexpr size_t kMaxMessageBytes = 65536;

const Vector& File() {
  static const Vector* const file = new Vector(ReadVectorFile());
  return *file;
}

PublicKey KeyNamed(const std::string& name) {
  for (const Vector& key : File().Objects("keys")) {
    if (key.Text("name") == name) {
      return PublicKey::FromSpki(key.Bytes("spki")).value();
    }
  }
  ADD_FAILURE() << "no key " << name;
  std::abort();
}

TEST(VectorsTest, KeysAreNamedByTheirHash) {
  for (const Vector& key : File().Objects("keys")) {
    SCOPED_TRACE(key.Text("name"));
    const PublicKey parsed = KeyNamed(key.Text("name"));
    EXPECT_EQ(parsed.spki_sha256(), key.Bytes("spki_sha256"));
    EXPECT_EQ(parsed.bits(), static_cast<int>(key.Number("bits")));
  }
}

TEST(VectorsTest, RequestsHaveTheseBytes) {
  int requests = 0;
  for (const Vector& vector : File().Objects("sign")) {
    SCOPED_TRACE(vector.Text("name"));
    EXPECT_EQ(BytesToHexString(
                  ToSignRequest(vector.Object("request")).SerializeAsString()),
              vector.Text("request_bytes"));
    ++requests;
  }
  for (const Vector& vector : File().Objects("choose")) {
    SCOPED_TRACE(vector.Text("name"));
    EXPECT_EQ(BytesToHexString(ToChooseSchemeRequest(vector.Object("request"))
                                   .SerializeAsString()),
              vector.Text("request_bytes"));
    ++requests;
  }
  EXPECT_GT(requests, 100);
}

// What the service would sign for the request, or the digest of it.
TEST(VectorsTest, TheServiceAssemblesThisContent) {
  for (const Vector& vector : File().Objects("sign")) {
    if (!vector.Has("to_be_signed")) continue;
    SCOPED_TRACE(vector.Text("name"));
    signer::v1::SignRequest request;
    ASSERT_TRUE(request.ParseFromString(vector.Bytes("request_bytes")));
    const PublicKey key = KeyNamed(vector.Text("key"));
    absl::StatusOr<SignedInput> input =
        SignedInput::FromRequest(request, key, kMaxMessageBytes);
    ASSERT_THAT(input, IsOk());
    if (input->digest_hash().has_value()) {
      // A good signature over the digest is one over the content.
      EXPECT_EQ(key.VerifyDigest(
                       static_cast<SignatureScheme>(vector.Number("scheme")),
                       input->bytes(), vector.Bytes("signature"))
                    .ok(),
                vector.Flag("verifies"));
      continue;
    }
    EXPECT_EQ(BytesToHexString(input->bytes()), vector.Text("to_be_signed"));
  }
}

TEST(VectorsTest, SignaturesVerifyOrNot) {
  int good = 0;
  int bad = 0;
  for (const Vector& vector : File().Objects("sign")) {
    if (!vector.Has("to_be_signed")) continue;
    SCOPED_TRACE(vector.Text("name"));
    const bool verifies = vector.Flag("verifies");
    EXPECT_EQ(
        KeyNamed(vector.Text("key"))
            .Verify(static_cast<SignatureScheme>(vector.Number("scheme")),
                    vector.Bytes("to_be_signed"), vector.Bytes("signature"))
            .ok(),
        verifies)
        << vector.Text("why");
    ++(verifies ? good : bad);
  }
  EXPECT_GT(good, 80);
  EXPECT_GT(bad, 10);
}

TEST(VectorsTest, StructuredContentIsRecognised) {
  for (const Vector& vector : File().Objects("sign")) {
    if (!vector.Has("to_be_signed")) continue;
    SCOPED_TRACE(vector.Text("name"));
    const std::string content = vector.Bytes("to_be_signed");
    const std::string form = vector.Text("form");
    EXPECT_EQ(ParseTls13CertificateVerify(content).has_value(),
              form == "tls13_certificate_verify");
    EXPECT_EQ(ParseTls12ServerKeyExchange(content).has_value(),
              form == "tls12_server_key_exchange");
    EXPECT_EQ(LooksLikeTls12CertificateVerify(content),
              form == "tls12_certificate_verify");
  }
}

TEST(VectorsTest, WhatOnlyLooksStructuredIsNot) {
  for (const Vector& vector : File().Objects("not_structured")) {
    SCOPED_TRACE(vector.Text("name"));
    const std::string content = vector.Bytes("bytes");
    EXPECT_FALSE(ParseTls13CertificateVerify(content).has_value());
    EXPECT_FALSE(ParseTls12ServerKeyExchange(content).has_value());
    EXPECT_FALSE(LooksLikeTls12CertificateVerify(content));
  }
}

TEST(VectorsTest, RefusalsKeepTheirReason) {
  for (const Vector& vector : File().Objects("errors")) {
    SCOPED_TRACE(vector.Text("name"));
    google::rpc::Status rpc;
    ASSERT_TRUE(rpc.ParseFromString(vector.Bytes("details")));
    EXPECT_EQ(rpc.code(), static_cast<int>(vector.Number("code")));
    const std::optional<ErrorReason> reason =
        GetReason(StatusFromRpc(rpc, "test"));
    EXPECT_EQ(reason, ParseErrorReason(vector.Text("reason")));
  }
}

}  // namespace
}  // namespace keyhold
