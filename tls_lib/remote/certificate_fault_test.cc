#include "tls_lib/remote/certificate_fault.h"

#include <fstream>
#include <string>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tls_lib/local/test_keys.h"

namespace keyhold {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class CertificateFaultTest : public testing::Test {
 protected:
  CertificateFaultTest() { std::ofstream(ca_file_) << ca_.cert_pem(); }

  static absl::Time Day(int year) {
    return absl::FromCivil(absl::CivilDay(year, 3, 1), absl::UTCTimeZone());
  }

  const TestCa ca_{"Transport CA"};
  const std::string ca_file_ = testing::TempDir() + "/ca.crt";
  const std::string key_ = TestKeyPem(TestKeyKind::kP256);
  TestCertOptions options_;
};

TEST_F(CertificateFaultTest, NothingWrong) {
  options_.server_auth = true;
  EXPECT_EQ(CertificateFault(ca_.Issue(key_, options_), ca_file_), "");
}

TEST_F(CertificateFaultTest, Expired) {
  options_.common_name = "signer";
  options_.not_before = Day(2020);
  options_.not_after = Day(2021);
  EXPECT_EQ(CertificateFault(ca_.Issue(key_, options_), ca_file_),
            "the certificate of CN=signer expired on 2021-03-01 00:00:00 UTC");
}

TEST_F(CertificateFaultTest, NotYetValid) {
  options_.not_before = Day(2090);
  options_.not_after = Day(2091);
  EXPECT_THAT(CertificateFault(ca_.Issue(key_, options_), ca_file_),
              HasSubstr("is valid only from 2090-03-01 00:00:00 UTC"));
}

TEST_F(CertificateFaultTest, OfAnotherCa) {
  const TestCa other("Other CA", TestKeyKind::kP256, 7);
  EXPECT_THAT(CertificateFault(other.Issue(key_), ca_file_),
              AllOf(HasSubstr("is not trusted under"), HasSubstr(ca_file_),
                    HasSubstr("issuer")));
}

TEST_F(CertificateFaultTest, ForClientsOnly) {
  options_.client_auth = true;
  EXPECT_THAT(CertificateFault(ca_.Issue(key_, options_), ca_file_),
              HasSubstr("purpose"));
}

TEST_F(CertificateFaultTest, CannotBeFoundOut) {
  EXPECT_EQ(CertificateFault("no PEM", ca_file_), "");
  EXPECT_EQ(CertificateFault(ca_.Issue(key_), ca_file_ + ".none"), "");
}

}  // namespace
}  // namespace keyhold
