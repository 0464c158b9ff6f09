// A client of SignStream, and what the tests of SignStream have in common.
#ifndef KEYHOLD_SIGNER_SERVICE_FRONT_TESTING_STREAM_CLIENT_H_
#define KEYHOLD_SIGNER_SERVICE_FRONT_TESTING_STREAM_CLIENT_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "grpcpp/support/sync_stream.h"
#include "gtest/gtest.h"
#include "keyhold/signer/v1/service.grpc.pb.h"
#include "signer_service/front/testing/test_site.h"

namespace keyhold {

// A client's end of one stream, for 60 s at most. One thread may send while
// another reads.
class StreamClient {
 public:
  explicit StreamClient(const std::shared_ptr<grpc::Channel>& channel);

  bool Send(const signer::v1::SignBatchRequest& frame) {
    return stream_->Write(frame);
  }
  bool Send(const std::vector<signer::v1::SignRequest>& items);
  // The next frame; an empty one at the stream's end.
  signer::v1::SignBatchResponse Read();
  // Answers by id, until there are `count` or more.
  std::map<uint64_t, signer::v1::SignResponse> ReadAnswers(size_t count);
  void HalfClose() { stream_->WritesDone(); }
  // What is unread is dropped.
  grpc::Status Finish();
  grpc::ClientContext& context() { return context_; }

 private:
  std::unique_ptr<signer::v1::Signer::Stub> stub_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReaderWriter<signer::v1::SignBatchRequest,
                                           signer::v1::SignBatchResponse>>
      stream_;
};

// Both transports: over TLS (true) and over a UNIX socket. One signing thread;
// a slow key, of RSA-4096, so that items queue up.
class SignStreamFixture : public testing::TestWithParam<bool> {
 protected:
  explicit SignStreamFixture(InProcessVaultOptions vault_options = {});
  // `more`: other sections of the configuration.
  void Configure(const std::string& more);
  std::shared_ptr<grpc::Channel> Channel() {
    return GetParam() ? site_.AppChannel() : site_.UnixChannel();
  }

  static signer::v1::SignRequest Quick(uint64_t id);
  static signer::v1::SignRequest Slow(uint64_t id);

  TestSite site_;
};

inline std::string TransportName(const testing::TestParamInfo<bool>& info) {
  return info.param ? "Tls" : "Unix";
}

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_FRONT_TESTING_STREAM_CLIENT_H_
