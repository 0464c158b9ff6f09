#include "signer_service/core/role_set.h"

namespace keyhold {

void RoleSet::Insert(signer::v1::Role role) {
  if (role == signer::v1::ROLE_SERVER) server_ = true;
  if (role == signer::v1::ROLE_CLIENT) client_ = true;
}

bool RoleSet::Contains(signer::v1::Role role) const {
  if (role == signer::v1::ROLE_SERVER) return server_;
  if (role == signer::v1::ROLE_CLIENT) return client_;
  return false;
}

UsageSet RoleSet::TlsForms() const {
  UsageSet usages;
  if (server_) usages.InsertAll(UsageSet::TlsFormsOf(signer::v1::ROLE_SERVER));
  if (client_) usages.InsertAll(UsageSet::TlsFormsOf(signer::v1::ROLE_CLIENT));
  return usages;
}

std::string RoleSet::ToString() const {
  if (server_ && client_) return "server, client";
  if (server_) return "server";
  return client_ ? "client" : "none";
}

}  // namespace keyhold
