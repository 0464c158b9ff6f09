// ChooseScheme.
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "keyhold/signer/v1/sign.pb.h"
#include "tests/contract/contract_test.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/core/error_reason.h"
#include "tls_lib/remote/policy_version.h"

namespace keyhold {
namespace {

namespace v1 = signer::v1;
using ::testing::HasSubstr;
using ::testing::Optional;
using ::testing::SizeIs;

constexpr uint32_t kGrease = 0x2a2a;
constexpr uint32_t kPkcs1Sha256 = 0x0401;
constexpr uint32_t kPss256 = 0x0804;
constexpr uint32_t kPss384 = 0x0805;
constexpr uint32_t kPss512 = 0x0806;

class ChooseContractTest : public ContractTest {
 protected:
  static v1::ChooseSchemeRequest Ask(const PublicKey& key,
                                     std::vector<uint32_t> offered) {
    v1::ChooseSchemeRequest request;
    request.set_spki_sha256(std::string(key.spki_sha256()));
    request.set_role(v1::ROLE_SERVER);
    request.set_tls_version(v1::TLS_VERSION_1_3);
    for (const uint32_t scheme : offered) request.add_offered(scheme);
    return request;
  }

  absl::StatusOr<uint32_t> Choose(const v1::ChooseSchemeRequest& request) {
    const auto response = client_->ChooseScheme(request);
    if (!response.ok()) return response.status();
    EXPECT_THAT(response->policy_version(), SizeIs(16));
    return response->scheme();
  }

  void ExpectRefused(const v1::ChooseSchemeRequest& request,
                     absl::StatusCode code, ErrorReason reason) {
    const auto choice = Choose(request);
    EXPECT_THAT(choice, StatusIs(code));
    EXPECT_THAT(GetReason(choice.status()), Optional(reason));
    EXPECT_THAT(PolicyVersionOf(choice.status()), SizeIs(16));
  }

  void ExpectInvalid(const v1::ChooseSchemeRequest& request,
                     const std::string& field) {
    ExpectRefused(request, absl::StatusCode::kInvalidArgument,
                  ErrorReason::kInvalidRequest);
    EXPECT_THAT(Choose(request), StatusIs(testing::_, HasSubstr(field)));
  }

