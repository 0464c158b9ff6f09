#include "tls_lib/provider/key_management.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "openssl/core_dispatch.h"
#include "openssl/core_names.h"
#include "openssl/params.h"
#include "tls_lib/base/status_macros.h"
#include "tls_lib/provider/provider_context.h"
#include "tls_lib/provider/report.h"

namespace keyhold::provider {
namespace {

absl::Status NoReferenceError() {
  return absl::FailedPreconditionError("this key names no signer");
}

absl::Status PrivateHalfIsElsewhereError() {
  return absl::PermissionDeniedError(
      "the private half of this key is on the signer and cannot be exported");
}

absl::Status AnswerError(const char* parameter) {
  return absl::InternalError(
      absl::StrCat("cannot answer the parameter ", parameter));
}

absl::Status AnswerInt(OSSL_PARAM* params, const char* name, int value) {
  OSSL_PARAM* param = OSSL_PARAM_locate(params, name);
  if (param == nullptr || OSSL_PARAM_set_int(param, value) == 1) {
    return absl::OkStatus();
  }
  return AnswerError(name);
}

absl::Status AnswerText(OSSL_PARAM* params, const char* name,
                        const char* value) {
  OSSL_PARAM* param = OSSL_PARAM_locate(params, name);
  if (param == nullptr || OSSL_PARAM_set_utf8_string(param, value) == 1) {
    return absl::OkStatus();
  }
  return AnswerError(name);
}

// The point of an ECDSA key and the bytes of an EdDSA key, which libcrypto
// asks for when it compares or prints them.
absl::Status AnswerPublicBytes(OSSL_PARAM* params, const PublicHalf& half) {
  const OSSL_PARAM* bytes =
      OSSL_PARAM_locate_const(half.params(), OSSL_PKEY_PARAM_PUB_KEY);
  if (bytes == nullptr) return absl::OkStatus();
  for (const char* name :
       {OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, OSSL_PKEY_PARAM_PUB_KEY}) {
    OSSL_PARAM* param = OSSL_PARAM_locate(params, name);
    if (param != nullptr && OSSL_PARAM_set_octet_string(
                                param, bytes->data, bytes->data_size) != 1) {
      return AnswerError(name);
    }
  }
  return absl::OkStatus();
}

absl::Status GetParams(const KeyData& key, OSSL_PARAM* params) {
  if (key.reference == nullptr) return NoReferenceError();
  const PublicHalf& half = key.reference->public_half();
  RETURN_IF_ERROR(AnswerInt(params, OSSL_PKEY_PARAM_BITS, half.bits()));
  RETURN_IF_ERROR(
      AnswerInt(params, OSSL_PKEY_PARAM_SECURITY_BITS, half.security_bits()));
  RETURN_IF_ERROR(AnswerInt(params, OSSL_PKEY_PARAM_MAX_SIZE,
                            static_cast<int>(half.key().max_signature_size())));
  const bool hashes_itself = half.key().type() == KeyType::kEd25519 ||
                             half.key().type() == KeyType::kEd448;
  if (hashes_itself) {
    RETURN_IF_ERROR(AnswerText(params, OSSL_PKEY_PARAM_MANDATORY_DIGEST, ""));
  } else {
    RETURN_IF_ERROR(
        AnswerText(params, OSSL_PKEY_PARAM_DEFAULT_DIGEST, "SHA256"));
  }
  if (!half.group().empty()) {
    RETURN_IF_ERROR(
        AnswerText(params, OSSL_PKEY_PARAM_GROUP_NAME, half.group().c_str()));
  }
  return AnswerPublicBytes(params, half);
}

absl::Status Import(KeyData& key, int selection, const OSSL_PARAM* params) {
  const OSSL_PARAM* reference =
      OSSL_PARAM_locate_const(params, kReferenceParam);
  if (reference != nullptr && key.takes_references) {
    const void* object = nullptr;
    size_t size = 0;
    if (OSSL_PARAM_get_octet_ptr(reference, &object, &size) != 1 ||
        size != sizeof(std::shared_ptr<KeyReference>)) {
      return NoReferenceError();
    }
    key.reference = *static_cast<const std::shared_ptr<KeyReference>*>(object);
    return absl::OkStatus();
  }
  // libcrypto moves a public key here to compare it with ours.
  if ((selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY) != 0) {
    return absl::InvalidArgumentError("keyhold takes no private keys");
  }
  key.imported.reset(OSSL_PARAM_dup(params));
  return key.imported != nullptr ? absl::OkStatus()
                                 : absl::InternalError("out of memory");
}

absl::Status Export(const KeyData& key, int selection, OSSL_CALLBACK* callback,
                    void* argument) {
  // Were this to succeed, libcrypto would sign with the default provider.
  if ((selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY) != 0) {
    return PrivateHalfIsElsewhereError();
  }
  if (key.public_params() == nullptr) return NoReferenceError();
  return callback(key.public_params(), argument) == 1
             ? absl::OkStatus()
             : absl::InternalError("the receiver of an export refused it");
}

bool Has(const KeyData& key, int selection) {
  if ((selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY) != 0) {
    return key.reference != nullptr;
  }
  return key.public_params() != nullptr;
}

// libcrypto compares a certificate's key with ours by importing the former
// here, once for each certificate, since it caches the import with it. Without
// this function it would export ours to the default provider and have it
// decoded there in every handshake.
bool Match(const KeyData& a, const KeyData& b) {
  return a.public_params() != nullptr && b.public_params() != nullptr &&
         SamePublicParams(a.public_params(), b.public_params());
}

// Another with the same halves: nothing in it changes.
KeyData* Duplicate(const KeyData& key) {
  auto copy = std::make_unique<KeyData>();
  copy->takes_references = key.takes_references;
  copy->reference = key.reference;
  if (key.imported != nullptr) {
    copy->imported.reset(OSSL_PARAM_dup(key.imported.get()));
    if (copy->imported == nullptr) return nullptr;
  }
  return copy.release();
}

// Takes over what a decoder or a store of this provider made.
KeyData* Load(const void* reference, size_t size) {
  if (size != sizeof(KeyData*)) return nullptr;
  auto slot = static_cast<KeyData**>(const_cast<void*>(reference));
  return std::exchange(*slot, nullptr);
}

// From here on: C entry points.

void* NewEntry(void* context) {
  auto key = new KeyData;
  key->takes_references =
      static_cast<const ProviderContext*>(context)->takes_references();
  return key;
}

void FreeEntry(void* key) { delete static_cast<KeyData*>(key); }

void* LoadEntry(const void* reference, size_t size) {
  return Load(reference, size);
}

void* DupEntry(const void* key, int) {
  return Duplicate(*static_cast<const KeyData*>(key));
}

int HasEntry(const void* key, int selection) {
  return key != nullptr && Has(*static_cast<const KeyData*>(key), selection);
}

int MatchEntry(const void* a, const void* b, int) {
  return Match(*static_cast<const KeyData*>(a),
               *static_cast<const KeyData*>(b));
}

int GetParamsEntry(void* key, OSSL_PARAM params[]) {
  return Report(GetParams(*static_cast<const KeyData*>(key), params));
}

int ImportEntry(void* key, int selection, const OSSL_PARAM params[]) {
  return Report(Import(*static_cast<KeyData*>(key), selection, params));
}

int ExportEntry(void* key, int selection, OSSL_CALLBACK* callback,
                void* argument) {
  return Report(
      Export(*static_cast<const KeyData*>(key), selection, callback, argument));
}

const OSSL_PARAM* GettableParamsEntry(void*) {
  static const OSSL_PARAM kParams[] = {
      OSSL_PARAM_int(OSSL_PKEY_PARAM_BITS, nullptr),
      OSSL_PARAM_int(OSSL_PKEY_PARAM_SECURITY_BITS, nullptr),
      OSSL_PARAM_int(OSSL_PKEY_PARAM_MAX_SIZE, nullptr),
      OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_DEFAULT_DIGEST, nullptr, 0),
      OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_MANDATORY_DIGEST, nullptr, 0),
      OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, nullptr, 0),
      OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, nullptr, 0),
      OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_PUB_KEY, nullptr, 0),
      OSSL_PARAM_END};
  return kParams;
}

