// Makes the requests of a load, and checks what comes back.
#ifndef KEYHOLD_TESTS_BENCH_REQUEST_SOURCE_H_
#define KEYHOLD_TESTS_BENCH_REQUEST_SOURCE_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "keyhold/signer/v1/sign.pb.h"
#include "tls_lib/core/public_key.h"
#include "tls_lib/core/signature_scheme.h"

namespace keyhold::bench {

// TLS 1.3 server CertificateVerify, or for PKCS#1 schemes a TLS 1.2
// ServerKeyExchange. Not thread-safe.
class RequestSource {
 public:
  RequestSource(PublicKey key, SignatureScheme scheme)
      : key_(std::move(key)), scheme_(scheme) {}

  // Fills in key, scheme and an input that no request had before: a cache
  // anywhere would show.
  void Fill(signer::v1::SignRequest* request);

  // InvalidArgument if `signature` is not the key's for `request`.
  absl::Status Verify(const signer::v1::SignRequest& request,
                      absl::string_view signature) const;

 private:
  const PublicKey key_;
  const SignatureScheme scheme_;
  uint64_t serial_ = 0;
};

}  // namespace keyhold::bench

#endif  // KEYHOLD_TESTS_BENCH_REQUEST_SOURCE_H_
