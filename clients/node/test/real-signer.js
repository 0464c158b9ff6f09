// The real programs, set up as `keyhold init` does.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const PROJECT = fileURLToPath(new URL("../../..", import.meta.url));
export const BIN = process.env.KEYHOLD_BIN || join(PROJECT, "bazel-bin");

const CONFIG = `
openssl_conf = openssl_init
nodejs_conf = openssl_init
.include /etc/ssl/openssl.cnf
[openssl_init]
providers = provider_section
[provider_section]
default = default_section
keyhold = keyhold_section
[default_section]
activate = 1
[keyhold_section]
activate = 1
module = ${BIN}/tls_lib/provider/keyhold.so
`;

/** A child that says in its log when it is ready; returns that event too. */
async function startChild(program, ...args) {
  const child = spawn(join(BIN, program), args, { stdio: ["ignore", "ignore", "pipe"] });
  for await (const line of createInterface({ input: child.stderr })) {
    const event = JSON.parse(line);
    if (event.event !== "ready") continue;
    child.stderr.resume();
    return { child, event };
  }
  throw new Error(`${program} did not start`);
}

export class RealSigner {
  folder = mkdtempSync(join(tmpdir(), "keyhold-"));
  port = 0;
  #children = [];

  constructor() {
    execFileSync(join(BIN, "cli/keyhold"), ["init", this.dev]);
    this.#replace(":7443", ":0");
  }

  get dev() {
    return join(this.folder, "dev");
  }

  get endpoint() {
    return `localhost:${this.port}`;
  }

  get tls() {
    const app = join(this.dev, "app");
    return {
      certificate: join(app, "transport.crt"),
      privateKey: join(app, "transport.key"),
      ca: join(app, "signer-ca.crt"),
    };
  }

  #replace(before, after) {
    const config = join(this.dev, "signer/signer.yaml");
    const text = readFileSync(config, "utf8");
    if (!text.includes(before)) throw new Error("init's configuration has another form");
    writeFileSync(config, text.replace(before, after));
  }

  /** Gives the application's rule these usages, and no others. */
  allow(...usages) {
    const rule = "    - name: application\n";
    this.#replace(rule, `${rule}      usages: [${usages.join(", ")}]\n`);
    return this;
  }

  /** Takes this port instead of a free one. */
  usePort(port) {
    this.#replace(':0"', `:${port}"`);
    return this;
  }

  async start() {
    const config = join(this.dev, "signer/signer.yaml");
    const { child, event } = await startChild("signer_service/keyhold-signer", "--config", config);
    this.#children.push(child);
    this.port = Number(event.listeners[0].address.replace(/.*:/, ""));
    return this;
  }

  /** Starts an agent; returns the path of an openssl.cnf with the provider. */
  async startAgent() {
    const socket = join(this.folder, "agent.sock");
    const config = join(this.folder, "agent.yaml");
    const { certificate, privateKey, ca } = this.tls;
    const settings = {
      listen: [{ path: socket, group: String(process.getgid()) }],
      signer: {
        endpoints: [this.endpoint],
        certificate_file: certificate,
        private_key_file: privateKey,
        ca_file: ca,
      },
      rules: [{ users: [String(process.getuid())], keys: ["*"] }],
    };
    writeFileSync(config, JSON.stringify(settings)); // JSON is YAML
    this.#children.push(
      (await startChild("tls_lib/agent/keyhold-agent", "--config", config)).child,
    );
    const openssl = join(this.folder, "openssl.cnf");
    writeFileSync(openssl, CONFIG);
    return openssl;
  }

  /** Writes NAME.key, which names the remote key of a site. */
  writeKeyFile(name) {
    const certificate = join(this.dev, `app/sites/${name}.crt`);
    const path = join(this.folder, `${name}.key`);
    const agent = [
      "--agent",
      join(this.folder, "agent.sock"),
      "--agent-uid",
      String(process.getuid()),
    ];
    const args = ["key-file", name, "--for-certificate", certificate, ...agent, "-o", path];
    execFileSync(join(BIN, "cli/keyhold"), args);
  }

  /** Ends the signer and the agent. */
  async kill() {
    for (const child of this.#children.splice(0)) {
      child.kill("SIGKILL");
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    }
  }

  async stop() {
    await this.kill();
    rmSync(this.folder, { recursive: true });
  }
}
