#include "tls_lib/remote/signer_client.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/container/flat_hash_set.h"
#include "absl/functional/function_ref.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "keyhold/signer/v1/service.grpc.pb.h"
#include "openssl/rand.h"
#include "tls_lib/base/openssl_error.h"
#include "tls_lib/base/status_macros.h"
#include "tls_lib/remote/completion_loop.h"
#include "tls_lib/remote/endpoint.h"
#include "tls_lib/remote/endpoint_set.h"
#include "tls_lib/remote/sign_call.h"
#include "tls_lib/remote/tls_file_check.h"
#include "tls_lib/remote/unary_call.h"

namespace keyhold {
namespace {

namespace v1 = signer::v1;
using Need = EndpointSet::Need;
using Stub = v1::Signer::StubInterface;

constexpr size_t kRequestIdSize = 16;
// When a blocked caller begins to look for causes, and how often.
constexpr absl::Duration kFirstLook = absl::Milliseconds(50);
constexpr absl::Duration kLookEvery = absl::Milliseconds(250);

absl::Status WantsAnEndpoint() {
  return absl::InvalidArgumentError(
      "a signer client has at least one endpoint: name the signer");
}

absl::Status SameEndpointTwice(absl::string_view endpoint) {
  return absl::InvalidArgumentError(
      absl::StrCat("the endpoint ", endpoint, " is given twice"));
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

absl::Status BadMaxInFlight() {
  return absl::InvalidArgumentError("max_in_flight is at least 1");
}

absl::Status BadLookupInterval() {
  return absl::InvalidArgumentError("lookup_interval is at least a second");
}

absl::Status BlockingInCallback() {
  return absl::FailedPreconditionError(
      "a callback of a signer client must not block: start the call instead");
}

absl::StatusOr<std::vector<Endpoint>> ParseEndpoints(
    const SignerClientOptions& options) {
  if (options.endpoints.empty()) return WantsAnEndpoint();
  std::vector<Endpoint> endpoints;
  absl::flat_hash_set<std::string> seen;
  for (const std::string& text : options.endpoints) {
    ASSIGN_OR_RETURN(Endpoint endpoint, ParseEndpoint(text));
    if (!seen.insert(endpoint.target).second) return SameEndpointTwice(text);
    endpoints.push_back(std::move(endpoint));
  }
  return endpoints;
}

absl::Status CheckTls(const SignerClientOptions& options,
                      const std::vector<Endpoint>& endpoints) {
  const auto tcp = absl::c_find_if(
      endpoints, [](const Endpoint& each) { return !each.is_unix; });
  if (options.tls.has_value()) {
    if (tcp == endpoints.end()) return WantsNoTls(endpoints.front().name);
    return CheckTlsFiles(*options.tls, absl::Now());
  }
  return tcp == endpoints.end() ? absl::OkStatus() : WantsTls(tcp->name);
}

absl::Status CheckNumbers(const SignerClientOptions& options) {
  if (options.default_timeout <= absl::ZeroDuration() ||
      options.default_timeout == absl::InfiniteDuration()) {
    return BadTimeout();
  }
  if (options.max_in_flight < 1) return BadMaxInFlight();
  if (options.lookup_interval < absl::Seconds(1)) return BadLookupInterval();
  return absl::OkStatus();
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

// Waits for the answer to what `start` begins.
template <typename Response>
absl::StatusOr<Response> Await(
    EndpointSet& set, absl::Time deadline,
    absl::FunctionRef<std::unique_ptr<Pending>(
        absl::AnyInvocable<void(absl::StatusOr<Response>) &&>)>
        start) {
  if (CompletionLoop::Get().IsThisThread()) return BlockingInCallback();
  absl::Notification done;
  absl::StatusOr<Response> answer = absl::UnknownError("");
  const std::unique_ptr<Pending> pending =
      start([&done, &answer](absl::StatusOr<Response> response) {
        answer = std::move(response);
        done.Notify();
      });
  absl::Duration look = kFirstLook;
  while (!done.WaitForNotificationWithTimeout(look)) {
    set.Examine(deadline);
    look = kLookEvery;
  }
  return answer;
}

}  // namespace

struct SignerClient::Impl {
  Impl(const SignerClientOptions& options, std::vector<Endpoint> endpoints)
      : default_timeout(options.default_timeout),
        set(EndpointSet::Create(options, std::move(endpoints))) {}

  absl::Time DeadlineOrDefault(absl::Time deadline) const {
    return deadline == absl::InfiniteFuture() ? absl::Now() + default_timeout
                                              : deadline;
  }

  template <typename Request, typename Response>
  absl::StatusOr<Response> Call(
      Need need, typename UnaryCall<Request, Response>::Method method,
      const Request& request, absl::Time deadline,
      const std::shared_ptr<EndpointPin>& pin = nullptr) {
    deadline = DeadlineOrDefault(deadline);
    return Await<Response>(*set, deadline, [&](auto done) {
      return UnaryCall<Request, Response>::Start(
          set, need, method, request, deadline, pin, std::move(done));
    });
  }

  // All pages, of one signer: from the beginning if it goes away in between.
  absl::StatusOr<std::vector<v1::Key>> ListPages(v1::ListKeysRequest request,
                                                 absl::Time deadline) {
    auto pin = std::make_shared<EndpointPin>();
    std::vector<v1::Key> keys;
    do {
      auto page = Call<v1::ListKeysRequest, v1::ListKeysResponse>(
          Need::kChannel, &Stub::PrepareAsyncListKeys, request, deadline, pin);
      if (absl::IsUnavailable(page.status()) && pin->endpoint != nullptr) {
        pin = std::make_shared<EndpointPin>();
        keys.clear();
        request.clear_page_token();
        continue;
      }
      RETURN_IF_ERROR(page.status());
      std::move(page->mutable_keys()->begin(), page->mutable_keys()->end(),
                std::back_inserter(keys));
      request.set_page_token(page->next_page_token());
    } while (pin->endpoint == nullptr || !request.page_token().empty());
    return keys;
  }

  const absl::Duration default_timeout;
  const std::shared_ptr<EndpointSet> set;
};

absl::StatusOr<std::shared_ptr<SignerClient>> SignerClient::Create(
    SignerClientOptions options) {
  ASSIGN_OR_RETURN(std::vector<Endpoint> endpoints, ParseEndpoints(options));
  RETURN_IF_ERROR(CheckNumbers(options));
  RETURN_IF_ERROR(CheckTls(options, endpoints));
  return std::shared_ptr<SignerClient>(
      new SignerClient(std::make_unique<Impl>(options, std::move(endpoints))));
}

SignerClient::SignerClient(std::unique_ptr<Impl> impl)
    : impl_(std::move(impl)) {}

SignerClient::~SignerClient() { Close(); }

absl::StatusOr<std::vector<v1::Key>> SignerClient::ListKeys(
    const v1::ListKeysRequest& request, absl::Time deadline) {
  return impl_->ListPages(request, impl_->DeadlineOrDefault(deadline));
}

absl::StatusOr<std::vector<v1::Key>> SignerClient::GetKey(
    const v1::KeySelector& selector, absl::Time deadline) {
  v1::GetKeyRequest request;
  *request.mutable_selector() = selector;
  ASSIGN_OR_RETURN(
      v1::GetKeyResponse response,
      (impl_->Call<v1::GetKeyRequest, v1::GetKeyResponse>(
          Need::kChannel, &Stub::PrepareAsyncGetKey, request, deadline)));
  return std::vector<v1::Key>(response.keys().begin(), response.keys().end());
}

absl::StatusOr<v1::ChooseSchemeResponse> SignerClient::ChooseScheme(
    const v1::ChooseSchemeRequest& request, absl::Time deadline) {
  return impl_->Call<v1::ChooseSchemeRequest, v1::ChooseSchemeResponse>(
      Need::kStream, &Stub::PrepareAsyncChooseScheme, request, deadline);
}

absl::StatusOr<v1::SignResponse> SignerClient::Sign(v1::SignRequest request,
                                                    absl::Time deadline) {
  deadline = impl_->DeadlineOrDefault(deadline);
  return Await<v1::SignResponse>(*impl_->set, deadline, [&](auto done) {
    return StartSign(std::move(request), deadline, std::move(done));
  });
}

std::unique_ptr<Pending> SignerClient::StartChooseScheme(
    v1::ChooseSchemeRequest request, absl::Time deadline,
    absl::AnyInvocable<void(absl::StatusOr<v1::ChooseSchemeResponse>) &&>
        done) {
  return UnaryCall<v1::ChooseSchemeRequest, v1::ChooseSchemeResponse>::Start(
      impl_->set, Need::kStream, &Stub::PrepareAsyncChooseScheme,
      std::move(request), impl_->DeadlineOrDefault(deadline), nullptr,
      std::move(done));
}

std::unique_ptr<Pending> SignerClient::StartSign(
    v1::SignRequest request, absl::Time deadline,
    absl::AnyInvocable<void(absl::StatusOr<v1::SignResponse>) &&> done) {
  absl::Status problem = FillRequestId(request);
  return SignCall::Start(impl_->set, std::move(request),
                         impl_->DeadlineOrDefault(deadline), std::move(problem),
                         std::move(done));
}

std::string SignerClient::policy_version() const {
  return impl_->set->policy_version();
}

absl::string_view SignerClient::endpoint() const { return impl_->set->name(); }

std::vector<SignerEndpointStatus> SignerClient::endpoint_states() const {
  return impl_->set->Snapshot();
}

absl::Duration SignerClient::default_timeout() const {
  return impl_->default_timeout;
}

void SignerClient::Close() { impl_->set->Close(); }

}  // namespace keyhold
