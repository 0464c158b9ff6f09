// Vectors from the Wycheproof project, in the folder that KEYHOLD_VECTORS
// names. Without it there is nothing to test, and a line that says so.
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/json_util.h"
#include "gtest/gtest.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/local/private_key.h"

namespace keyhold {
namespace {

using google::protobuf::Struct;
using google::protobuf::Value;

const std::string& Text(const Struct& object, const std::string& name) {
  return object.fields().at(name).string_value();
}
std::string Bytes(const Struct& object, const std::string& name) {
  return absl::HexStringToBytes(Text(object, name));
}
const google::protobuf::RepeatedPtrField<Value>& List(const Struct& object,
                                                      const std::string& name) {
  return object.fields().at(name).list_value().values();
}
std::string CaseName(const Struct& test) {
  return absl::StrCat("test case ", test.fields().at("tcId").number_value(),
                      ": ", Text(test, "comment"));
}

Struct ReadVectors(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string json{std::istreambuf_iterator<char>(file), {}};
  Struct result;
  EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(json, &result).ok())
      << path;
  return result;
}

// Null for a hash that TLS does not use any more.
const SchemeInfo* Pkcs1Scheme(const std::string& sha) {
  if (sha == "SHA-256") return FindScheme(SignatureScheme::kRsaPkcs1Sha256);
  if (sha == "SHA-384") return FindScheme(SignatureScheme::kRsaPkcs1Sha384);
  if (sha == "SHA-512") return FindScheme(SignatureScheme::kRsaPkcs1Sha512);
  return nullptr;
}

// RSA PKCS#1 v1.5 is deterministic: the signature must be the vector's.
class RsaPkcs1SignTest : public testing::Test {
 public:
  explicit RsaPkcs1SignTest(std::string path) : path_(std::move(path)) {}

  void TestBody() override {
    int signatures = 0;
    const Struct file = ReadVectors(path_);
    for (const Value& value : List(file, "testGroups")) {
      const Struct& group = value.struct_value();
      const SchemeInfo* scheme = Pkcs1Scheme(Text(group, "sha"));
      if (scheme == nullptr) continue;
      absl::StatusOr<PrivateKey> key = PrivateKey::Parse(
          *SecretBytes::CopyOf(Bytes(group, "privateKeyPkcs8")));
      ASSERT_THAT(key, IsOk());
      for (const Value& test_value : List(group, "tests")) {
        const Struct& test = test_value.struct_value();
        if (Text(test, "result") == "invalid") continue;
        SCOPED_TRACE(CaseName(test));
        absl::StatusOr<std::string> signature =
            key->Sign(scheme->scheme, Bytes(test, "msg"));
        ASSERT_THAT(signature, IsOk());
        EXPECT_EQ(absl::BytesToHexString(*signature), Text(test, "sig"));
        ++signatures;
      }
    }
    std::cout << signatures << " signatures compared\n";
    EXPECT_GT(signatures, 0);
  }

 private:
  const std::string path_;
};

class EddsaVerifyTest : public testing::Test {
 public:
  explicit EddsaVerifyTest(std::string path) : path_(std::move(path)) {}

  void TestBody() override {
    int signatures = 0;
    const Struct file = ReadVectors(path_);
    for (const Value& value : List(file, "testGroups")) {
      const Struct& group = value.struct_value();
      absl::StatusOr<PublicKey> key =
          PublicKey::FromSpki(Bytes(group, "publicKeyDer"));
      ASSERT_THAT(key, IsOk());
      const SignatureScheme scheme = key->DefaultPreferences()[0];
      for (const Value& test_value : List(group, "tests")) {
        const Struct& test = test_value.struct_value();
        SCOPED_TRACE(CaseName(test));
        EXPECT_EQ(
            key->Verify(scheme, Bytes(test, "msg"), Bytes(test, "sig")).ok(),
            Text(test, "result") == "valid");
        ++signatures;
      }
    }
    std::cout << signatures << " signatures verified\n";
    EXPECT_GT(signatures, 0);
  }

 private:
  const std::string path_;
};

template <typename Test>
void Register(const std::string& suite, const std::string& folder,
              const std::string& name) {
  testing::RegisterTest(
      suite.c_str(), name.c_str(), nullptr, nullptr, __FILE__, __LINE__,
      [path = absl::StrCat(folder, "/", name, ".json")]() -> testing::Test* {
        return new Test(path);
      });
}

void RegisterVectors() {
  const char* folder = std::getenv("KEYHOLD_VECTORS");
  if (folder == nullptr || *folder == '\0' ||
      !std::ifstream(absl::StrCat(folder, "/ed25519_test.json")).good()) {
    std::cout << "No Wycheproof vectors (KEYHOLD_VECTORS names no folder that "
                 "holds them): nothing to test.\n";
    return;
  }
  for (const char* bits : {"2048", "3072", "4096"}) {
    Register<RsaPkcs1SignTest>(
        "RsaPkcs1Sign", folder,
        absl::StrCat("rsa_pkcs1_", bits, "_sig_gen_test"));
  }
  for (const char* name : {"ed25519_test", "ed448_test"}) {
    Register<EddsaVerifyTest>("EddsaVerify", folder, name);
  }
}

}  // namespace
}  // namespace keyhold

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  keyhold::RegisterVectors();
  return RUN_ALL_TESTS();
}
