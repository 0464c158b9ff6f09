#include "tests/conformance/to_be_signed.h"

#include <cstdlib>
#include <iterator>

#include "openssl/evp.h"
#include "openssl/rand.h"
#include "tls_lib/base/openssl_ptr.h"
#include "tls_lib/core/signed_content.h"
#include "tls_lib/core/test_transcript.h"
#include "tls_lib/local/test_keys.h"

namespace keyhold {
namespace {

std::string RandomBytes(size_t size) {
  std::string bytes(size, '\0');
  if (RAND_bytes(reinterpret_cast<uint8_t*>(bytes.data()),
                 static_cast<int>(size)) != 1) {
    std::abort();
  }
  return bytes;
}

struct Curve {
  uint16_t named_curve;
  const char* type;
  const char* group;
};

constexpr Curve kCurves[] = {{23, "EC", "P-256"},
                             {24, "EC", "P-384"},
                             {25, "EC", "P-521"},
                             {29, "X25519", nullptr},
                             {30, "X448", nullptr}};

std::string FreshPublicPoint(const Curve& curve) {
  EvpPkeyPtr key(
      curve.group != nullptr
          ? EVP_PKEY_Q_keygen(nullptr, nullptr, curve.type, curve.group)
          : EVP_PKEY_Q_keygen(nullptr, nullptr, curve.type));
  unsigned char* point = nullptr;
  const size_t size = EVP_PKEY_get1_encoded_public_key(key.get(), &point);
  OpensslBytesPtr owned(point);
  return std::string(reinterpret_cast<char*>(point), size);
}

std::string ServerKeyExchange(int variant) {
  const Curve& curve = kCurves[variant % std::size(kCurves)];
  return *AssembleTls12ServerKeyExchange({RandomBytes(32), RandomBytes(32),
                                          curve.named_curve,
                                          FreshPublicPoint(curve)});
}

std::string HandshakeMessages(absl::string_view certificate_pem) {
  constexpr uint8_t kClientHello = 1;
  TestTranscript transcript = MakeTestTranscript(PemToDer(certificate_pem));
  transcript.MessageOf(kClientHello).body.replace(2, 32, RandomBytes(32));
  return transcript.Encode();
}

}  // namespace

std::string MakeToBeSigned(Role role, TlsVersion version,
                           absl::string_view certificate_pem, int variant) {
  if (version == TlsVersion::kTls13) {
    return *AssembleTls13CertificateVerify(
        {role, RandomBytes(variant % 2 == 0 ? 32 : 48)});
  }
  return role == Role::kServer ? ServerKeyExchange(variant)
                               : HandshakeMessages(certificate_pem);
}

}  // namespace keyhold
