/** Client of a Keyhold signer. */
export {
  type CallOptions,
  DEFAULT_TIMEOUT_MS,
  SignerClient,
  type SignerClientOptions,
  type SignInit,
} from "./client.js";
export { readRefusal, type Refusal, SignerError } from "./errors.js";
export { SCHEMES, type SchemeName } from "./schemes.js";
export type { TlsFiles } from "./transport.js";
export { type Key, KeyType } from "./gen/keyhold/signer/v1/key_pb.js";
export {
  ChooseSchemeRequestSchema,
  type SignRequest,
  SignRequestSchema,
  type SignResponse,
} from "./gen/keyhold/signer/v1/sign_pb.js";
export { Hash, Role, TlsVersion, Usage } from "./gen/keyhold/signer/v1/tls_pb.js";
