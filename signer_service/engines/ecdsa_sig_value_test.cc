#include "signer_service/engines/ecdsa_sig_value.h"

#include <string>

#include "absl/strings/escaping.h"
#include "gtest/gtest.h"
#include "openssl/ecdsa.h"
#include "tls_lib/base/openssl_ptr.h"

namespace keyhold {
namespace {

std::string Hex(absl::string_view r, absl::string_view s) {
  return absl::BytesToHexString(EncodeEcdsaSigValue(r, s));
}

std::string Bytes(absl::string_view hex) { return absl::HexStringToBytes(hex); }

TEST(EcdsaSigValueTest, LeadingZerosGo) {
  EXPECT_EQ(Hex(Bytes("00000001"), Bytes("0002")), "3006020101020102");
}

TEST(EcdsaSigValueTest, AZeroGoesBeforeAHighBit) {
  EXPECT_EQ(Hex(Bytes("80"), Bytes("007f")), "30070202008002017f");
  EXPECT_EQ(Hex(Bytes("00ff00"), Bytes("01")), "3008020300ff00020101");
}

TEST(EcdsaSigValueTest, ZeroKeepsOneByte) {
  EXPECT_EQ(Hex(Bytes("0000"), Bytes("00")), "3006020100020100");
}

// As OpenSSL writes them, also where the length needs two bytes (P-521).
TEST(EcdsaSigValueTest, IsWhatOpensslWrites) {
  for (int size : {1, 2, 31, 32, 33, 47, 48, 62, 63, 64, 65, 66}) {
    for (int first : {0x00, 0x01, 0x7f, 0x80, 0xff}) {
      std::string r(size, '\x55');
      std::string s(size, '\xaa');
      r[0] = s[0] = static_cast<char>(first);
      ECDSA_SIG* value = ECDSA_SIG_new();
      const auto number = [](const std::string& bytes) {
        return BN_bin2bn(reinterpret_cast<const unsigned char*>(bytes.data()),
                         static_cast<int>(bytes.size()), nullptr);
      };
      ASSERT_EQ(ECDSA_SIG_set0(value, number(r), number(s)), 1);
      unsigned char* der = nullptr;
      const int der_size = i2d_ECDSA_SIG(value, &der);
      ASSERT_GT(der_size, 0);
      OpensslBytesPtr owned(der);
      EXPECT_EQ(EncodeEcdsaSigValue(r, s),
                std::string(reinterpret_cast<char*>(der), der_size));
      ECDSA_SIG_free(value);
    }
  }
}

}  // namespace
}  // namespace keyhold
