#include "signer_service/vault/vault_test_input.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/mutex.h"
#include "gtest/gtest.h"

namespace keyhold {

using signer::v1::SignRequest;

namespace {

void DieUnless(bool ok, const char* what) {
  if (ok) return;
  perror(what);
  abort();
}

SignRequest EmptyRequest(const PublicKey& key, SignatureScheme scheme) {
  SignRequest request;
  request.set_spki_sha256(std::string(key.spki_sha256()));
  request.set_scheme(static_cast<uint32_t>(scheme));
  return request;
}

std::string WithLength(size_t width, absl::string_view bytes) {
  std::string length(width, '\0');
  for (size_t i = 0; i < width; ++i) {
    length[i] = static_cast<char>(bytes.size() >> (8 * (width - 1 - i)));
  }
  return absl::StrCat(length, bytes);
}

std::string HandshakeMessage(char type, absl::string_view body) {
  return absl::StrCat(std::string(1, type), WithLength(3, body));
}

std::string CertificateMessage(absl::string_view der) {
  return HandshakeMessage(11, WithLength(3, WithLength(3, der)));
}

}  // namespace

UniqueFd FileHolding(absl::string_view bytes) {
  UniqueFd fd(memfd_create("test", MFD_CLOEXEC));
  DieUnless(fd.get() >= 0, "memfd_create");
  const ssize_t written = write(fd.get(), bytes.data(), bytes.size());
  DieUnless(written == static_cast<ssize_t>(bytes.size()), "write");
  return fd;
}

KeyFile TestKeyFile(absl::string_view id, absl::string_view encoded_key,
                    absl::string_view label) {
  KeyFile file;
  file.id = std::string(id);
  file.label = std::string(label);
  file.path =
      absl::StrCat("/keys/", id, label.empty() ? "" : "@", label, ".key");
  file.fd = FileHolding(encoded_key);
  file.usage_ceiling = AllUsages();
  return file;
}

UsageSet AllUsages() {
  UsageSet usages;
  for (int value = 1; value <= signer::v1::Usage_MAX; ++value) {
    usages.Insert(static_cast<signer::v1::Usage>(value));
  }
  return usages;
}

PublicKey TestPublicKey(TestKeyKind kind, int index) {
  return *PublicKey::FromSpki(TestKeySpki(kind, index));
}

std::string TestTls12Transcript(absl::string_view certificate_der) {
  const std::string hello_start =
      absl::StrCat("\x03\x03", std::string(32, 'r'), std::string(1, '\0'));
  const std::string client_hello =
      absl::StrCat(hello_start, WithLength(2, "\xc0\x2b"),
                   WithLength(1, absl::string_view("\0", 1)));
  const std::string server_hello =
      absl::StrCat(hello_start, absl::string_view("\xc0\x2b\0", 3));
  const std::string certificate_request = absl::StrCat(
      WithLength(1, "\x40"), WithLength(2, "\x04\x03"), WithLength(2, ""));
  return absl::StrCat(
      HandshakeMessage(1, client_hello), HandshakeMessage(2, server_hello),
      CertificateMessage("any certificate of a server"),
      HandshakeMessage(12, "key exchange"),
      HandshakeMessage(13, certificate_request), HandshakeMessage(14, ""),
      CertificateMessage(certificate_der),
      HandshakeMessage(16, "key exchange"));
}

std::string P256Point() {
  // The generator (FIPS 186-4 D.1.2.3).
  return absl::HexStringToBytes(
      "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
      "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5");
}

SignRequest Tls13Request(const PublicKey& key, SignatureScheme scheme,
                         signer::v1::Role role) {
  SignRequest request = EmptyRequest(key, scheme);
  request.mutable_tls13_certificate_verify()->set_role(role);
  request.mutable_tls13_certificate_verify()->set_transcript_hash(
      std::string(32, 'h'));
  return request;
}

SignRequest Tls12ServerRequest(const PublicKey& key, SignatureScheme scheme) {
  SignRequest request = EmptyRequest(key, scheme);
  auto& form = *request.mutable_tls12_server_key_exchange();
  form.set_client_random(std::string(32, 'c'));
  form.set_server_random(std::string(32, 's'));
  form.set_curve(23);
  form.set_public_point(P256Point());
  return request;
}

SignRequest Tls12ClientRequest(const PublicKey& key, SignatureScheme scheme,
                               absl::string_view certificate_der) {
  SignRequest request = EmptyRequest(key, scheme);
  request.mutable_tls12_certificate_verify()->set_handshake_messages(
      TestTls12Transcript(certificate_der));
  return request;
}

SignRequest MessageRequest(const PublicKey& key, SignatureScheme scheme,
                           absl::string_view message) {
  SignRequest request = EmptyRequest(key, scheme);
  request.set_message(std::string(message));
  return request;
}

SignRequest DigestRequest(const PublicKey& key, SignatureScheme scheme,
                          signer::v1::Hash hash, absl::string_view value) {
  SignRequest request = EmptyRequest(key, scheme);
  request.mutable_digest()->set_hash(hash);
  request.mutable_digest()->set_value(std::string(value));
  return request;
}

std::vector<absl::StatusOr<std::string>> SignAll(Vault& vault,
                                                 std::vector<SignJob> jobs) {
  std::vector<absl::StatusOr<std::string>> results(jobs.size());
  std::vector<bool> answered(jobs.size(), false);
  absl::BlockingCounter unanswered(static_cast<int>(jobs.size()));
  absl::Mutex mutex;
  vault.Sign(std::move(jobs), [&](std::vector<JobResult> some) {
    EXPECT_FALSE(some.empty());
    for (JobResult& result : some) {
      {
        absl::MutexLock lock(&mutex);
        ASSERT_LT(result.job, results.size());
        ASSERT_FALSE(answered[result.job]) << "job " << result.job;
        answered[result.job] = true;
        results[result.job] = std::move(result.signature);
      }
      unanswered.DecrementCount();
    }
  });
  unanswered.Wait();
  return results;
}

absl::StatusOr<std::string> SignOne(Vault& vault, const SignRequest& request) {
  std::vector<SignJob> jobs(1);
  jobs[0].request = request;
  return std::move(SignAll(vault, std::move(jobs)).front());
}

}  // namespace keyhold
