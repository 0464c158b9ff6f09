#include "signer_service/front/request_check.h"

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/core/error_reason.h"

namespace keyhold {
namespace {

using signer::v1::ChooseSchemeRequest;
using signer::v1::KeySelector;
using signer::v1::SignRequest;
using testing::HasSubstr;
using testing::Optional;

constexpr size_t kMaxMessageBytes = 1000;

SignRequest GoodRequest() {
  SignRequest request;
  request.set_spki_sha256(std::string(32, 's'));
  request.set_scheme(0x0403);
  request.mutable_tls13_certificate_verify()->set_role(signer::v1::ROLE_SERVER);
  request.mutable_tls13_certificate_verify()->set_transcript_hash(
      std::string(32, 'h'));
  return request;
}

void SetExchange(SignRequest& request) {
  auto* exchange = request.mutable_tls12_server_key_exchange();
  exchange->set_client_random(std::string(32, 'c'));
  exchange->set_server_random(std::string(32, 's'));
  exchange->set_curve(29);
  exchange->set_public_point(std::string(32, 'p'));
}

struct Case {
  std::string message;
  std::function<void(SignRequest&)> change;
  absl::StatusCode code = absl::StatusCode::kInvalidArgument;
  ErrorReason reason = ErrorReason::kInvalidRequest;
};

TEST(RequestCheckTest, GoodRequestsPass) {
  const std::vector<std::function<void(SignRequest&)>> changes = {
      [](SignRequest&) {},
      [](SignRequest& r) { r.set_request_id(std::string(16, 'r')); },
      [](SignRequest& r) { r.set_server_name("*.Example.org"); },
      [](SignRequest& r) {
        r.set_traceparent(
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
      },
      [](SignRequest& r) {
        r.clear_scheme();
        for (int i = 0; i < 1024; ++i) r.add_offered_schemes(0x0a0a);
      },
      [](SignRequest& r) {
        r.mutable_tls13_certificate_verify()->set_transcript_hash(
            std::string(48, 'h'));
      },
      [](SignRequest& r) { SetExchange(r); },
      [](SignRequest& r) {
        r.mutable_tls12_certificate_verify()->set_handshake_messages(
            std::string(65536, 'm'));
      },
      [](SignRequest& r) { r.set_message(std::string(kMaxMessageBytes, 'm')); },
      [](SignRequest& r) { r.set_message(""); },
      [](SignRequest& r) {
        r.mutable_digest()->set_hash(signer::v1::HASH_SHA384);
        r.mutable_digest()->set_value(std::string(48, 'd'));
      },
  };
  for (size_t i = 0; i < changes.size(); ++i) {
    SignRequest request = GoodRequest();
    changes[i](request);
    EXPECT_THAT(CheckSignRequest(request, kMaxMessageBytes), IsOk()) << i;
  }
}

TEST(RequestCheckTest, EachFaultNamesItsFieldAndWhatWasExpected) {
  const std::vector<Case> cases = {
      {"spki_sha256: expected 32 bytes, the SHA-256 of the key's "
       "SubjectPublicKeyInfo, got 0",
       [](SignRequest& r) { r.clear_spki_sha256(); }},
      {"got 31",
       [](SignRequest& r) { r.set_spki_sha256(std::string(31, 's')); }},
      {"request_id: expected 16 or no bytes, got 15",
       [](SignRequest& r) { r.set_request_id(std::string(15, 'r')); }},
      {"traceparent: expected the 55 characters of W3C Trace Context",
       [](SignRequest& r) { r.set_traceparent("00-1-2-01"); }},
      {"traceparent: ",
       [](SignRequest& r) {
         r.set_traceparent(
             "00-4BF92F3577B34DA6A3CE929D0E0E4736-00F067AA0BA902B7-01");
       }},
      {"server_name: expected a DNS name: at most 255 bytes",
       [](SignRequest& r) { r.set_server_name(std::string(256, 'a')); }},
      {"server_name: ", [](SignRequest& r) { r.set_server_name("a b"); }},
      {"server_name: ", [](SignRequest& r) { r.set_server_name("a."); }},
      {"scheme: required, unless offered_schemes is set",
       [](SignRequest& r) { r.clear_scheme(); }},
      {"scheme: expected either scheme or offered_schemes, got both",
       [](SignRequest& r) { r.add_offered_schemes(0x0403); }},
      {"scheme: unknown scheme 0x0a0a",
       [](SignRequest& r) { r.set_scheme(0x0a0a); }},
      {"scheme: unknown scheme 0x0201",  // rsa_pkcs1_sha1
       [](SignRequest& r) { r.set_scheme(0x0201); }},
      {"scheme: unknown scheme 0x10403",
       [](SignRequest& r) { r.set_scheme(0x10403); }},
      {"offered_schemes: expected at most 1024 schemes, got 10000",
       [](SignRequest& r) {
         r.clear_scheme();
         for (int i = 0; i < 10000; ++i) r.add_offered_schemes(0x0403);
       }},
      {"input: required: what is to be signed",
       [](SignRequest& r) { r.clear_tls13_certificate_verify(); }},
      {"tls13_certificate_verify.role: required: ROLE_SERVER or ROLE_CLIENT",
       [](SignRequest& r) {
         r.mutable_tls13_certificate_verify()->clear_role();
       }},
      {"tls13_certificate_verify.role: ",
       [](SignRequest& r) {
         r.mutable_tls13_certificate_verify()->set_role(
             static_cast<signer::v1::Role>(3));
       }},
      {"tls13_certificate_verify.transcript_hash: expected 32 or 48 bytes, "
       "got 33",
       [](SignRequest& r) {
         r.mutable_tls13_certificate_verify()->set_transcript_hash(
             std::string(33, 'h'));
       }},
      {"tls12_server_key_exchange.client_random: expected 32 bytes, got 31",
       [](SignRequest& r) {
         SetExchange(r);
         r.mutable_tls12_server_key_exchange()->set_client_random(
             std::string(31, 'c'));
       }},
      {"tls12_server_key_exchange.server_random: expected 32 bytes, got 0",
       [](SignRequest& r) {
         SetExchange(r);
         r.mutable_tls12_server_key_exchange()->clear_server_random();
       }},
      {"tls12_server_key_exchange.curve: required: 23, 24, 25, 29 or 30",
       [](SignRequest& r) {
         SetExchange(r);
         r.mutable_tls12_server_key_exchange()->clear_curve();
       }},
      {"tls12_server_key_exchange.public_point: expected 1 to 133 bytes, got "
       "134",
       [](SignRequest& r) {
         SetExchange(r);
         r.mutable_tls12_server_key_exchange()->set_public_point(
             std::string(134, 'p'));
       }},
      {"tls12_certificate_verify.handshake_messages: required",
       [](SignRequest& r) { r.mutable_tls12_certificate_verify(); }},
      {"tls12_certificate_verify.handshake_messages: at most 65536 bytes are "
       "accepted, got 65537",
       [](SignRequest& r) {
         r.mutable_tls12_certificate_verify()->set_handshake_messages(
             std::string(65537, 'm'));
       },
       absl::StatusCode::kResourceExhausted, ErrorReason::kFrameTooLarge},
      {"message: at most 1000 bytes are accepted, got 1048576",
       [](SignRequest& r) { r.set_message(std::string(1 << 20, 'm')); },
       absl::StatusCode::kResourceExhausted, ErrorReason::kFrameTooLarge},
      {"digest.hash: required: SHA-256, SHA-384 or SHA-512",
       [](SignRequest& r) {
         r.mutable_digest()->set_value(std::string(32, 'd'));
       }},
      {"digest.value: expected 64 bytes, got 32",
       [](SignRequest& r) {
         r.mutable_digest()->set_hash(signer::v1::HASH_SHA512);
         r.mutable_digest()->set_value(std::string(32, 'd'));
       }},
      {"csr.dns_names[0]: expected a DNS name",
       [](SignRequest& r) { r.mutable_csr()->add_dns_names("a b"); }},
      {"self_signed_certificate.dns_names: expected at most 100 names, got 101",
       [](SignRequest& r) {
         for (int i = 0; i < 101; ++i) {
           r.mutable_self_signed_certificate()->add_dns_names("a.test");
         }
       }},
      {"delegated_credential: this version",
       [](SignRequest& r) { r.mutable_delegated_credential(); },
       absl::StatusCode::kInvalidArgument, ErrorReason::kInputNotAccepted},
  };
  for (const Case& c : cases) {
    SignRequest request = GoodRequest();
    c.change(request);
    const absl::Status status = CheckSignRequest(request, kMaxMessageBytes);
    EXPECT_THAT(status, StatusIs(c.code, HasSubstr(c.message)));
    EXPECT_THAT(GetReason(status), Optional(c.reason)) << c.message;
  }
}

TEST(RequestCheckTest, ChooseScheme) {
  ChooseSchemeRequest good;
  good.set_spki_sha256(std::string(32, 's'));
  good.set_role(signer::v1::ROLE_CLIENT);
  good.set_tls_version(signer::v1::TLS_VERSION_1_2);
  EXPECT_THAT(CheckChooseSchemeRequest(good), IsOk());

  const auto fault = [&](std::function<void(ChooseSchemeRequest&)> change) {
    ChooseSchemeRequest request = good;
    change(request);
    const absl::Status status = CheckChooseSchemeRequest(request);
    EXPECT_THAT(GetReason(status), Optional(ErrorReason::kInvalidRequest));
    return std::string(status.message());
  };
  EXPECT_THAT(fault([](auto& r) { r.clear_spki_sha256(); }),
              HasSubstr("spki_sha256: expected"));
  EXPECT_EQ(fault([](auto& r) { r.clear_role(); }),
            "role: required: ROLE_SERVER or ROLE_CLIENT");
  EXPECT_EQ(fault([](auto& r) { r.clear_tls_version(); }),
            "tls_version: required: TLS_VERSION_1_2 or TLS_VERSION_1_3");
  EXPECT_THAT(fault([](auto& r) {
                r.set_tls_version(static_cast<signer::v1::TlsVersion>(0x0302));
              }),
              HasSubstr("tls_version: required"));
  EXPECT_THAT(fault([](auto& r) { r.set_server_name("*"); }),
              HasSubstr("server_name: expected a DNS name"));
  EXPECT_EQ(fault([](auto& r) {
              for (int i = 0; i < 10000; ++i) r.add_offered(0x0403);
            }),
            "offered: expected at most 1024 schemes, got 10000");
}

TEST(RequestCheckTest, KeySelector) {
  KeySelector selector;
  EXPECT_THAT(CheckKeySelector(selector),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "selector: required: id, spki_sha256 or server_name"));
  selector.set_id("www");
  EXPECT_THAT(CheckKeySelector(selector), IsOk());
  selector.set_id("");
  EXPECT_THAT(CheckKeySelector(selector),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "selector.id: expected 1 to 255 bytes, got 0"));
  selector.set_id(std::string(256, 'i'));
  EXPECT_THAT(CheckKeySelector(selector),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "selector.id: expected 1 to 255 bytes, got 256"));
  selector.set_spki_sha256(std::string(32, 's'));
  EXPECT_THAT(CheckKeySelector(selector), IsOk());
  selector.set_spki_sha256("short");
  EXPECT_THAT(CheckKeySelector(selector),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("selector.spki_sha256: expected")));
  selector.set_server_name("www.example.org");
  EXPECT_THAT(CheckKeySelector(selector), IsOk());
  selector.set_server_name("www..org");
  EXPECT_THAT(CheckKeySelector(selector),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("selector.server_name: expected a DNS name")));
}

}  // namespace
}  // namespace keyhold
