#include "tls_lib/provider/signature.h"

#include <cstring>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "openssl/core_dispatch.h"
#include "openssl/core_names.h"
#include "openssl/params.h"
#include "tls_lib/base/status_macros.h"
#include "tls_lib/provider/key_management.h"
#include "tls_lib/provider/report.h"
#include "tls_lib/provider/signature_context.h"

namespace keyhold::provider {
namespace {

absl::Status BufferTooSmallError() {
  return absl::InvalidArgumentError(
      "the buffer for the signature is too small");
}

absl::string_view View(const unsigned char* bytes, size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

absl::Status Init(SignatureContext& context, const char* digest,
                  const KeyData* key, const OSSL_PARAM* params) {
  RETURN_IF_ERROR(context.Init(key == nullptr ? nullptr : key->reference,
                               digest == nullptr ? "" : digest));
  return context.SetParams(params);
}

absl::Status InitForDigest(SignatureContext& context, const KeyData* key,
                           const OSSL_PARAM* params) {
  RETURN_IF_ERROR(
      context.InitForDigest(key == nullptr ? nullptr : key->reference));
  return context.SetParams(params);
}

absl::Status GetParams(const SignatureContext& context, OSSL_PARAM* params) {
  OSSL_PARAM* param =
      OSSL_PARAM_locate(params, OSSL_SIGNATURE_PARAM_ALGORITHM_ID);
  if (param == nullptr) return absl::OkStatus();
  ASSIGN_OR_RETURN(std::string identifier, context.AlgorithmIdentifier());
  if (OSSL_PARAM_set_octet_string(param, identifier.data(),
                                  identifier.size()) != 1) {
    return BufferTooSmallError();
  }
  return absl::OkStatus();
}

// libcrypto's convention: without a buffer the answer is the size needed, and
// that must not cost a remote call.
template <typename SignFunction>
absl::Status Deliver(const SignatureContext& context, unsigned char* out,
                     size_t* out_size, size_t capacity, SignFunction sign) {
  if (out == nullptr) {
    *out_size = context.max_size();
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(std::string signature, sign());
  if (signature.size() > capacity) return BufferTooSmallError();
  memcpy(out, signature.data(), signature.size());
  *out_size = signature.size();
  return absl::OkStatus();
}

// From here on: C entry points.

void* NewEntry(void*, const char*) { return new SignatureContext; }

void FreeEntry(void* context) {
  delete static_cast<SignatureContext*>(context);
}

void* DupEntry(void* context) {
  return new SignatureContext(*static_cast<const SignatureContext*>(context));
}

int InitEntry(void* context, const char* digest, void* key,
              const OSSL_PARAM params[]) {
  return Report(Init(*static_cast<SignatureContext*>(context), digest,
                     static_cast<const KeyData*>(key), params));
}

int UpdateEntry(void* context, const unsigned char* data, size_t size) {
  static_cast<SignatureContext*>(context)->Update(View(data, size));
  return 1;
}

int FinalEntry(void* context, unsigned char* out, size_t* out_size,
               size_t capacity) {
  auto& signature = *static_cast<SignatureContext*>(context);
  return Report(Deliver(signature, out, out_size, capacity,
                        [&] { return signature.Finish(); }));
}

int SignEntry(void* context, unsigned char* out, size_t* out_size,
              size_t capacity, const unsigned char* data, size_t size) {
  auto& signature = *static_cast<SignatureContext*>(context);
  return Report(Deliver(signature, out, out_size, capacity,
                        [&] { return signature.Sign(View(data, size)); }));
}

int InitForDigestEntry(void* context, void* key, const OSSL_PARAM params[]) {
  return Report(InitForDigest(*static_cast<SignatureContext*>(context),
                              static_cast<const KeyData*>(key), params));
}

int SignDigestEntry(void* context, unsigned char* out, size_t* out_size,
                    size_t capacity, const unsigned char* digest, size_t size) {
  auto& signature = *static_cast<SignatureContext*>(context);
  return Report(Deliver(signature, out, out_size, capacity, [&] {
    return signature.SignDigest(View(digest, size));
  }));
}

int GetParamsEntry(void* context, OSSL_PARAM params[]) {
  return Report(
      GetParams(*static_cast<const SignatureContext*>(context), params));
}

const OSSL_PARAM* GettableParamsEntry(void*, void*) {
  static const OSSL_PARAM kParams[] = {
      OSSL_PARAM_octet_string(OSSL_SIGNATURE_PARAM_ALGORITHM_ID, nullptr, 0),
      OSSL_PARAM_END};
  return kParams;
}

int SetParamsEntry(void* context, const OSSL_PARAM params[]) {
  return Report(static_cast<SignatureContext*>(context)->SetParams(params));
}

const OSSL_PARAM* SettableParamsEntry(void*, void*) {
  static const OSSL_PARAM kParams[] = {
      OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_DIGEST, nullptr, 0),
      OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_PAD_MODE, nullptr, 0),
      OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_PSS_SALTLEN, nullptr, 0),
      OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_MGF1_DIGEST, nullptr, 0),
      OSSL_PARAM_END};
  return kParams;
}

