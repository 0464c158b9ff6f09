#include "cli/key_text.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace keyhold {
namespace {

using ::testing::HasSubstr;

signer::v1::Key TestKey() {
  signer::v1::Key key;
  key.set_id("www");
  key.set_label("2026");
  key.set_type(signer::v1::KEY_TYPE_RSA);
  key.set_bits(2048);
  key.set_spki("spki");
  key.set_spki_sha256(std::string(32, '\x1f'));
  key.add_usages(signer::v1::USAGE_TLS13_SERVER);
  key.add_usages(signer::v1::USAGE_TLS12_SERVER);
  key.add_schemes(0x0804);
  key.add_schemes(0x0401);
  key.add_server_names("www.example.org");
  key.mutable_not_after()->set_seconds(1800000000);
  key.set_engine("openssl");
  return key;
}

TEST(KeyTextTest, TableHasALineForEachKey) {
  signer::v1::Key bare;
  bare.set_id("a-key-with-a-long-name");
  bare.set_type(signer::v1::KEY_TYPE_ED25519);
  EXPECT_EQ(
      KeyTable({TestKey(), bare}),
      "KEY                     TYPE      SHA-256           CERTIFICATE UNTIL  "
      "MAY SIGN\n"
      "www@2026                RSA-2048  1f1f1f1f1f1f1f1f  2027-01-15         "
      "tls13_server, tls12_server\n"
      "a-key-with-a-long-name  Ed25519                     -                  "
      "\n");
}

TEST(KeyTextTest, DetailsHaveTheWholeHash) {
  const std::string text = KeyDetails(TestKey());
  EXPECT_THAT(text, HasSubstr(std::string("sha256:         ") +
                              "1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f"
                              "1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f\n"));
  EXPECT_THAT(text, HasSubstr("schemes:        rsa_pss_rsae_sha256\n"
                              "                rsa_pkcs1_sha256\n"));
  EXPECT_THAT(text, HasSubstr("valid until:    2027-01-15 08:00:00 UTC\n"
                              "engine:         openssl\n"));
}

TEST(KeyTextTest, Json) {
  EXPECT_EQ(
      KeysJson({TestKey()}).ToText(),
      R"({"keys": [{"id": "www", "label": "2026", "type": "RSA-2048", "bits": 2048, )"
      R"("spki": "c3BraQ==", "spki_sha256": )"
      R"("1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f", )"
      R"("usages": ["tls13_server", "tls12_server"], )"
      R"("schemes": ["rsa_pss_rsae_sha256", "rsa_pkcs1_sha256"], )"
      R"("server_names": ["www.example.org"], )"
      R"("not_after": "2027-01-15T08:00:00+00:00", "engine": "openssl"}]})");
}

}  // namespace
}  // namespace keyhold