  const PublicKey rsa_ = PublicKeyOf(TestKeyKind::kRsa2048);
};

TEST_F(ChooseContractTest, OrderOfferedPlaysNoPart) {
  Serve({ContractKey("rsa", TestKeyKind::kRsa2048)});
  EXPECT_THAT(Choose(Ask(rsa_, {kPss256, kPss384, kPss512})),
              IsOkAndHolds(kPss256));
  EXPECT_THAT(Choose(Ask(rsa_, {kPss512, kPss384, kPss256})),
              IsOkAndHolds(kPss256));
}

TEST_F(ChooseContractTest, PreferencesOfTheKey) {
  FakeKey key = ContractKey("rsa", TestKeyKind::kRsa2048);
  key.schemes = {SignatureScheme::kRsaPssRsaeSha512,
                 SignatureScheme::kRsaPssRsaeSha256};
  Serve({key});
  EXPECT_THAT(Choose(Ask(rsa_, {kPss256, kPss384, kPss512})),
              IsOkAndHolds(kPss512));
  ExpectRefused(Ask(rsa_, {kPss384}), absl::StatusCode::kFailedPrecondition,
                ErrorReason::kNoCommonScheme);
}

TEST_F(ChooseContractTest, UnknownPointsAreSkipped) {
  Serve({ContractKey("rsa", TestKeyKind::kRsa2048)});
  EXPECT_THAT(Choose(Ask(rsa_, {kGrease, 0x0201, 0x10804, 0xffffffff, kPss384,
                                kPss384})),
              IsOkAndHolds(kPss384));
}

TEST_F(ChooseContractTest, NothingInCommon) {
  Serve({ContractKey("rsa", TestKeyKind::kRsa2048)});
  for (const std::vector<uint32_t>& offered :
       {std::vector<uint32_t>{}, {kGrease}, {0x0403, 0x0807}, {kPkcs1Sha256}}) {
    ExpectRefused(Ask(rsa_, offered), absl::StatusCode::kFailedPrecondition,
                  ErrorReason::kNoCommonScheme);
  }
}

TEST_F(ChooseContractTest, Pkcs1BelowTls13Only) {
  Serve({ContractKey("rsa", TestKeyKind::kRsa2048)});
  auto request = Ask(rsa_, {kPkcs1Sha256});
  request.set_tls_version(v1::TLS_VERSION_1_2);
  EXPECT_THAT(Choose(request), IsOkAndHolds(kPkcs1Sha256));
}

TEST_F(ChooseContractTest, CurveBindsTheHashInTls13Only) {
  Serve({ContractKey("p384", TestKeyKind::kP384)});
  const PublicKey p384 = PublicKeyOf(TestKeyKind::kP384);
  auto request = Ask(p384, {0x0403});
  ExpectRefused(request, absl::StatusCode::kFailedPrecondition,
                ErrorReason::kNoCommonScheme);
  request.set_tls_version(v1::TLS_VERSION_1_2);
  EXPECT_THAT(Choose(request), IsOkAndHolds(0x0403));
  request.add_offered(0x0503);
  EXPECT_THAT(Choose(request), IsOkAndHolds(0x0503));
}

TEST_F(ChooseContractTest, RestrictedPssKey) {
  Serve({ContractKey("pss", TestKeyKind::kRsaPss2048Sha256)});
  const PublicKey pss = PublicKeyOf(TestKeyKind::kRsaPss2048Sha256);
  EXPECT_THAT(Choose(Ask(pss, {0x080b, 0x0809, kPss256})),
              IsOkAndHolds(0x0809));
  ExpectRefused(Ask(pss, {0x080a, kPss256}),
                absl::StatusCode::kFailedPrecondition,
                ErrorReason::kNoCommonScheme);
}

TEST_F(ChooseContractTest, RoleThatTheKeyDoesNotHave) {
  FakeKey client_key = ContractKey("app", TestKeyKind::kP256);
  client_key.roles = {Role::kClient};
  Serve({client_key, ContractKey("rsa", TestKeyKind::kRsa2048)});
  const PublicKey p256 = PublicKeyOf(TestKeyKind::kP256);
  ExpectRefused(Ask(p256, {0x0403}), absl::StatusCode::kPermissionDenied,
                ErrorReason::kUsageNotAllowed);
  auto request = Ask(p256, {0x0403});
  request.set_role(v1::ROLE_CLIENT);
  EXPECT_THAT(Choose(request), IsOkAndHolds(0x0403));
  request = Ask(rsa_, {kPss256});
  request.set_role(v1::ROLE_CLIENT);
  ExpectRefused(request, absl::StatusCode::kPermissionDenied,
                ErrorReason::kUsageNotAllowed);
}

TEST_F(ChooseContractTest, RuleWithSchemesAndServerNames) {
  FakeRule rule;
  rule.schemes = {SignatureScheme::kRsaPssRsaeSha384};
  rule.server_names = {"www.example.org"};
  Serve({ContractKey("rsa", TestKeyKind::kRsa2048)}, {rule});
  auto request = Ask(rsa_, {kPss256, kPss384});
  ExpectRefused(request, absl::StatusCode::kPermissionDenied,
                ErrorReason::kServerNameNotAllowed);
  request.set_server_name("mail.example.org");
  ExpectRefused(request, absl::StatusCode::kPermissionDenied,
                ErrorReason::kServerNameNotAllowed);
  request.set_server_name("WWW.example.org");
  EXPECT_THAT(Choose(request), IsOkAndHolds(kPss384));
  request.mutable_offered()->Clear();
  request.add_offered(kPss256);
  ExpectRefused(request, absl::StatusCode::kFailedPrecondition,
                ErrorReason::kNoCommonScheme);
}

TEST_F(ChooseContractTest, KeyThatIsNotThereOrNotYours) {
  FakeRule rule;
  rule.keys = {"rsa"};
  Serve({ContractKey("rsa", TestKeyKind::kRsa2048),
         ContractKey("secret", TestKeyKind::kP256)},
        {rule});
  ExpectRefused(Ask(PublicKeyOf(TestKeyKind::kP256), {0x0403}),
                absl::StatusCode::kNotFound, ErrorReason::kKeyNotFound);
  ExpectRefused(Ask(PublicKeyOf(TestKeyKind::kP256, 5), {0x0403}),
                absl::StatusCode::kNotFound, ErrorReason::kKeyNotFound);
}

TEST_F(ChooseContractTest, MalformedRequests) {
  Serve({ContractKey("rsa", TestKeyKind::kRsa2048)});
  auto request = Ask(rsa_, {kPss256});
  request.set_spki_sha256("short");
  ExpectInvalid(request, "spki_sha256");
  request = Ask(rsa_, {kPss256});
  request.clear_role();
  ExpectInvalid(request, "role");
  request = Ask(rsa_, {kPss256});
  request.clear_tls_version();
  ExpectInvalid(request, "tls_version");
  request = Ask(rsa_, {kPss256});
  request.set_server_name(std::string(256, 'a'));
  ExpectInvalid(request, "server_name");
  ExpectInvalid(Ask(rsa_, std::vector<uint32_t>(10000, kPss256)), "offered");
}

TEST_F(ChooseContractTest, AsManyOfferedAsMayBe) {
  Serve({ContractKey("rsa", TestKeyKind::kRsa2048)});
  std::vector<uint32_t> offered(1023, kGrease);
  offered.push_back(kPss256);
  EXPECT_THAT(Choose(Ask(rsa_, offered)), IsOkAndHolds(kPss256));
}

}  // namespace
}  // namespace keyhold