using Entry = void (*)(void);

template <auto kFunction>
Entry AsEntry() {
  return reinterpret_cast<Entry>(kFunction);
}

const OSSL_DISPATCH* HashingDispatch() {
  static const OSSL_DISPATCH kTable[] = {
      {OSSL_FUNC_SIGNATURE_NEWCTX, AsEntry<NewEntry>()},
      {OSSL_FUNC_SIGNATURE_FREECTX, AsEntry<FreeEntry>()},
      {OSSL_FUNC_SIGNATURE_DUPCTX, AsEntry<DupEntry>()},
      {OSSL_FUNC_SIGNATURE_DIGEST_SIGN_INIT, AsEntry<InitEntry>()},
      {OSSL_FUNC_SIGNATURE_DIGEST_SIGN_UPDATE, AsEntry<UpdateEntry>()},
      {OSSL_FUNC_SIGNATURE_DIGEST_SIGN_FINAL, AsEntry<FinalEntry>()},
      {OSSL_FUNC_SIGNATURE_DIGEST_SIGN, AsEntry<SignEntry>()},
      {OSSL_FUNC_SIGNATURE_SIGN_INIT, AsEntry<InitForDigestEntry>()},
      {OSSL_FUNC_SIGNATURE_SIGN, AsEntry<SignDigestEntry>()},
      {OSSL_FUNC_SIGNATURE_GET_CTX_PARAMS, AsEntry<GetParamsEntry>()},
      {OSSL_FUNC_SIGNATURE_GETTABLE_CTX_PARAMS, AsEntry<GettableParamsEntry>()},
      {OSSL_FUNC_SIGNATURE_SET_CTX_PARAMS, AsEntry<SetParamsEntry>()},
      {OSSL_FUNC_SIGNATURE_SETTABLE_CTX_PARAMS, AsEntry<SettableParamsEntry>()},
      {0, nullptr}};
  return kTable;
}

// EdDSA signs a message in one go (RFC 8032).
const OSSL_DISPATCH* OneShotDispatch() {
  static const OSSL_DISPATCH kTable[] = {
      {OSSL_FUNC_SIGNATURE_NEWCTX, AsEntry<NewEntry>()},
      {OSSL_FUNC_SIGNATURE_FREECTX, AsEntry<FreeEntry>()},
      {OSSL_FUNC_SIGNATURE_DUPCTX, AsEntry<DupEntry>()},
      {OSSL_FUNC_SIGNATURE_DIGEST_SIGN_INIT, AsEntry<InitEntry>()},
      {OSSL_FUNC_SIGNATURE_DIGEST_SIGN, AsEntry<SignEntry>()},
      {OSSL_FUNC_SIGNATURE_GET_CTX_PARAMS, AsEntry<GetParamsEntry>()},
      {OSSL_FUNC_SIGNATURE_GETTABLE_CTX_PARAMS, AsEntry<GettableParamsEntry>()},
      {0, nullptr}};
  return kTable;
}

}  // namespace

const OSSL_ALGORITHM* SignatureAlgorithms() {
  static constexpr char kProperties[] = "provider=keyhold";
  static const OSSL_ALGORITHM kAlgorithms[] = {
      {"RSA:rsaEncryption:1.2.840.113549.1.1.1", kProperties, HashingDispatch(),
       "RSA signatures by a signer"},
      {"ECDSA", kProperties, HashingDispatch(), "ECDSA signatures by a signer"},
      {"ED25519:1.3.101.112", kProperties, OneShotDispatch(),
       "Ed25519 signatures by a signer"},
      {"ED448:1.3.101.113", kProperties, OneShotDispatch(),
       "Ed448 signatures by a signer"},
      {nullptr, nullptr, nullptr, nullptr}};
  return kAlgorithms;
}

}  // namespace keyhold::provider
