import { readFileSync, statSync } from "node:fs";
import { type ChannelOptions, Client, credentials, status } from "@grpc/grpc-js";
import { SignerError } from "./errors.js";

const CHECK_MS = 10_000;

const CHANNEL_OPTIONS: ChannelOptions = {
  "grpc.keepalive_time_ms": 30_000,
  "grpc.keepalive_permit_without_calls": 1,
  "grpc.initial_reconnect_backoff_ms": 50,
  "grpc.max_reconnect_backoff_ms": 1_000,
  "grpc.enable_http_proxy": 0,
  "grpc.enable_retries": 0,
};

/** PEM files of mutual TLS. They are read again when they change. */
export interface TlsFiles {
  /** Chain of this process's own certificate: its identity. */
  certificate: string;
  /** The key of that certificate. */
  privateKey: string;
  /** What the signer's certificate is checked with. */
  ca: string;
  /** The name in the signer's certificate, if it is not the endpoint's host. */
  serverName?: string;
}

/**
 * The connection to one signer, made anew when the TLS files change: they are looked at every 10 s,
 * and after a failure.
 */
export class Transport {
  readonly address: string;
  readonly #tls: TlsFiles | undefined;
  #client: Client | undefined;
  #versions = "";
  #checked = 0;
  #failed = false;
  #closed = false;

  /** Throws a TypeError for an address that needs `tls`: only unix:PATH goes without. */
  constructor(address: string, tls: TlsFiles | undefined) {
    if (!tls && !address.startsWith("unix:")) {
      throw new TypeError(`${address} needs tls: only unix:PATH goes without`);
    }
    this.address = address;
    this.#tls = address.startsWith("unix:") ? undefined : tls;
  }

  /**
   * SignerError: CANCELLED once closed; UNAVAILABLE if the files cannot be used and there is no
   * connection yet: they may be in the middle of a renewal, which does a connection no harm.
   */
  client(): Client {
    if (this.#closed) throw this.#error(status.CANCELLED, "the client is closed");
    if (this.#client && !this.#isStale()) return this.#client;
    try {
      const fresh = this.#open();
      this.#client?.close(); // calls under way go on
      this.#client = fresh;
      return fresh;
    } catch (cause) {
      if (this.#client) return this.#client;
      const text = `the TLS files: ${cause instanceof Error ? cause.message : cause}`;
      throw this.#error(status.UNAVAILABLE, text, cause);
    }
  }

  answered(): void {
    this.#failed = false;
  }

  failed(): void {
    this.#failed = true;
  }

  close(): void {
    this.#closed = true;
    this.#client?.close();
  }

  #error(code: status, text: string, cause?: unknown): SignerError {
    const refusal = { reason: "", policyVersion: "" };
    return new SignerError(code, `${this.address}: ${text}`, refusal, { cause });
  }

  #open(): Client {
    if (!this.#tls) return new Client(this.address, credentials.createInsecure(), CHANNEL_OPTIONS);
    const { certificate, privateKey, ca, serverName } = this.#tls;
    this.#checked = performance.now();
    const found = versions(this.#tls);
    const client = new Client(
      this.address,
      credentials.createSsl(readFileSync(ca), readFileSync(privateKey), readFileSync(certificate)),
      serverName
        ? { ...CHANNEL_OPTIONS, "grpc.ssl_target_name_override": serverName }
        : CHANNEL_OPTIONS,
    );
    this.#versions = found;
    return client;
  }

  #isStale(): boolean {
    if (!this.#tls) return false;
    if (!this.#failed && performance.now() - this.#checked < CHECK_MS) return false;
    this.#checked = performance.now();
    try {
      return versions(this.#tls) !== this.#versions;
    } catch {
      return false; // being replaced: the next look will see them
    }
  }
}

/** Changes when one of the files does. */
function versions(tls: TlsFiles): string {
  return [tls.certificate, tls.privateKey, tls.ca]
    .map((file) => statSync(file, { bigint: true }))
    .map(({ ino, mtimeNs }) => `${ino}:${mtimeNs}`)
    .join();
}
