#include "tls_lib/remote/remote_signing_key.h"

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "keyhold/signer/v1/sign.pb.h"
#include "tls_lib/base/status_macros.h"
#include "tls_lib/core/one_shot.h"
#include "tls_lib/remote/leaf_public_key.h"
#include "tls_lib/remote/policy_version.h"
#include "tls_lib/remote/remote_signer.h"
#include "tls_lib/remote/timer.h"

namespace keyhold {
namespace {

namespace v1 = signer::v1;

// The call that asks has the same deadline, and a better error: it may have
// the first word.
constexpr absl::Duration kGrace = absl::Milliseconds(20);

absl::Status SeveralKeys(
    const SignerClient& client,
    absl::Span<const std::shared_ptr<const RemoteSigningKey>> keys) {
  return absl::FailedPreconditionError(absl::StrCat(
      "signer ", client.endpoint(), ": the selector names ", keys.size(),
      " keys; select one by its SPKI SHA-256: ",
      absl::StrJoin(keys, ", ",
                    [](std::string* out,
                       const std::shared_ptr<const RemoteSigningKey>& k) {
                      absl::StrAppend(out, KeyTypeName(k->public_key().type()),
                                      " ",
                                      absl::BytesToHexString(
                                          k->public_key().spki_sha256()));
                    })));
}

absl::Status AnotherKeyThanAskedFor(const SignerClient& client) {
  return absl::InternalError(
      absl::StrCat("signer ", client.endpoint(),
                   ": the service answered GetKey with a key whose public "
                   "half is not the one that was asked for"));
}

// The service's answer is checked: everything else hangs on the public key.
absl::StatusOr<PublicKey> CheckedPublicKey(const SignerClient& client,
                                           const v1::KeySelector& selector,
                                           const v1::Key& key) {
  ASSIGN_OR_RETURN(PublicKey public_key, PublicKey::FromSpki(key.spki()));
  const absl::string_view hash = public_key.spki_sha256();
  if (hash != key.spki_sha256() ||
      (selector.by_case() == v1::KeySelector::kSpkiSha256 &&
       hash != selector.spki_sha256())) {
    return AnotherKeyThanAskedFor(client);
  }
  return public_key;
}

v1::ChooseSchemeRequest RequestOf(const PublicKey& public_key,
                                  const SchemeChoiceCache::Question& question) {
  v1::ChooseSchemeRequest request;
  request.set_spki_sha256(std::string(public_key.spki_sha256()));
  request.set_role(question.role == Role::kServer ? v1::ROLE_SERVER
                                                  : v1::ROLE_CLIENT);
  request.set_tls_version(question.version == TlsVersion::kTls13
                              ? v1::TLS_VERSION_1_3
                              : v1::TLS_VERSION_1_2);
  request.set_server_name(question.server_name);
  for (SignatureScheme scheme : SchemesIn(question.usable)) {
    request.add_offered(static_cast<uint32_t>(scheme));
  }
  return request;
}

SchemeChoiceCache::Answer AnswerOf(
    const absl::StatusOr<v1::ChooseSchemeResponse>& response) {
  if (!response.ok()) {
    return {response.status(), PolicyVersionOf(response.status())};
  }
  return {static_cast<SignatureScheme>(response->scheme()),
          response->policy_version()};
}

absl::Status NoAnswerInTime(const SignerClient& client) {
  return absl::DeadlineExceededError(
      absl::StrCat("signer ", client.endpoint(),
                   ": the service has not said in time which scheme to sign "
                   "with"));
}

// Somebody who waits for a choice, until a time.
struct ChoiceWaiter {
  explicit ChoiceWaiter(AsyncSchemeChooser::Done done)
      : once(std::move(done)) {}
  OneShot<absl::StatusOr<std::unique_ptr<Signer>>> once;
};

class ChoiceHandle final : public Pending {
 public:
  ChoiceHandle(std::shared_ptr<ChoiceWaiter> waiter,
               std::unique_ptr<Pending> timer)
      : waiter_(std::move(waiter)), timer_(std::move(timer)) {}
  ~ChoiceHandle() override { waiter_->once.Cancel(); }

