#include "tls_lib/remote/transport_diagnosis.h"

#include <string>

#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/fakes/fake_signer.h"
#include "tls_lib/local/test_keys.h"

namespace keyhold {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr char kRefused[] =
    "Tls handshake failed: SSL routines::certificate verify failed";

class TransportDiagnosisTest : public testing::Test {
 protected:
  TransportDiagnosisTest() : signer_({}) {}

  TransportDiagnosis Diagnosis() {
    return TransportDiagnosis(*ParseEndpoint(signer_.endpoint()), files_);
  }
  static absl::Time Soon() { return absl::Now() + absl::Seconds(60); }

  FakeSigner signer_;
  const SignerTlsFiles files_ = signer_.pki().IssueClient(kWebIdentity);
};

TEST_F(TransportDiagnosisTest, NothingKnown) {
  TransportDiagnosis diagnosis = Diagnosis();
  diagnosis.Examine("Connection refused", Soon());
  EXPECT_EQ(diagnosis.Explain("Connection refused"), "");
}

TEST_F(TransportDiagnosisTest, ExpiredCertificateOfTheService) {
  signer_.Stop();
  signer_.pki().IssueServer(Expired({}));
  signer_.Start();
  TransportDiagnosis diagnosis = Diagnosis();
  EXPECT_EQ(diagnosis.Explain(kRefused), "");
  diagnosis.Examine(kRefused, Soon());
  EXPECT_THAT(diagnosis.Explain(kRefused),
              HasSubstr("at the service, the certificate of CN=signer expired "
                        "on 20"));
  EXPECT_EQ(signer_.Calls(FakeRpc::kListKeys), 0);
}

TEST_F(TransportDiagnosisTest, ServiceOfAnotherCa) {
  const TestCa other("Other CA", TestKeyKind::kP256, 7);
  signer_.pki().folder().Write("transport-ca.crt", other.cert_pem());
  TransportDiagnosis diagnosis = Diagnosis();
  diagnosis.Examine(kRefused, Soon());
  EXPECT_THAT(
      diagnosis.Explain(kRefused),
      AllOf(HasSubstr("is not trusted under"), HasSubstr("transport-ca.crt")));
}

TEST_F(TransportDiagnosisTest, ServiceThatIsAway) {
  signer_.Stop();
  TransportDiagnosis diagnosis = Diagnosis();
  diagnosis.Examine(kRefused, absl::Now() + absl::Milliseconds(20));
  EXPECT_EQ(diagnosis.Explain(kRefused), "");
}

TEST_F(TransportDiagnosisTest, OwnFiles) {
  TransportDiagnosis diagnosis = Diagnosis();
  const std::string& file = files_.certificate_file;
  signer_.pki().folder().Remove(file.substr(file.rfind('/') + 1));
  EXPECT_THAT(diagnosis.Explain("anything"),
              AllOf(HasSubstr("cannot read"), HasSubstr(file)));
}

TEST_F(TransportDiagnosisTest, ClientThatTheServiceRefuses) {
  EXPECT_THAT(
      Diagnosis().Explain("failed to connect to all addresses; last error: "
                          "UNAVAILABLE: ipv4:10.0.0.1:1: Socket closed"),
      AllOf(HasSubstr("may not trust this client's certificate"),
            HasSubstr(files_.certificate_file)));
}

}  // namespace
}  // namespace keyhold
