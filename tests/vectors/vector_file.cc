#include "tests/vectors/vector_file.h"

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>

#include "absl/strings/escaping.h"
#include "google/protobuf/util/json_util.h"

namespace keyhold {
namespace {

using google::protobuf::Value;

constexpr char kPath[] = "tests/vectors/vectors.json";

signer::v1::Role ToRole(const std::string& word) {
  return word == "server" ? signer::v1::ROLE_SERVER : signer::v1::ROLE_CLIENT;
}

signer::v1::Hash ToHash(const std::string& word) {
  if (word == "sha256") return signer::v1::HASH_SHA256;
  return word == "sha384" ? signer::v1::HASH_SHA384 : signer::v1::HASH_SHA512;
}

void SetTlsInput(const Vector& from, signer::v1::SignRequest& to) {
  if (from.Has("tls13_certificate_verify")) {
    const Vector form = from.Object("tls13_certificate_verify");
    auto* input = to.mutable_tls13_certificate_verify();
    input->set_role(ToRole(form.Text("role")));
    input->set_transcript_hash(form.Bytes("transcript_hash"));
  } else if (from.Has("tls12_server_key_exchange")) {
    const Vector form = from.Object("tls12_server_key_exchange");
    auto* input = to.mutable_tls12_server_key_exchange();
    input->set_client_random(form.Bytes("client_random"));
    input->set_server_random(form.Bytes("server_random"));
    input->set_curve(form.Number("curve"));
    input->set_public_point(form.Bytes("public_point"));
  } else if (from.Has("tls12_certificate_verify")) {
    to.mutable_tls12_certificate_verify()->set_handshake_messages(
        from.Object("tls12_certificate_verify").Bytes("handshake_messages"));
  }
}

void SetServiceBuiltInput(const Vector& from, signer::v1::SignRequest& to) {
  if (from.Has("csr")) {
    const Vector form = from.Object("csr");
    to.mutable_csr()->set_common_name(form.Text("common_name"));
    for (const std::string& name : form.Texts("dns_names")) {
      to.mutable_csr()->add_dns_names(name);
    }
  } else if (from.Has("self_signed_certificate")) {
    const Vector form = from.Object("self_signed_certificate");
    auto* input = to.mutable_self_signed_certificate();
    for (const std::string& name : form.Texts("dns_names")) {
      input->add_dns_names(name);
    }
    input->set_valid_days(form.Number("valid_days"));
  } else if (from.Has("delegated_credential")) {
    const Vector form = from.Object("delegated_credential");
    auto* input = to.mutable_delegated_credential();
    input->set_role(ToRole(form.Text("role")));
    input->set_valid_time(form.Number("valid_time"));
    input->set_dc_cert_verify_algorithm(
        form.Number("dc_cert_verify_algorithm"));
    input->set_spki(form.Bytes("spki"));
  }
}

}  // namespace

Value Vector::Field(const std::string& name) const {
  const auto found = object_.fields().find(name);
  return found == object_.fields().end() ? Value() : found->second;
}

bool Vector::Has(const std::string& field) const {
  return object_.fields().contains(field);
}

std::string Vector::Text(const std::string& field) const {
  return Field(field).string_value();
}

std::string Vector::Bytes(const std::string& field) const {
  return absl::HexStringToBytes(Text(field));
}

uint64_t Vector::Number(const std::string& field) const {
  return static_cast<uint64_t>(Field(field).number_value());
}

bool Vector::Flag(const std::string& field) const {
  return Field(field).bool_value();
}

Vector Vector::Object(const std::string& field) const {
  return Vector(Field(field).struct_value());
}

std::vector<Vector> Vector::Objects(const std::string& field) const {
  std::vector<Vector> result;
  const Value list = Field(field);
  for (const Value& value : list.list_value().values()) {
    result.emplace_back(value.struct_value());
  }
  return result;
}

std::vector<uint32_t> Vector::Numbers(const std::string& field) const {
  std::vector<uint32_t> result;
  const Value list = Field(field);
  for (const Value& value : list.list_value().values()) {
    result.push_back(static_cast<uint32_t>(value.number_value()));
  }
  return result;
}

std::vector<std::string> Vector::Texts(const std::string& field) const {
  std::vector<std::string> result;
  const Value list = Field(field);
  for (const Value& value : list.list_value().values()) {
    result.push_back(value.string_value());
  }
  return result;
}

Vector ReadVectorFile() {
  std::ifstream file(kPath, std::ios::binary);
  const std::string json{std::istreambuf_iterator<char>(file), {}};
  google::protobuf::Struct object;
  if (!google::protobuf::util::JsonStringToMessage(json, &object).ok()) {
    std::cerr << kPath << " cannot be read\n";
    std::abort();
  }
  return Vector(std::move(object));
}

signer::v1::SignRequest ToSignRequest(const Vector& request) {
  signer::v1::SignRequest result;
  result.set_id(request.Number("id"));
  result.set_request_id(request.Bytes("request_id"));
  if (request.Has("time_left_us")) {
    result.set_time_left_us(request.Number("time_left_us"));
  }
  result.set_traceparent(request.Text("traceparent"));
  result.set_spki_sha256(request.Bytes("spki_sha256"));
  result.set_scheme(request.Number("scheme"));
  for (uint32_t scheme : request.Numbers("offered_schemes")) {
    result.add_offered_schemes(scheme);
  }
  result.set_server_name(request.Text("server_name"));
  SetTlsInput(request, result);
  SetServiceBuiltInput(request, result);
  if (request.Has("digest")) {
    const Vector digest = request.Object("digest");
    result.mutable_digest()->set_hash(ToHash(digest.Text("hash")));
    result.mutable_digest()->set_value(digest.Bytes("value"));
  }
  if (request.Has("message")) result.set_message(request.Bytes("message"));
  return result;
}

signer::v1::ChooseSchemeRequest ToChooseSchemeRequest(const Vector& request) {
  signer::v1::ChooseSchemeRequest result;
  result.set_spki_sha256(request.Bytes("spki_sha256"));
  result.set_role(ToRole(request.Text("role")));
  result.set_tls_version(request.Text("tls_version") == "1.3"
                             ? signer::v1::TLS_VERSION_1_3
                             : signer::v1::TLS_VERSION_1_2);
  result.set_server_name(request.Text("server_name"));
  for (uint32_t scheme : request.Numbers("offered")) {
    result.add_offered(scheme);
  }
  return result;
}

}  // namespace keyhold
