// Answers the commands of the conformance run: tests/clients/README.md.
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { KeyType, Role, SignerClient, SignerError, TlsVersion } from "../dist/index.js";
import { bytes, hex, input, role } from "./inputs.js";
import { ProviderTls, Unsupported } from "./provider-tls.js";

const environment = JSON.parse(readFileSync(process.argv[2], "utf8"));
const clients = new Map();
const providerTls = new ProviderTls(environment);

function tlsFiles(name) {
  const identity = environment.identities[name];
  return {
    certificate: identity.certificate,
    privateKey: identity.private_key,
    ca: identity.ca,
  };
}

function client(command) {
  const key = [command.identity, ...command.endpoints].join();
  if (!clients.has(key)) {
    clients.set(key, new SignerClient(command.endpoints, { tls: tlsFiles(command.identity) }));
  }
  return clients.get(key);
}

const OPS = {
  async list_keys(command) {
    const keys = [];
    for await (const key of client(command).listKeys({ timeoutMs: command.timeout_ms })) {
      keys.push({
        id: key.id,
        label: key.label,
        type: KeyType[key.type],
        spki_sha256: hex(key.spkiSha256),
        schemes: key.schemes,
        server_names: key.serverNames,
      });
    }
    return { keys };
  },

  async choose(command) {
    const request = {
      spkiSha256: bytes(command.spki_sha256),
      role: role(command.role),
      tlsVersion:
        command.tls_version === "1.3" ? TlsVersion.TLS_VERSION_1_3 : TlsVersion.TLS_VERSION_1_2,
      serverName: command.server_name,
      offered: command.offered,
    };
    return {
      scheme: await client(command).chooseScheme(request, { timeoutMs: command.timeout_ms }),
    };
  },

  async sign(command) {
    const { form, ...fields } = command.input;
    const request = {
      spkiSha256: bytes(command.spki_sha256),
      scheme: command.scheme,
      offeredSchemes: command.offered_schemes,
      serverName: command.server_name,
      input: input(form, fields),
    };
    const made = await client(command).sign(request, { timeoutMs: command.timeout_ms });
    return {
      scheme: made.scheme,
      signature: hex(made.signature),
      signed_object: hex(made.signedObject),
    };
  },

  async tls_server(command) {
    return { port: await providerTls.serve(command) };
  },

  async stop(command) {
    await providerTls.stop(command.port);
    return { errors: null }; // tls gives out one OpenSSL error, not the provider's
  },

  async tls_client(command) {
    return providerTls.connect(command);
  },

  async bench(command) {
    const signer = client(command);
    const begin = performance.now();
    const end = begin + command.seconds * 1000;
    let count = 0;
    const signUntilTheEnd = async () => {
      while (performance.now() < end) {
        await signer.sign({
          spkiSha256: bytes(command.spki_sha256),
          scheme: command.scheme,
          input: {
            case: "tls13CertificateVerify",
            value: { role: Role.SERVER, transcriptHash: randomBytes(32) },
          },
        });
        count++;
      }
    };
    await Promise.all(Array.from({ length: command.in_flight }, signUntilTheEnd));
    return { count, seconds: (performance.now() - begin) / 1000 };
  },
};

async function answer(command) {
  try {
    return { ok: true, ...(await OPS[command.op](command)) };
  } catch (error) {
    if (error instanceof Unsupported) return { unsupported: error.word, message: error.message };
    const known = error instanceof SignerError;
    return {
      ok: false,
      status: known ? error.status : "TLS",
      reason: known ? error.reason : "",
      message: String(error),
    };
  }
}

console.log(JSON.stringify({ client: "node" }));
for await (const line of createInterface({ input: process.stdin })) {
  const command = JSON.parse(line);
  console.log(JSON.stringify({ n: command.n, ...(await answer(command)) }));
}
for (const each of clients.values()) each.close();
