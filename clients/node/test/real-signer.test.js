// Against the real signer, over mutual TLS, and through the OpenSSL provider.
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { X509Certificate, verify } from "node:crypto";
import { once } from "node:events";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Hash, Role, SCHEMES, SignerClient, SignerError } from "../dist/index.js";
import { RealSigner } from "./real-signer.js";

const HERE = dirname(fileURLToPath(import.meta.url));
const EXAMPLES = [
  ...readFileSync(join(HERE, "../README.md"), "utf8").matchAll(/```js\n(.*?)```/gs),
].map((match) => match[1]);

let signer;
let client;

beforeEach(() => {
  signer = new RealSigner();
  client = undefined;
});

afterEach(async () => {
  client?.close();
  await signer.stop();
});

async function connect() {
  await signer.start();
  client = new SignerClient([signer.endpoint], { tls: signer.tls });
  return client;
}

/** A file inside the package, so that it finds the package by its name. */
function writeExample(name, text) {
  mkdirSync(join(HERE, "../dist/examples"), { recursive: true });
  const path = join(HERE, "../dist/examples", name);
  writeFileSync(path, text);
  return path;
}

/** GET over HTTPS from 127.0.0.1, as a site's visitor. */
async function get(port, name) {
  const ca = readFileSync(join(signer.dev, "app/site-ca.crt"));
  const call = request({ host: "127.0.0.1", port, servername: name, ca, agent: false });
  call.end();
  const [response] = await once(call, "response");
  let body = "";
  for await (const part of response) body += part;
  return body;
}

test("lists the keys and signs with one", async () => {
  await connect();
  const ids = [];
  for await (const key of client.listKeys()) ids.push(key.id);
  assert.deepEqual(ids, [
    "app-client",
    "ecdsa.example.test",
    "ed25519.example.test",
    "rsa.example.test",
  ]);
  const [key] = await client.getKeys({ case: "id", value: "ed25519.example.test" });
  const transcriptHash = new Uint8Array(32).fill(1);
  const made = await client.sign({
    spkiSha256: key.spkiSha256,
    scheme: SCHEMES.ed25519,
    input: { case: "tls13CertificateVerify", value: { role: Role.SERVER, transcriptHash } },
  });
  const content = Buffer.concat([
    Buffer.alloc(64, " "),
    Buffer.from("TLS 1.3, server CertificateVerify\0"),
    transcriptHash,
  ]);
  const { publicKey } = new X509Certificate(key.certificateChain[0]);
  assert.ok(verify(null, content, publicKey, made.signature));
});

test("a digest is refused by default, and says why", async () => {
  await connect();
  const [key] = await client.getKeys({ case: "id", value: "ecdsa.example.test" });
  const digest = { hash: Hash.SHA256, value: new Uint8Array(32) };
  await assert.rejects(
    client.sign({
      spkiSha256: key.spkiSha256,
      scheme: SCHEMES.ecdsa_secp256r1_sha256,
      input: { case: "digest", value: digest },
    }),
    (error) => error instanceof SignerError && error.reason === "USAGE_NOT_ALLOWED",
  );
});

test("the signer builds a certificate request", async () => {
  signer.allow("csr");
  await connect();
  const [key] = await client.getKeys({ case: "id", value: "ecdsa.example.test" });
  const made = await client.sign({
    spkiSha256: key.spkiSha256,
    scheme: SCHEMES.ecdsa_secp256r1_sha256,
    input: { case: "csr", value: { dnsNames: ["www.example.test"] } },
  });
  const openssl = spawn("openssl", ["req", "-inform", "DER", "-verify", "-noout"]);
  openssl.stdin.end(made.signedObject);
  const [code] = await once(openssl, "exit");
  assert.equal(code, 0);
});

test("the TLS files are read again", async () => {
  await connect();
  await client.listKeys().next();
  // Identity and authority of another setup, in the same files.
  await signer.kill();
  const other = new RealSigner().usePort(signer.port);
  try {
    await other.start();
    for (const file of ["transport.crt", "transport.key", "signer-ca.crt"]) {
      copyFileSync(join(other.dev, "app", file), join(signer.dev, "app", file));
    }
    const { value } = await client.listKeys({ timeoutMs: 20_000 }).next();
    assert.equal(value.id, "app-client");
  } finally {
    await other.stop();
  }
});

test("TLS files that are half renewed do no harm", async () => {
  await connect();
  await client.listKeys().next();
  const key = join(signer.dev, "app/transport.key");
  copyFileSync(join(signer.dev, "signer/transport.key"), key);
  // A failure has the client look at the files.
  await signer.kill();
  const answer = client.listKeys({ timeoutMs: 20_000 }).next();
  await signer.usePort(signer.port).start();
  assert.equal((await answer).value.id, "app-client");
});

test("TLS files that cannot be used are named", async () => {
  await signer.start();
  const privateKey = join(signer.dev, "missing.key");
  client = new SignerClient([signer.endpoint], { tls: { ...signer.tls, privateKey } });
  await assert.rejects(
    client.listKeys({ timeoutMs: 100 }).next(),
    (error) =>
      error instanceof SignerError &&
      error.status === "UNAVAILABLE" &&
      /the TLS files: ENOENT.*missing\.key/.test(error.message),
  );
});

test("README's client example runs as it stands", async () => {
  await signer.start();
  assert.equal(EXAMPLES[0].split(":7443").length, 2);
  // The test's signer takes a free port.
  const file = writeExample("client.js", EXAMPLES[0].replace(":7443", `:${signer.port}`));
  const { stdout } = await promisify(execFile)("node", [file], { cwd: signer.folder });
  assert.equal(stdout, "true true\nPERMISSION_DENIED USAGE_NOT_ALLOWED\n");
});

test("README's https server runs as it stands, through the provider", async () => {
  await signer.start();
  const OPENSSL_CONF = await signer.startAgent();
  signer.writeKeyFile("ecdsa.example.test");
  assert.equal(EXAMPLES[1].split("8443").length, 2);
  const tell = 'server.on("listening", () => console.log(server.address().port));\n';
  const file = writeExample("server.js", EXAMPLES[1].replace("8443", "0") + tell);
  const child = spawn("node", [file], {
    cwd: signer.folder,
    env: { ...process.env, OPENSSL_CONF },
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    const [port] = await once(createInterface({ input: child.stdout }), "line");
    assert.equal(
      await get(Number(port), "ecdsa.example.test"),
      "Hello. My key is somewhere else.\n",
    );
  } finally {
    child.kill("SIGKILL");
  }
});
