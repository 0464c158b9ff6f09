// Identities × keys × usages, each cell of it.
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "signer_service/policy/policy.h"
#include "signer_service/policy/policy_test_input.h"

namespace keyhold {
namespace {

using signer::v1::Usage;

struct TableKey {
  std::string id;
  RoleSet roles;
};

// One row: a caller and a key. Columns: tls13_server, tls12_server,
// tls13_client, tls12_client, digest, message; each with P-256 and no server
// name.
struct Row {
  std::string caller;
  std::string key;
  std::string cells;
};

constexpr Usage kColumns[] = {
    signer::v1::USAGE_TLS13_SERVER, signer::v1::USAGE_TLS12_SERVER,
    signer::v1::USAGE_TLS13_CLIENT, signer::v1::USAGE_TLS12_CLIENT,
    signer::v1::USAGE_DIGEST,       signer::v1::USAGE_MESSAGE};

// Y: allowed. u: usage not allowed. n: server name not allowed. -: not found.
char Cell(const absl::Status& status) {
  const std::string answer = Answer(status);
  if (answer == "ok") return 'Y';
  if (answer == "USAGE_NOT_ALLOWED") return 'u';
  if (answer == "SERVER_NAME_NOT_ALLOWED") return 'n';
  if (answer == "KEY_NOT_FOUND") return '-';
  return '?';
}

TableKey KeyOf(const std::string& id) {
  if (id == "mesh-client") return {id, RoleSet::ClientOnly()};
  if (id == "site-both") return {id, Both()};
  return {id, RoleSet::ServerOnly()};
}

TEST(PolicyTableTest, EveryCellHasItsAnswer) {
  // clang-format off
  const std::vector<Row> rows = {
      // caller, key,                  13s 12s 13c 12c dig msg
      {"web/1", "site-a",              "Y   Y   u   u   u   u"},
      {"web/1", "site-both",           "Y   Y   Y   Y   u   u"},
      {"web/1", "admin",               "n   n   u   u   u   u"},
      {"web/1", "mesh-client",         "-   -   -   -   -   -"},
      {"web/1", "no such key",         "-   -   -   -   -   -"},
      {"web/2", "site-a",              "Y   Y   u   u   u   u"},
      {"web/2", "admin",               "-   -   -   -   -   -"},
      {"other domain", "site-a",       "-   -   -   -   -   -"},
      {"other domain", "admin",        "-   -   -   -   -   -"},
      {"mesh", "mesh-client",          "u   u   Y   Y   u   u"},
      {"mesh", "site-a",               "-   -   -   -   -   -"},
      {"mesh, deeper", "mesh-client",  "-   -   -   -   -   -"},
      {"go-tool", "site-a",            "Y   u   u   u   Y   u"},
      {"go-tool", "site-both",         "-   -   -   -   -   -"},
      {"root", "site-a",               "Y   Y   u   u   Y   Y"},
      {"root", "site-both",            "Y   Y   Y   Y   Y   Y"},
      {"root", "mesh-client",          "u   u   Y   Y   Y   Y"},
      {"root", "admin",                "Y   Y   u   u   Y   Y"},
      {"uid 33", "site-a",             "-   -   -   -   -   -"},
      {"nobody", "site-a",             "-   -   -   -   -   -"},
  };
  // clang-format on
  const Policy policy = SitePolicy();
  for (const Row& row : rows) {
    const CallerPolicy caller = policy.For(CallerOf(row.caller));
    const TableKey key = KeyOf(row.key);
    std::string cells;
    for (const Usage usage : kColumns) {
      if (!cells.empty()) cells += "   ";
      cells += Cell(caller.Authorize({key.id, key.roles}, usage, kP256, ""));
    }
    EXPECT_EQ(cells, row.cells) << row.caller << " × " << row.key;
    EXPECT_EQ(caller.MayKnow(key.id), row.cells[0] != '-')
        << row.caller << " × " << row.key;
  }
}

}  // namespace
}  // namespace keyhold
