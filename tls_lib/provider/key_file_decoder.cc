#include "tls_lib/provider/key_file_decoder.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "openssl/core_dispatch.h"
#include "openssl/core_names.h"
#include "openssl/core_object.h"
#include "openssl/params.h"
#include "tls_lib/agent/client/key_file.h"
#include "tls_lib/base/der.h"
#include "tls_lib/base/status_macros.h"
#include "tls_lib/provider/key_management.h"
#include "tls_lib/provider/loaded_key.h"
#include "tls_lib/provider/module_context.h"
#include "tls_lib/provider/module_library.h"
#include "tls_lib/provider/report.h"

namespace keyhold::provider {
namespace {

using absl::string_view;

constexpr char kStructure[] = "KeyholdKey";
// Longer lines come in pieces.
constexpr size_t kMostLineBytes = 255;
// The base64 of kMostKeyFileBytes, with line ends and some air.
constexpr size_t kMostPemBytes = 2 * agent::kMostKeyFileBytes;

bool IsLine(string_view line, string_view before) {
  return absl::StripTrailingAsciiWhitespace(line) ==
         absl::StrCat("-----", before, " ", agent::kKeyFileLabel, "-----");
}

// The body of a KEYHOLD KEY, if that is the first block in `input`; null if
// the first block, or all there is, is something else.
std::optional<std::string> ReadBody(const ModuleContext& module,
                                    OSSL_CORE_BIO* input) {
  std::string line;
  do {
    line = module.ReadLine(input, kMostLineBytes);
    if (line.empty()) return std::nullopt;
  } while (!absl::StartsWith(line, "-----BEGIN "));
  if (!IsLine(line, "BEGIN")) return std::nullopt;
  std::string body;
  while (body.size() < kMostPemBytes) {
    line = module.ReadLine(input, kMostLineBytes);
    if (IsLine(line, "END")) return body;
    // Cut off: what there is will not do as DER.
    if (line.empty()) return body;
    body += line;
  }
  return body;
}

// Parses the whole, so that what is damaged is said so once, and so that
// libcrypto need not try the decoder of each type.
absl::Status DecodePem(const ModuleContext& module, OSSL_CORE_BIO* input,
                       OSSL_CALLBACK* callback, void* argument) {
  std::optional<std::string> body = ReadBody(module, input);
  if (!body.has_value()) return absl::OkStatus();
  RETURN_IF_ERROR(module.settings().status());
  RETURN_IF_ERROR(ModuleLibrary().status());
  ASSIGN_OR_RETURN(std::string der, agent::DecodeKeyFileBody(*body));
  ASSIGN_OR_RETURN(const agent::KeyFile file, agent::DecodeKeyFileDer(der));
  int type = OSSL_OBJECT_PKEY;
  const char* name = OpensslKeyType(file.key.type());
  OSSL_PARAM params[] = {
      OSSL_PARAM_construct_int(OSSL_OBJECT_PARAM_TYPE, &type),
      OSSL_PARAM_construct_utf8_string(OSSL_OBJECT_PARAM_DATA_TYPE,
                                       const_cast<char*>(name), 0),
      OSSL_PARAM_construct_utf8_string(OSSL_OBJECT_PARAM_DATA_STRUCTURE,
                                       const_cast<char*>(kStructure), 0),
      OSSL_PARAM_construct_octet_string(OSSL_OBJECT_PARAM_DATA, &der[0],
                                        der.size()),
      OSSL_PARAM_construct_end()};
  // Whether somebody had use for it is libcrypto's to judge.
  callback(params, argument);
  return absl::OkStatus();
}

// Any key's DER is shown to this decoder; a look at it costs nothing.
bool LooksLikeKeyFile(string_view der) {
  DerReader outer(der);
  std::optional<string_view> sequence = outer.Read(kDerSequence);
  if (!sequence) return false;
  DerReader reader(*sequence);
  return reader.ReadUnsigned().has_value() && reader.Next(kDerUtf8String);
}

absl::Status DecodeDer(const ModuleContext& module, OSSL_CORE_BIO* input,
                       string_view type, OSSL_CALLBACK* callback,
                       void* argument) {
  const std::string der = module.ReadAll(input, agent::kMostKeyFileBytes + 1);
  if (!LooksLikeKeyFile(der)) return absl::OkStatus();
  RETURN_IF_ERROR(ModuleLibrary().status());
  absl::StatusOr<agent::KeyFile> file = agent::DecodeKeyFileDer(der);
  if (!file.ok() || OpensslKeyType(file->key.type()) != type) {
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(module.settings().status());
  return DeliverKey(*std::move(file), *module.settings(), callback, argument);
}

// From here on: C entry points.

void* NewEntry(void* context) {
  return static_cast<ModuleContext*>(static_cast<ProviderContext*>(context));
}

void FreeEntry(void*) {}

// A key has both halves: anything that names one of them. 0 is anything.
int DoesSelectionEntry(void*, int selection) {
  return selection == 0 || (selection & OSSL_KEYMGMT_SELECT_KEYPAIR) != 0;
}

int DecodePemEntry(void* module, OSSL_CORE_BIO* input, int,
                   OSSL_CALLBACK* callback, void* argument,
                   OSSL_PASSPHRASE_CALLBACK*, void*) {
  return Report(DecodePem(*static_cast<const ModuleContext*>(module), input,
                          callback, argument));
}

constexpr char kRsa[] = "RSA";
constexpr char kRsaPss[] = "RSA-PSS";
constexpr char kEc[] = "EC";
constexpr char kEd25519[] = "ED25519";
constexpr char kEd448[] = "ED448";

template <const char* kType>
int DecodeDerEntry(void* module, OSSL_CORE_BIO* input, int,
                   OSSL_CALLBACK* callback, void* argument,
                   OSSL_PASSPHRASE_CALLBACK*, void*) {
  return Report(DecodeDer(*static_cast<const ModuleContext*>(module), input,
                          kType, callback, argument));
}

using Entry = void (*)(void);

template <auto kFunction>
Entry AsEntry() {
  return reinterpret_cast<Entry>(kFunction);
}

template <auto kDecodeEntry>
const OSSL_DISPATCH* Dispatch() {
  static const OSSL_DISPATCH kTable[] = {
      {OSSL_FUNC_DECODER_NEWCTX, AsEntry<NewEntry>()},
      {OSSL_FUNC_DECODER_FREECTX, AsEntry<FreeEntry>()},
      {OSSL_FUNC_DECODER_DOES_SELECTION, AsEntry<DoesSelectionEntry>()},
      {OSSL_FUNC_DECODER_DECODE, AsEntry<kDecodeEntry>()},
      {0, nullptr}};
  return kTable;
}

}  // namespace

const OSSL_ALGORITHM* DecoderAlgorithms() {
  static constexpr char kFromPem[] = "provider=keyhold,input=pem";
  static constexpr char kFromDer[] =
      "provider=keyhold,input=der,structure=KeyholdKey";
  static const OSSL_ALGORITHM kAlgorithms[] = {
      {"DER", kFromPem, Dispatch<DecodePemEntry>(), "KEYHOLD KEY, PEM"},
      {kRsaNames, kFromDer, Dispatch<DecodeDerEntry<kRsa>>(),
       "KEYHOLD KEY of type RSA"},
      {kRsaPssNames, kFromDer, Dispatch<DecodeDerEntry<kRsaPss>>(),
       "KEYHOLD KEY of type RSA-PSS"},
      {kEcNames, kFromDer, Dispatch<DecodeDerEntry<kEc>>(),
       "KEYHOLD KEY of type EC"},
      {kEd25519Names, kFromDer, Dispatch<DecodeDerEntry<kEd25519>>(),
       "KEYHOLD KEY of type Ed25519"},
      {kEd448Names, kFromDer, Dispatch<DecodeDerEntry<kEd448>>(),
       "KEYHOLD KEY of type Ed448"},
      {nullptr, nullptr, nullptr, nullptr}};
  return kAlgorithms;
}

}  // namespace keyhold::provider
