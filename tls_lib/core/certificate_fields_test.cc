#include "tls_lib/core/certificate_fields.h"

#include <string>

#include "absl/strings/str_replace.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/local/test_keys.h"

namespace keyhold {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;

std::string CertDer(const TestCertOptions& options,
                    TestKeyKind kind = TestKeyKind::kP256) {
  return PemToDer(SelfSignedTestCert(TestKeyPem(kind), options));
}

TEST(CertificateFieldsTest, ReadsWhatOpensslWrote) {
  TestCertOptions options;
  options.dns_names = {"WWW.Example.org", "*.example.net", "www.example.org"};
  options.uris = {"spiffe://example.org/web"};
  options.ip_addresses = {"127.0.0.1"};
  options.server_auth = true;
  options.not_before = absl::FromUnixSeconds(1700000000);
  options.not_after = absl::FromUnixSeconds(1800000000);
  absl::StatusOr<CertificateFields> fields =
      ReadCertificateFields(CertDer(options));
  ASSERT_THAT(fields, IsOk());
  EXPECT_EQ(fields->spki, TestKeySpki(TestKeyKind::kP256));
  EXPECT_THAT(fields->dns_names,
              ElementsAre("www.example.org", "*.example.net"));
  EXPECT_EQ(fields->not_before, options.not_before);
  EXPECT_EQ(fields->not_after, options.not_after);
  EXPECT_TRUE(fields->server_auth);
  EXPECT_FALSE(fields->client_auth);
}

TEST(CertificateFieldsTest, EveryKeyType) {
  for (TestKeyKind kind : GoodTestKeyKinds()) {
    absl::StatusOr<CertificateFields> fields =
        ReadCertificateFields(CertDer({}, kind));
    ASSERT_THAT(fields, IsOk()) << kind;
    EXPECT_EQ(fields->spki, TestKeySpki(kind)) << kind;
  }
}

TEST(CertificateFieldsTest, WithoutNamesOrExtendedKeyUsage) {
  absl::StatusOr<CertificateFields> fields = ReadCertificateFields(CertDer({}));
  ASSERT_THAT(fields, IsOk());
  EXPECT_THAT(fields->dns_names, IsEmpty());
  EXPECT_TRUE(fields->server_auth);
  EXPECT_TRUE(fields->client_auth);
}

TEST(CertificateFieldsTest, ClientAuth) {
  TestCertOptions options;
  options.client_auth = true;
  absl::StatusOr<CertificateFields> fields =
      ReadCertificateFields(CertDer(options));
  ASSERT_THAT(fields, IsOk());
  EXPECT_FALSE(fields->server_auth);
  EXPECT_TRUE(fields->client_auth);
}

TEST(CertificateFieldsTest, NamesThatAreNoneAreLeftOut) {
  TestCertOptions options;
  options.dns_names = {"good.example.org", "a b", "w*.example.org"};
  absl::StatusOr<CertificateFields> fields =
      ReadCertificateFields(CertDer(options));
  ASSERT_THAT(fields, IsOk());
  EXPECT_THAT(fields->dns_names, ElementsAre("good.example.org"));
}

// From 2050 on times are GeneralizedTime (RFC 5280 §4.1.2.5).
TEST(CertificateFieldsTest, TimesOfBothForms) {
  TestCertOptions options;
  const absl::TimeZone utc = absl::UTCTimeZone();
  options.not_before = absl::FromCivil(absl::CivilSecond(1985, 2, 3), utc);
  options.not_after =
      absl::FromCivil(absl::CivilSecond(9999, 12, 31, 23, 59, 59), utc);
  absl::StatusOr<CertificateFields> fields =
      ReadCertificateFields(CertDer(options));
  ASSERT_THAT(fields, IsOk());
  EXPECT_EQ(fields->not_before, options.not_before);
  EXPECT_EQ(fields->not_after, options.not_after);
}

TEST(CertificateFieldsTest, TimesThatAreNone) {
  TestCertOptions options;
  options.not_before = absl::FromUnixSeconds(1700000000);
  const std::string der = CertDer(options);
  const std::string good = "231114221320Z";
  ASSERT_THAT(der, HasSubstr(good));
  for (const char* bad : {"231314221320Z", "230229221320Z", "231114241320Z",
                          "23111422132xZ", "2311142213200", "231114226020Z"}) {
    EXPECT_THAT(ReadCertificateFields(absl::StrReplaceAll(der, {{good, bad}})),
                StatusIs(kInvalid, HasSubstr("validity")))
        << bad;
  }
}

TEST(CertificateFieldsTest, EveryTruncationIsRefused) {
  const std::string der = CertDer({});
  for (size_t size = 0; size < der.size(); ++size) {
    EXPECT_THAT(ReadCertificateFields(der.substr(0, size)),
                StatusIs(kInvalid, StartsWith("not a certificate: ")))
        << size;
  }
}

TEST(CertificateFieldsTest, TrailingBytes) {
  EXPECT_THAT(ReadCertificateFields(CertDer({}) + "x"),
              StatusIs(kInvalid,
                       "not a certificate: what follows it is not as RFC 5280 "
                       "section 4.1 has it"));
}

TEST(CertificateFieldsTest, OtherThings) {
  EXPECT_THAT(ReadCertificateFields("hello"),
              StatusIs(kInvalid, HasSubstr("the outer SEQUENCE")));
  EXPECT_THAT(ReadCertificateFields(TestKeySpki(TestKeyKind::kP256)),
              StatusIs(kInvalid, HasSubstr("signatureAlgorithm")));
}

// A malformed name must not hide the ones after it.
TEST(CertificateFieldsTest, MalformedSubjectAltName) {
  TestCertOptions options;
  options.dns_names = {"www.example.org"};
  std::string der = CertDer(options);
  const size_t name = der.find("www.example.org");
  ASSERT_NE(name, std::string::npos);
  der[name - 1] = 14;  // its length
  EXPECT_THAT(ReadCertificateFields(der),
              StatusIs(kInvalid, HasSubstr("subjectAltName")));
}

}  // namespace
}  // namespace keyhold