// One list for all types: libcrypto only looks whether a key's own parameters
// are in it.
const OSSL_PARAM* TransferTypesEntry(int selection) {
  static const OSSL_PARAM kParams[] = {
      OSSL_PARAM_octet_ptr(kReferenceParam, nullptr, 0),
      OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_N, nullptr, 0),
      OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_E, nullptr, 0),
      OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, nullptr, 0),
      OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_PUB_KEY, nullptr, 0),
      OSSL_PARAM_END};
  return (selection & OSSL_KEYMGMT_SELECT_PUBLIC_KEY) != 0 ? kParams : nullptr;
}

const char* RsaOperation(int) { return "RSA"; }
const char* EcOperation(int) { return "ECDSA"; }
const char* Ed25519Operation(int) { return "ED25519"; }
const char* Ed448Operation(int) { return "ED448"; }

using Entry = void (*)(void);

template <auto kFunction>
Entry AsEntry() {
  return reinterpret_cast<Entry>(kFunction);
}

template <auto kQueryOperation>
const OSSL_DISPATCH* Dispatch() {
  static const OSSL_DISPATCH kTable[] = {
      {OSSL_FUNC_KEYMGMT_NEW, AsEntry<NewEntry>()},
      {OSSL_FUNC_KEYMGMT_FREE, AsEntry<FreeEntry>()},
      {OSSL_FUNC_KEYMGMT_LOAD, AsEntry<LoadEntry>()},
      {OSSL_FUNC_KEYMGMT_DUP, AsEntry<DupEntry>()},
      {OSSL_FUNC_KEYMGMT_HAS, AsEntry<HasEntry>()},
      {OSSL_FUNC_KEYMGMT_MATCH, AsEntry<MatchEntry>()},
      {OSSL_FUNC_KEYMGMT_GET_PARAMS, AsEntry<GetParamsEntry>()},
      {OSSL_FUNC_KEYMGMT_GETTABLE_PARAMS, AsEntry<GettableParamsEntry>()},
      {OSSL_FUNC_KEYMGMT_IMPORT, AsEntry<ImportEntry>()},
      {OSSL_FUNC_KEYMGMT_IMPORT_TYPES, AsEntry<TransferTypesEntry>()},
      {OSSL_FUNC_KEYMGMT_EXPORT, AsEntry<ExportEntry>()},
      {OSSL_FUNC_KEYMGMT_EXPORT_TYPES, AsEntry<TransferTypesEntry>()},
      {OSSL_FUNC_KEYMGMT_QUERY_OPERATION_NAME, AsEntry<kQueryOperation>()},
      {0, nullptr}};
  return kTable;
}

}  // namespace

const OSSL_ALGORITHM* KeyManagementAlgorithms() {
  static constexpr char kProperties[] = "provider=keyhold";
  static const OSSL_ALGORITHM kAlgorithms[] = {
      {kRsaNames, kProperties, Dispatch<RsaOperation>(),
       "RSA keys on a signer"},
      {kRsaPssNames, kProperties, Dispatch<RsaOperation>(),
       "RSASSA-PSS keys on a signer"},
      {kEcNames, kProperties, Dispatch<EcOperation>(),
       "ECDSA keys on a signer"},
      {kEd25519Names, kProperties, Dispatch<Ed25519Operation>(),
       "Ed25519 keys on a signer"},
      {kEd448Names, kProperties, Dispatch<Ed448Operation>(),
       "Ed448 keys on a signer"},
      {nullptr, nullptr, nullptr, nullptr}};
  return kAlgorithms;
}

}  // namespace keyhold::provider
