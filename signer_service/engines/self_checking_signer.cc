#include "signer_service/engines/self_checking_signer.h"

#include <utility>

#include "absl/status/status.h"
#include "tls_lib/base/status_macros.h"
#include "tls_lib/core/error_reason.h"
#include "tls_lib/core/internal/evp_digest.h"

namespace keyhold {
namespace {

absl::Status SignatureCheckFailed() {
  return WithReason(
      absl::DataLossError("the signature failed its own verification, and "
                          "again when OpenSSL made it, and was not released; "
                          "look for faulty memory or a faulty processor on "
                          "this signer"),
      ErrorReason::kSignatureCheckFailed);
}

bool Verifies(const EngineItem& item, absl::string_view signature) {
  return item.key->Verifies(*item.scheme, item.input, signature);
}

// `digest` holds what the item's input points to, if that is made here.
absl::StatusOr<EngineItem> ToEngineItem(const SigningItem& item,
                                        std::string& digest) {
  EngineItem result;
  result.key = item.key;
  ASSIGN_OR_RETURN(result.scheme,
                   FindSchemeOf(item.key->public_key(), item.scheme));
  result.input = item.bytes;
  if (item.is_digest) {
    RETURN_IF_ERROR(internal::CheckDigest(*result.scheme, item.bytes));
  } else if (result.scheme->hash != HashAlgorithm::kNone) {
    ASSIGN_OR_RETURN(digest,
                     internal::ComputeDigest(result.scheme->hash, item.bytes));
    result.input = digest;
  }
  return result;
}

}  // namespace

SelfCheckingSigner::SelfCheckingSigner(SelfCheckingSignerOptions options,
                                       EngineTable engines)
    : options_(std::move(options)),
      table_(std::move(engines)),
      engines_(new Engine[table_.engines().size()]) {
  for (size_t i = 0; i < table_.engines().size(); ++i) {
    engines_[i].engine = table_.engines()[i].get();
    engines_[i].is_openssl = engines_[i].engine == &table_.openssl();
  }
}

EngineResults SelfCheckingSigner::Sign(
    absl::Span<const SigningItem> items) const {
  EngineResults results(items.size());
  std::vector<std::string> digests(items.size());
  // What each engine has to do, and where its results belong.
  struct Work {
    std::vector<EngineItem> items;
    std::vector<size_t> places;
  };
  std::vector<Work> work(table_.engines().size());
  for (size_t i = 0; i < items.size(); ++i) {
    absl::StatusOr<EngineItem> item = ToEngineItem(items[i], digests[i]);
    if (!item.ok()) {
      results[i] = item.status();
      continue;
    }
    Work& of_engine =
        work[&EngineFor(item->key->public_key().type()) - engines_.get()];
    of_engine.items.push_back(*item);
    of_engine.places.push_back(i);
  }
  for (size_t number = 0; number < work.size(); ++number) {
    const Work& of_engine = work[number];
    if (of_engine.items.empty()) continue;
    Engine& engine = engines_[number];
    EngineResults made = engine.engine->Sign(of_engine.items);
    for (size_t i = 0; i < made.size(); ++i) {
      results[of_engine.places[i]] =
          Release(of_engine.items[i], engine, std::move(made[i]));
    }
  }
  return results;
}

absl::StatusOr<std::string> SelfCheckingSigner::Release(
    const EngineItem& item, Engine& engine,
    absl::StatusOr<std::string> made) const {
  if (made.ok()) {
    if (!MustVerify(item) || Verifies(item, *made)) return made;
    return SignAgain(item, engine);
  }
  if (absl::IsDataLoss(made.status())) return SignAgain(item, engine);
  if (engine.is_openssl) return made;
  return Release(item, engines_[table_.engines().size() - 1],
                 SignByOpenssl(item));
}

absl::StatusOr<std::string> SelfCheckingSigner::SignAgain(
    const EngineItem& item, Engine& engine) const {
  engine.failed_checks.fetch_add(1, std::memory_order_relaxed);
  FailedCheck failed;
  failed.engine = engine.engine->name();
  failed.spki_sha256 = item.key->public_key().spki_sha256();
  failed.engine_switched_off = !engine.is_openssl && engine.on.exchange(false);
  absl::StatusOr<std::string> signature = SignByOpenssl(item);
  if (signature.ok() && !Verifies(item, *signature)) {
    signature = SignatureCheckFailed();
  }
  failed.recovered = signature.ok();
  if (options_.on_failed_check) options_.on_failed_check(failed);
  return signature;
}

absl::StatusOr<std::string> SelfCheckingSigner::SignByOpenssl(
    const EngineItem& item) const {
  EngineResults result = table_.openssl().Sign({&item, 1});
  return std::move(result.front());
}

bool SelfCheckingSigner::MustVerify(const EngineItem& item) const {
  switch (options_.verify_after_sign) {
    case VerifyAfterSign::kNone:
      return false;
    case VerifyAfterSign::kRsa:
      return item.scheme->algorithm == SignatureAlgorithm::kRsaPkcs1 ||
             item.scheme->algorithm == SignatureAlgorithm::kRsaPss;
    case VerifyAfterSign::kAll:
      return true;
  }
  return true;
}

SelfCheckingSigner::Engine& SelfCheckingSigner::EngineFor(KeyType type) const {
  Engine& engine = engines_[table_.NumberFor(type)];
  return engine.on.load(std::memory_order_relaxed)
             ? engine
             : engines_[table_.engines().size() - 1];
}

absl::string_view SelfCheckingSigner::EngineName(KeyType type) const {
  return EngineFor(type).engine->name();
}

std::vector<EngineState> SelfCheckingSigner::engines() const {
  std::vector<EngineState> states;
  for (size_t i = 0; i < table_.engines().size(); ++i) {
    const Engine& engine = engines_[i];
    states.push_back(
        {engine.engine->name(), engine.on.load(), engine.failed_checks.load()});
  }
  return states;
}

}  // namespace keyhold
