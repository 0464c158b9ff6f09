// Requests from JSON, as the golden vectors and the conformance commands have them.
import { create } from "@bufbuild/protobuf";
import { Hash, Role, SignRequestSchema } from "../dist/index.js";

export const bytes = (hex) => (hex ? Uint8Array.from(Buffer.from(hex, "hex")) : new Uint8Array());
export const hex = (value) => Buffer.from(value).toString("hex");
export const role = (word) => Role[word.toUpperCase()];

const FORMS = {
  tls13_certificate_verify: (value) => ({
    role: role(value.role),
    transcriptHash: bytes(value.transcript_hash),
  }),
  tls12_server_key_exchange: (value) => ({
    clientRandom: bytes(value.client_random),
    serverRandom: bytes(value.server_random),
    curve: value.curve,
    publicPoint: bytes(value.public_point),
  }),
  tls12_certificate_verify: (value) => ({ handshakeMessages: bytes(value.handshake_messages) }),
  digest: (value) => ({ hash: Hash[value.hash.toUpperCase()], value: bytes(value.value) }),
  message: (value) => bytes(value.message ?? value),
  csr: (value) => ({ commonName: value.common_name, dnsNames: value.dns_names }),
  self_signed_certificate: (value) => ({ dnsNames: value.dns_names, validDays: value.valid_days }),
  delegated_credential: (value) => ({
    role: role(value.role),
    validTime: value.valid_time,
    dcCertVerifyAlgorithm: value.dc_cert_verify_algorithm,
    spki: bytes(value.spki),
  }),
};

const camel = (name) => name.replace(/_(.)/g, (_, letter) => letter.toUpperCase());

/** The input of a form: {case, value}. */
export function input(form, value) {
  return { case: camel(form), value: FORMS[form](value) };
}

/** A vector's "request". */
export function signRequest(fields) {
  const form = Object.keys(FORMS).find((name) => name in fields);
  return create(SignRequestSchema, {
    id: BigInt(fields.id ?? 0),
    requestId: bytes(fields.request_id),
    ...("time_left_us" in fields ? { timeLeftUs: BigInt(fields.time_left_us) } : {}),
    traceparent: fields.traceparent ?? "",
    spkiSha256: bytes(fields.spki_sha256),
    scheme: fields.scheme ?? 0,
    offeredSchemes: fields.offered_schemes ?? [],
    serverName: fields.server_name ?? "",
    input: input(form, fields[form]),
  });
}
