// A key loader on folders of test keys.
#ifndef KEYHOLD_SIGNER_SERVICE_KEYS_KEY_LOADER_TEST_FIXTURE_H_
#define KEYHOLD_SIGNER_SERVICE_KEYS_KEY_LOADER_TEST_FIXTURE_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "signer_service/keys/key_loader.h"
#include "signer_service/keys/test_folder.h"
#include "signer_service/vault/in_process_vault.h"
#include "signer_service/vault/vault_test_input.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/local/test_keys.h"

namespace keyhold {

// A real folder, a real vault.
class KeyLoaderTest : public testing::Test {
 protected:
  KeyLoaderTest() { settings_.directories = {folder_.path()}; }

  void WriteKey(absl::string_view name, TestKeyKind kind, int index = 0) {
    folder_.Write(absl::StrCat(name, ".key"), TestKeyPem(kind, index));
  }
  void WriteCertificate(absl::string_view name, TestKeyKind kind,
                        const TestCertOptions& options = {}, int index = 0) {
    folder_.Write(absl::StrCat(name, ".crt"),
                  SelfSignedTestCert(TestKeyPem(kind, index), options));
  }

  // Loads, and keeps what came of it in catalog_ and report_.
  void Load() {
    absl::StatusOr<LoadedKeys> loaded = TryLoad();
    ASSERT_THAT(loaded, IsOk());
    catalog_ = loaded->catalog;
    report_ = loaded->report;
  }
  absl::StatusOr<LoadedKeys> TryLoad() {
    return loader_.Load(settings_, [](absl::string_view, RoleSet roles) {
      UsageSet ceiling = roles.TlsForms();
      ceiling.Insert(signer::v1::USAGE_MESSAGE);
      return ceiling;
    });
  }

  // "E: message" and "W: message" of what is new in the report.
  std::vector<std::string> NewProblems() {
    std::vector<std::string> problems;
    for (const KeyProblem& problem : report_.problems) {
      if (problem.repeated) continue;
      problems.push_back(absl::StrCat(
          problem.severity == KeyProblem::Severity::kError ? "E: " : "W: ",
          problem.message));
    }
    return problems;
  }

  // Whether the vault signs with this key, as a server.
  absl::Status TrySigning(TestKeyKind kind, int index = 0) {
    const PublicKey key = TestPublicKey(kind, index);
    return SignOne(vault_, Tls13Request(key, key.DefaultPreferences().front(),
                                        signer::v1::ROLE_SERVER))
        .status();
  }

  // What the catalog has under the name is this key, and the vault signs.
  void ExpectServed(absl::string_view id, TestKeyKind kind, int index = 0,
                    absl::string_view label = "") {
    const CatalogKey* key = catalog_->Find(id, label);
    ASSERT_NE(key, nullptr) << id;
    EXPECT_EQ(key->public_key, TestPublicKey(kind, index)) << id;
    EXPECT_THAT(TrySigning(kind, index), IsOk()) << id;
  }
  void ExpectNotServed(absl::string_view id, TestKeyKind kind, int index = 0) {
    EXPECT_EQ(catalog_->Find(id, ""), nullptr) << id;
    EXPECT_THAT(TrySigning(kind, index), StatusIs(absl::StatusCode::kNotFound));
  }

  TestFolder folder_;
  InProcessVault vault_;
  KeyLoader loader_{&vault_};
  KeyStoreSettings settings_;
  std::shared_ptr<const KeyCatalog> catalog_;
  KeyLoadReport report_;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_KEYS_KEY_LOADER_TEST_FIXTURE_H_
