// The golden vectors: tests/vectors/README.md.
import assert from "node:assert/strict";
import { constants, createPublicKey, verify } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { create, toBinary } from "@bufbuild/protobuf";
import {
  ChooseSchemeRequestSchema,
  SCHEMES,
  SignRequestSchema,
  TlsVersion,
  readRefusal,
} from "../dist/index.js";
import { bytes, hex, role, signRequest } from "./inputs.js";

const file = new URL("../../../tests/vectors/vectors.json", import.meta.url);
const vectors = JSON.parse(readFileSync(file, "utf8"));
const keys = new Map(vectors.keys.map((key) => [key.name, key]));
const names = new Map(Object.entries(SCHEMES).map(([name, point]) => [point, name]));

for (const vector of vectors.sign) {
  test(`request: ${vector.name}`, () => {
    const request = toBinary(SignRequestSchema, signRequest(vector.request));
    assert.equal(hex(request), vector.request_bytes);
  });
}

for (const vector of vectors.choose) {
  test(`choose: ${vector.name}`, () => {
    const { request } = vector;
    const made = create(ChooseSchemeRequestSchema, {
      spkiSha256: bytes(request.spki_sha256),
      role: role(request.role),
      tlsVersion:
        request.tls_version === "1.3" ? TlsVersion.TLS_VERSION_1_3 : TlsVersion.TLS_VERSION_1_2,
      serverName: request.server_name,
      offered: request.offered,
    });
    assert.equal(hex(toBinary(ChooseSchemeRequestSchema, made)), vector.request_bytes);
  });
}

function verifies(vector) {
  const spki = Buffer.from(keys.get(vector.key).spki, "hex");
  const key = createPublicKey({ key: spki, format: "der", type: "spki" });
  const scheme = names.get(vector.scheme);
  const pss = {
    padding: constants.RSA_PKCS1_PSS_PADDING,
    saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
  };
  const digest = scheme.startsWith("ed") ? null : scheme.slice(-6);
  return verify(
    digest,
    bytes(vector.to_be_signed),
    scheme.includes("pss") ? { key, ...pss } : key,
    bytes(vector.signature),
  );
}

for (const vector of vectors.sign.filter((each) => each.to_be_signed)) {
  test(`signature: ${vector.name}`, () => assert.equal(verifies(vector), vector.verifies));
}

for (const vector of vectors.errors) {
  test(`error: ${vector.name}`, () => {
    const { reason, policyVersion } = readRefusal(bytes(vector.details));
    assert.equal(reason, vector.reason);
    assert.equal(policyVersion, vector.policy_version);
  });
}
