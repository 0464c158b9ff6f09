// The client against a signer that does as it is told.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { KeyType, Role, SCHEMES, SignerClient, SignerError } from "../dist/index.js";
import { FakeSigner, SILENCE, refusal, status } from "./fake-signer.js";

const REQUEST = {
  spkiSha256: new Uint8Array(32),
  scheme: SCHEMES.ecdsa_secp256r1_sha256,
  serverName: "www.example.test",
  input: {
    case: "tls13CertificateVerify",
    value: { role: Role.SERVER, transcriptHash: new Uint8Array(32).fill(7) },
  },
};
const LONG = { timeoutMs: 20_000 };

let folder;
let first;
let second;
let client;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "keyhold-"));
  first = await new FakeSigner(join(folder, "first")).start();
  second = await new FakeSigner(join(folder, "second")).start();
  client = new SignerClient([first.endpoint, second.endpoint]);
});

afterEach(async () => {
  client.close();
  first.stop();
  second.stop();
  await rm(folder, { recursive: true });
});

function onlyFirst() {
  client.close();
  client = new SignerClient([first.endpoint]);
  return client;
}

async function failure(promise) {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof SignerError, String(error));
    return error;
  }
  return assert.fail("it did not fail");
}

test("sign sends what it was given, an id and the time left", async () => {
  const made = await client.sign(REQUEST);
  assert.equal(Buffer.from(made.signature).toString(), "a signature");
  const [request] = first.requests;
  assert.equal(request.serverName, "www.example.test");
  assert.equal(request.input.value.transcriptHash[0], 7);
  assert.equal(request.requestId.length, 16);
  assert.ok(request.timeLeftUs > 0n && request.timeLeftUs <= 2_000_000n);
});

test("listKeys reads all pages", async () => {
  first.keys = ["a", "b", "c"].map((id) => ({ id, type: KeyType.ED25519 }));
  const ids = [];
  for await (const key of client.listKeys()) ids.push(key.id);
  assert.deepEqual(ids, ["a", "b", "c"]);
});

test("getKeys names the key by one selector", async () => {
  first.keys = [{ id: "www" }];
  const [key] = await client.getKeys({ case: "serverName", value: "www.example.test" });
  assert.equal(key.id, "www");
  assert.deepEqual(first.requests[0].selector.by.value, "www.example.test");
});

test("chooseScheme", async () => {
  assert.equal(await client.chooseScheme({ role: Role.SERVER, offered: [0x0807] }), 0x0807);
});

test("a refusal keeps its reason and is not repeated", async () => {
  first.faults = [refusal(status.PERMISSION_DENIED, "USAGE_NOT_ALLOWED")];
  const error = await failure(client.sign(REQUEST));
  assert.equal(error.code, status.PERMISSION_DENIED);
  assert.equal(error.status, "PERMISSION_DENIED");
  assert.equal(error.reason, "USAGE_NOT_ALLOWED");
  assert.equal(error.policyVersion, "abab");
  const expected = "PERMISSION_DENIED (USAGE_NOT_ALLOWED): ";
  assert.equal(error.message, `${expected}${first.endpoint}: refused by the test`);
  assert.equal(first.requests.length + second.requests.length, 1);
});

test("UNAVAILABLE is repeated with the same request id", async () => {
  first.faults = Array(3).fill(refusal(status.UNAVAILABLE, "DRAINING"));
  await onlyFirst().sign(REQUEST, LONG);
  const ids = new Set(
    first.requests.map(({ requestId }) => Buffer.from(requestId).toString("hex")),
  );
  assert.equal(first.requests.length, 4);
  assert.equal(ids.size, 1);
});

test("UNAVAILABLE until the deadline ends with its reason", async () => {
  first.faults = Array(1000).fill(refusal(status.UNAVAILABLE, "DRAINING"));
  const error = await failure(onlyFirst().sign(REQUEST, { timeoutMs: 300 }));
  assert.equal(error.reason, "DRAINING");
});

test("at the deadline what failed before is told", async () => {
  first.faults = [refusal(status.UNAVAILABLE, "DRAINING"), SILENCE];
  const error = await failure(onlyFirst().sign(REQUEST, { timeoutMs: 300 }));
  assert.equal(error.reason, "DRAINING");
});

test("a silent signer ends at the deadline", async () => {
  first.faults = [SILENCE];
  const error = await failure(onlyFirst().sign(REQUEST, { timeoutMs: 100 }));
  assert.equal(error.code, status.DEADLINE_EXCEEDED);
  assert.equal(error.reason, "");
});

test("the next endpoint is asked, and remembered", async () => {
  first.faults = [refusal(status.UNAVAILABLE, "DRAINING")];
  await client.sign(REQUEST, LONG);
  await client.sign(REQUEST, LONG);
  assert.equal(first.requests.length, 1);
  assert.equal(second.requests.length, 2);
});

test("a silent endpoint leaves time for the next", async () => {
  first.faults = [SILENCE];
  await client.sign(REQUEST, { timeoutMs: 2000 });
  assert.equal(second.requests.length, 1);
});

test("DATA_LOSS goes elsewhere, but not to the same signer", async () => {
  first.faults = Array(2).fill(refusal(status.DATA_LOSS, "SIGNATURE_CHECK_FAILED"));
  await client.sign(REQUEST, LONG);
  const error = await failure(onlyFirst().sign(REQUEST));
  assert.equal(error.reason, "SIGNATURE_CHECK_FAILED");
  assert.equal(first.requests.length, 2);
});

test("a signer that comes back is found", async () => {
  await onlyFirst().sign(REQUEST, LONG);
  first.stop();
  const answer = client.sign(REQUEST, LONG);
  await first.start();
  assert.equal((await answer).scheme, REQUEST.scheme);
});

test("details that are none leave the status", async () => {
  const fault = refusal(status.NOT_FOUND, "KEY_NOT_FOUND");
  fault.metadata.set("grpc-status-details-bin", Buffer.from([0xff, 0xff]));
  first.faults = [fault];
  const error = await failure(client.sign(REQUEST));
  assert.equal(error.code, status.NOT_FOUND);
  assert.equal(error.reason, "");
});

test("a closed client asks nobody", async () => {
  await client.sign(REQUEST, LONG);
  client.close();
  const error = await failure(client.sign(REQUEST));
  assert.equal(error.code, status.CANCELLED);
  assert.match(error.message, /the client is closed/);
  assert.equal(first.requests.length, 1);
});

test("aborting ends the call", async () => {
  first.faults = [SILENCE];
  const controller = new AbortController();
  const answer = failure(onlyFirst().sign(REQUEST, { ...LONG, signal: controller.signal }));
  while (first.requests.length === 0) await new Promise(setImmediate);
  controller.abort();
  assert.equal((await answer).code, status.CANCELLED);
});

test("aborting ends the pause between two tries", async () => {
  first.faults = Array(1000).fill(refusal(status.UNAVAILABLE, "DRAINING"));
  const controller = new AbortController();
  const answer = failure(onlyFirst().sign(REQUEST, { ...LONG, signal: controller.signal }));
  while (first.requests.length < 2) await new Promise(setImmediate);
  controller.abort();
  assert.equal((await answer).code, status.CANCELLED);
});

test("an aborted signal asks nobody", async () => {
  const error = await failure(client.sign(REQUEST, { signal: AbortSignal.abort() }));
  assert.equal(error.code, status.CANCELLED);
  assert.equal(first.requests.length, 0);
});

test("endpoints must be named and secured", () => {
  assert.throws(() => new SignerClient([]), /name at least one signer/);
  assert.throws(() => new SignerClient(["localhost:7443"]), /needs tls/);
});
