#include "tls_lib/remote/signer_client.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "keyhold/signer/v1/service.grpc.pb.h"
#include "openssl/rand.h"
#include "tls_lib/base/openssl_error.h"
#include "tls_lib/base/status_macros.h"
#include "tls_lib/core/signature_scheme.h"
#include "tls_lib/remote/async_call.h"
#include "tls_lib/remote/endpoint.h"
#include "tls_lib/remote/signer_connection.h"
#include "tls_lib/remote/tls_file_check.h"

namespace keyhold {
namespace {

namespace v1 = signer::v1;

constexpr size_t kRequestIdSize = 16;
// Bytes of a key's hash that stand in a message.
constexpr size_t kShownHashSize = 8;

absl::Status WantsOneEndpoint(size_t given) {
  return absl::InvalidArgumentError(
      absl::StrCat("a signer client has exactly one endpoint, not ", given));
}

absl::Status WantsTls(absl::string_view endpoint) {
  return absl::InvalidArgumentError(absl::StrCat(
      "the endpoint ", endpoint,
      " is reached over mutual TLS: give a certificate, its key and a CA"));
}

absl::Status WantsNoTls(absl::string_view endpoint) {
  return absl::InvalidArgumentError(
      absl::StrCat("the UNIX socket ", endpoint,
                   " is used without TLS: leave the TLS files out"));
}

absl::Status BadTimeout() {
  return absl::InvalidArgumentError(
      "default_timeout is a time above zero, and finite");
}

absl::Status BadAnswer(absl::string_view what, absl::string_view problem) {
  return absl::InternalError(
      absl::StrCat(what, ": the service answered with ", problem));
}

absl::Status CheckOptions(const SignerClientOptions& options,
                          const Endpoint& endpoint) {
  if (endpoint.is_unix && options.tls.has_value()) {
    return WantsNoTls(endpoint.name);
  }
  if (!endpoint.is_unix && !options.tls.has_value()) {
    return WantsTls(endpoint.name);
  }
  if (options.default_timeout <= absl::ZeroDuration() ||
      options.default_timeout == absl::InfiniteDuration()) {
    return BadTimeout();
  }
  if (!options.tls.has_value()) return absl::OkStatus();
  return CheckTlsFiles(*options.tls, absl::Now());
}

std::string KeyName(absl::string_view spki_sha256) {
  return absl::StrCat(
      "key ", absl::BytesToHexString(spki_sha256.substr(0, kShownHashSize)));
}

// "key 0123456789abcdef for www.example.org"
template <typename Request>
std::string KeyAndName(const Request& request) {
  return absl::StrCat(KeyName(request.spki_sha256()),
                      request.server_name().empty() ? "" : " for ",
                      request.server_name());
}

std::string SelectorName(const v1::KeySelector& selector) {
  switch (selector.by_case()) {
    case v1::KeySelector::kId:
      return absl::StrCat("id ", selector.id());
    case v1::KeySelector::kSpkiSha256:
      return KeyName(selector.spki_sha256());
    case v1::KeySelector::kServerName:
      return absl::StrCat("server name ", selector.server_name());
    case v1::KeySelector::BY_NOT_SET:
      return "an empty selector";
  }
  return "";
}

absl::Status FillRequestId(v1::SignRequest& request) {
  if (!request.request_id().empty()) return absl::OkStatus();
  unsigned char bytes[kRequestIdSize];
  if (RAND_bytes(bytes, sizeof(bytes)) != 1) {
    return OpensslError(absl::StatusCode::kInternal,
                        "cannot make a random request id");
  }
  request.set_request_id(bytes, sizeof(bytes));
  return absl::OkStatus();
}

bool WasAskedFor(const v1::SignRequest& request, uint32_t scheme) {
  if (request.offered_schemes().empty()) return scheme == request.scheme();
  return absl::c_linear_search(request.offered_schemes(), scheme);
}

std::string DescribeChoose(const v1::ChooseSchemeRequest& request) {
  return absl::StrCat("ChooseScheme with ", KeyAndName(request));
}

std::string DescribeSign(const v1::SignRequest& request) {
  return absl::StrCat("Sign with ", KeyAndName(request));
}

absl::Status CheckChoice(const SignerConnection& connection,
                         const v1::ChooseSchemeRequest& request,
                         const v1::ChooseSchemeResponse& response) {
  if (absl::c_linear_search(request.offered(), response.scheme())) {
    return absl::OkStatus();
  }
  return BadAnswer(connection.What(DescribeChoose(request)),
                   absl::StrCat("the scheme ", response.scheme(),
                                ", which was not offered"));
}

absl::Status CheckSignature(const SignerConnection& connection,
                            const v1::SignRequest& request,
                            const v1::SignResponse& response) {
  if (!WasAskedFor(request, response.scheme())) {
    return BadAnswer(
        connection.What(DescribeSign(request)),
        absl::StrCat(
            "a signature of the scheme ",
            SchemeName(static_cast<SignatureScheme>(response.scheme())),
            ", which was not asked for"));
  }
  if (response.signature().empty() && response.signed_object().empty()) {
    return BadAnswer(connection.What(DescribeSign(request)),
                     "an empty signature");
  }
  return absl::OkStatus();
}

}  // namespace

struct SignerClient::Impl {
  Impl(Endpoint endpoint, const SignerClientOptions& options)
      : default_timeout(options.default_timeout),
        connection(std::make_shared<SignerConnection>(
            std::move(endpoint), options.tls, options.tls_refresh_interval)) {}

  absl::Time DeadlineOrDefault(absl::Time deadline) const {
    return deadline == absl::InfiniteFuture() ? absl::Now() + default_timeout
                                              : deadline;
  }

