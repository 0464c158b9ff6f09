#include "daemon/grpc_complaint.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace keyhold {
namespace {

using testing::AllOf;
using testing::HasSubstr;

TEST(GrpcComplaintTest, KnownReasonIsExplainedAndKept) {
  EXPECT_THAT(
      GrpcComplaint("Handshake failed with fatal error SSL_ERROR_SSL: "
                    "error:0A000086:SSL routines::certificate verify failed.")
          .ToString(),
      AllOf(HasSubstr("\"event\":\"tls_refused\""),
            HasSubstr("it has expired, is not valid yet, or comes from "
                      "another CA than client_ca_file names"),
            HasSubstr("0A000086")));
  EXPECT_THAT(GrpcComplaint("peer did not return a certificate").ToString(),
              HasSubstr("a client showed no certificate"));
}

TEST(GrpcComplaintTest, AnythingElseStaysAsItIs) {
  EXPECT_THAT(GrpcComplaint("something new").ToString(),
              AllOf(HasSubstr("\"event\":\"grpc\""),
                    HasSubstr("\"message\":\"something new\"")));
}

}  // namespace
}  // namespace keyhold
