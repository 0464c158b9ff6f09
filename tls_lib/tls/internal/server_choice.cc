#include "tls_lib/tls/internal/server_choice.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "tls_lib/core/error_reason.h"
#include "tls_lib/core/key_type.h"

namespace keyhold::tls_internal {
namespace {

absl::Status NothingInCommonError(const Resolution& resolution,
                                  absl::string_view reasons) {
  return WithReason(absl::FailedPreconditionError(absl::StrCat(
                        "no certificate of ",
                        resolution.entry_name.empty() ? "the default entry"
                                                      : resolution.entry_name,
                        " suits this client: ", reasons)),
                    ErrorReason::kNoCommonScheme);
}

std::string DoesNotFit(KeyType type) {
  return absl::StrCat(
      "its cipher suites or groups for TLS 1.2 exclude keys of type ",
      KeyTypeName(type));
}

// A resumption needs no signature: it does not wait long for a signer that
// may be away.
constexpr absl::Duration kLongestWaitBeforeResumption = absl::Milliseconds(250);

// The service does not serve this very key to this application; it may serve
// another of the same name.
bool IsAboutThisKeyAlone(const absl::Status& status) {
  return absl::IsNotFound(status) || absl::IsPermissionDenied(status);
}

absl::StatusOr<std::unique_ptr<Signer>> Choose(const SigningKey& key,
                                               SigningContext context,
                                               const ClientHelloFacts& facts,
                                               HandshakeRunner& runner) {
  if (facts.may_resume) {
    context.deadline =
        std::min(context.deadline, absl::Now() + kLongestWaitBeforeResumption);
  }
  absl::StatusOr<std::unique_ptr<Signer>> signer =
      runner.ChooseScheme(key, context, facts.hello.signature_schemes);
  if (signer.ok() || absl::IsFailedPrecondition(signer.status()) ||
      !facts.may_resume) {
    return signer;
  }
  absl::StatusOr<std::unique_ptr<Signer>> last =
      key.LastKnownChoice(context, facts.hello.signature_schemes);
  return last.ok() || absl::IsFailedPrecondition(last.status())
             ? std::move(last)
             : std::move(signer);
}

}  // namespace

absl::StatusOr<ChosenKey> ChooseServerKey(const Resolution& resolution,
                                          const ClientHelloFacts& facts,
                                          absl::Time deadline,
                                          HandshakeRunner& runner) {
  SigningContext context;
  context.role = Role::kServer;
  context.version = facts.hello.version;
  context.server_name = resolution.entry_name;
  context.deadline = deadline;
  std::string reasons;
  absl::Status refused;
  for (const std::shared_ptr<const CertifiedKey>& candidate :
       resolution.candidates) {
    const SigningKey& key = candidate->key();
    absl::string_view separator = reasons.empty() ? "" : "; ";
    if (!FitsClientHello(key.public_key().type(), facts)) {
      absl::StrAppend(&reasons, separator, DoesNotFit(key.public_key().type()));
      continue;
    }
    absl::StatusOr<std::unique_ptr<Signer>> signer =
        Choose(key, context, facts, runner);
    if (signer.ok()) return ChosenKey{candidate, *std::move(signer)};
    if (IsAboutThisKeyAlone(signer.status())) {
      refused.Update(signer.status());
      continue;
    }
    if (!absl::IsFailedPrecondition(signer.status())) return signer.status();
    absl::StrAppend(&reasons, separator, signer.status().message());
  }
  if (!refused.ok()) return refused;
  return NothingInCommonError(resolution, reasons);
}

}  // namespace keyhold::tls_internal