  template <typename Request, typename Response>
  absl::StatusOr<Response> Call(
      SignerConnection::Method<Request, Response> method, Request& request,
      SignerConnection::Describe describe, absl::Time deadline) {
    return connection->Call(method, request, describe,
                            DeadlineOrDefault(deadline));
  }

  template <typename Request, typename Response>
  std::unique_ptr<Pending> Start(
      typename AsyncCall<Request, Response>::Method method, Request request,
      typename AsyncCall<Request, Response>::Describe describe,
      typename AsyncCall<Request, Response>::Check check, absl::Time deadline,
      absl::Status problem, typename AsyncCall<Request, Response>::Done done) {
    return AsyncCall<Request, Response>::Start(
        connection, method, std::move(request), describe, check,
        DeadlineOrDefault(deadline), std::move(problem), std::move(done));
  }

  std::string What(absl::string_view call) const {
    return connection->What(call);
  }

  const absl::Duration default_timeout;
  const std::shared_ptr<SignerConnection> connection;
};

absl::StatusOr<std::shared_ptr<SignerClient>> SignerClient::Create(
    SignerClientOptions options) {
  if (options.endpoints.size() != 1) {
    return WantsOneEndpoint(options.endpoints.size());
  }
  ASSIGN_OR_RETURN(Endpoint endpoint, ParseEndpoint(options.endpoints[0]));
  RETURN_IF_ERROR(CheckOptions(options, endpoint));
  return std::shared_ptr<SignerClient>(
      new SignerClient(std::make_unique<Impl>(std::move(endpoint), options)));
}

SignerClient::SignerClient(std::unique_ptr<Impl> impl)
    : impl_(std::move(impl)) {}

SignerClient::~SignerClient() { Close(); }

absl::StatusOr<std::vector<v1::Key>> SignerClient::ListKeys(
    const v1::ListKeysRequest& request, absl::Time deadline) {
  deadline = impl_->DeadlineOrDefault(deadline);
  v1::ListKeysRequest page_request = request;
  std::vector<v1::Key> keys;
  do {
    ASSIGN_OR_RETURN(v1::ListKeysResponse page,
                     impl_->Call(
                         &v1::Signer::StubInterface::ListKeys, page_request,
                         [] { return "ListKeys"; }, deadline));
    std::move(page.mutable_keys()->begin(), page.mutable_keys()->end(),
              std::back_inserter(keys));
    page_request.set_page_token(page.next_page_token());
  } while (!page_request.page_token().empty());
  return keys;
}

absl::StatusOr<std::vector<v1::Key>> SignerClient::GetKey(
    const v1::KeySelector& selector, absl::Time deadline) {
  v1::GetKeyRequest request;
  *request.mutable_selector() = selector;
  const auto describe = [&selector] {
    return absl::StrCat("GetKey by ", SelectorName(selector));
  };
  ASSIGN_OR_RETURN(v1::GetKeyResponse response,
                   impl_->Call(&v1::Signer::StubInterface::GetKey, request,
                               describe, deadline));
  if (response.keys().empty()) {
    return BadAnswer(impl_->What(describe()), "no key and no error");
  }
  return std::vector<v1::Key>(response.keys().begin(), response.keys().end());
}

absl::StatusOr<v1::ChooseSchemeResponse> SignerClient::ChooseScheme(
    const v1::ChooseSchemeRequest& request, absl::Time deadline) {
  v1::ChooseSchemeRequest copy = request;
  const auto describe = [&request] { return DescribeChoose(request); };
  ASSIGN_OR_RETURN(v1::ChooseSchemeResponse response,
                   impl_->Call(&v1::Signer::StubInterface::ChooseScheme, copy,
                               describe, deadline));
  RETURN_IF_ERROR(CheckChoice(*impl_->connection, request, response));
  return response;
}

absl::StatusOr<v1::SignResponse> SignerClient::Sign(v1::SignRequest request,
                                                    absl::Time deadline) {
  RETURN_IF_ERROR(FillRequestId(request));
  const auto describe = [&request] { return DescribeSign(request); };
  ASSIGN_OR_RETURN(v1::SignResponse response,
                   impl_->Call(&v1::Signer::StubInterface::Sign, request,
                               describe, deadline));
  RETURN_IF_ERROR(CheckSignature(*impl_->connection, request, response));
  return response;
}

std::unique_ptr<Pending> SignerClient::StartChooseScheme(
    v1::ChooseSchemeRequest request, absl::Time deadline,
    absl::AnyInvocable<void(absl::StatusOr<v1::ChooseSchemeResponse>) &&>
        done) {
  return impl_->Start<v1::ChooseSchemeRequest, v1::ChooseSchemeResponse>(
      &v1::Signer::StubInterface::async_interface::ChooseScheme,
      std::move(request), DescribeChoose, CheckChoice, deadline,
      absl::OkStatus(), std::move(done));
}

std::unique_ptr<Pending> SignerClient::StartSign(
    v1::SignRequest request, absl::Time deadline,
    absl::AnyInvocable<void(absl::StatusOr<v1::SignResponse>) &&> done) {
  absl::Status problem = FillRequestId(request);
  return impl_->Start<v1::SignRequest, v1::SignResponse>(
      &v1::Signer::StubInterface::async_interface::Sign, std::move(request),
      DescribeSign, CheckSignature, deadline, std::move(problem),
      std::move(done));
}

std::string SignerClient::policy_version() const {
  return impl_->connection->policy_version();
}

absl::string_view SignerClient::endpoint() const {
  return impl_->connection->endpoint().name;
}

absl::Duration SignerClient::default_timeout() const {
  return impl_->default_timeout;
}

void SignerClient::Close() { impl_->connection->Close(); }

}  // namespace keyhold