 private:
  const std::shared_ptr<ChoiceWaiter> waiter_;
  const std::unique_ptr<Pending> timer_;
};

SchemeChoiceCache::Question QuestionOf(const SigningContext& context,
                                       SchemeBits usable) {
  return {context.role, context.version, context.server_name, usable};
}

}  // namespace

absl::StatusOr<std::shared_ptr<const RemoteSigningKey>>
RemoteSigningKey::ForCertificate(std::shared_ptr<SignerClient> client,
                                 absl::string_view chain_pem,
                                 SchemeChoiceCache::Options cache) {
  ASSIGN_OR_RETURN(PublicKey public_key, LeafPublicKey(chain_pem));
  return ForPublicKey(std::move(client), std::move(public_key),
                      std::move(cache));
}

std::shared_ptr<const RemoteSigningKey> RemoteSigningKey::ForPublicKey(
    std::shared_ptr<SignerClient> client, PublicKey public_key,
    SchemeChoiceCache::Options cache) {
  return std::shared_ptr<const RemoteSigningKey>(
      new RemoteSigningKey(std::make_shared<RemoteKeyState>(
          std::move(client), std::move(public_key), std::move(cache))));
}

absl::StatusOr<std::vector<std::shared_ptr<const RemoteSigningKey>>>
RemoteSigningKey::FindAll(const std::shared_ptr<SignerClient>& client,
                          const v1::KeySelector& selector, absl::Time deadline,
                          const SchemeChoiceCache::Options& cache) {
  ASSIGN_OR_RETURN(std::vector<v1::Key> found,
                   client->GetKey(selector, deadline));
  std::vector<std::shared_ptr<const RemoteSigningKey>> keys;
  for (const v1::Key& key : found) {
    ASSIGN_OR_RETURN(PublicKey public_key,
                     CheckedPublicKey(*client, selector, key));
    keys.push_back(ForPublicKey(client, std::move(public_key), cache));
  }
  return keys;
}

absl::StatusOr<std::shared_ptr<const RemoteSigningKey>> RemoteSigningKey::Find(
    const std::shared_ptr<SignerClient>& client,
    const v1::KeySelector& selector, absl::Time deadline,
    const SchemeChoiceCache::Options& cache) {
  ASSIGN_OR_RETURN(std::vector<std::shared_ptr<const RemoteSigningKey>> keys,
                   FindAll(client, selector, deadline, cache));
  if (keys.size() != 1) return SeveralKeys(*client, keys);
  return keys.front();
}

absl::StatusOr<std::unique_ptr<Signer>> RemoteSigningKey::ChooseScheme(
    const SigningContext& context,
    absl::Span<const SignatureScheme> offered) const {
  const SchemeBits usable =
      UsableSchemes(public_key(), context.version, offered);
  // Nothing in common: that is known, and said, without asking.
  if (usable == 0) return LastKnownChoice(context, offered);
  const absl::Time deadline = DeadlineOf(context);
  const SchemeChoiceCache::Question question = QuestionOf(context, usable);
  ASSIGN_OR_RETURN(
      const SignatureScheme scheme,
      state_->choices.Get(question, state_->client->policy_version(), deadline,
                          [&] { return Ask(question, deadline); }));
  state_->LastChoice(context) = static_cast<uint16_t>(scheme);
  return MakeSigner(state_, context, usable, scheme);
}

absl::Time RemoteSigningKey::DeadlineOf(const SigningContext& context) const {
  return context.deadline == absl::InfiniteFuture()
             ? absl::Now() + state_->client->default_timeout()
             : context.deadline;
}

std::optional<absl::StatusOr<std::unique_ptr<Signer>>>
RemoteSigningKey::TryChooseScheme(
    const SigningContext& context,
    absl::Span<const SignatureScheme> offered) const {
  const SchemeBits usable =
      UsableSchemes(public_key(), context.version, offered);
  if (usable == 0) return LastKnownChoice(context, offered);
  std::optional<absl::StatusOr<SignatureScheme>> known = state_->choices.TryGet(
      QuestionOf(context, usable), state_->client->policy_version());
  if (!known.has_value()) return std::nullopt;
  if (!known->ok()) return known->status();
  state_->LastChoice(context) = static_cast<uint16_t>(**known);
  return MakeSigner(state_, context, usable, **known);
}

std::unique_ptr<PendingChoice> RemoteSigningKey::StartChooseScheme(
    const SigningContext& context, absl::Span<const SignatureScheme> offered,
    Done done) const {
  auto known = TryChooseScheme(context, offered);
  if (known.has_value()) {
    return StartTimer(
        absl::InfinitePast(),
        [done = std::move(done), choice = *std::move(known)]() mutable {
          std::move(done)(std::move(choice));
        });
  }
  const SchemeBits usable =
      UsableSchemes(public_key(), context.version, offered);
  const SchemeChoiceCache::Question question = QuestionOf(context, usable);
  const absl::Time deadline = DeadlineOf(context);
  auto waiter = std::make_shared<ChoiceWaiter>(std::move(done));
  auto deliver = [state = state_, waiter, context,
                  usable](const absl::StatusOr<SignatureScheme>& choice) {
    if (!choice.ok()) {
      waiter->once.Deliver(choice.status());
      return;
    }
    state->LastChoice(context) = static_cast<uint16_t>(*choice);
    waiter->once.Deliver(MakeSigner(state, context, usable, *choice));
  };
  auto kept = state_->choices.GetLater(
      question, state_->client->policy_version(), deadline,
      [state = state_, question](
          absl::Time until,
          absl::AnyInvocable<void(SchemeChoiceCache::Answer) &&> answer) {
        return state->client->StartChooseScheme(
            RequestOf(state->public_key, question), until,
            [answer = std::move(answer)](
                absl::StatusOr<v1::ChooseSchemeResponse> response) mutable {
              std::move(answer)(AnswerOf(response));
            });
      },
      deliver);
  // It has arrived meanwhile, or else the waiting has an end. (The call's own
  // deadline is the same, but another may have asked, with more time.)
  std::unique_ptr<Pending> timer =
      kept.has_value()
          ? StartTimer(
                absl::InfinitePast(),
                [deliver, choice = *std::move(kept)] { deliver(choice); })
          : StartTimer(deadline + kGrace, [state = state_, waiter] {
              waiter->once.Deliver(NoAnswerInTime(*state->client));
            });
  return std::make_unique<ChoiceHandle>(std::move(waiter), std::move(timer));
}

absl::StatusOr<std::unique_ptr<Signer>> RemoteSigningKey::LastKnownChoice(
    const SigningContext& context,
    absl::Span<const SignatureScheme> offered) const {
  const SchemeBits usable =
      UsableSchemes(public_key(), context.version, offered);
  const auto last =
      static_cast<SignatureScheme>(state_->LastChoice(context).load());
  if (Contains(usable, last)) return MakeSigner(state_, context, usable, last);
  ASSIGN_OR_RETURN(
      const SignatureScheme scheme,
      keyhold::ChooseScheme(public_key(), context.version,
                            public_key().DefaultPreferences(), offered));
  return MakeSigner(state_, context, usable, scheme);
}

SchemeChoiceCache::Answer RemoteSigningKey::Ask(
    const SchemeChoiceCache::Question& question, absl::Time deadline) const {
  return AnswerOf(state_->client->ChooseScheme(
      RequestOf(public_key(), question), deadline));
}

std::unique_ptr<Signer> RemoteSigningKey::MakeSigner(
    const std::shared_ptr<RemoteKeyState>& state, const SigningContext& context,
    SchemeBits usable, SignatureScheme scheme) {
  return std::make_unique<RemoteSigner>(state, context,
                                        QuestionOf(context, usable), scheme);
}

}  // namespace keyhold
