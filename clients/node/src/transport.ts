import { readFileSync, statSync } from "node:fs";
import { type ChannelOptions, Client, credentials } from "@grpc/grpc-js";

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

  /** Throws a TypeError for an address that needs `tls`: only unix:PATH goes without. */
  constructor(address: string, tls: TlsFiles | undefined) {
    if (!tls && !address.startsWith("unix:")) {
      throw new TypeError(`${address} needs tls: only unix:PATH goes without`);
    }
    this.address = address;
    this.#tls = address.startsWith("unix:") ? undefined : tls;
  }

  /** Throws if the files cannot be read. */
  client(): Client {
    if (this.#client && this.#isStale()) {
      this.#client.close(); // calls under way go on
      this.#client = undefined;
    }
    this.#client ??= this.#open();
    return this.#client;
  }

  answered(): void {
    this.#failed = false;
  }

  failed(): void {
    this.#failed = true;
  }

  close(): void {
    this.#client?.close();
    this.#client = undefined;
  }

  #open(): Client {
    if (!this.#tls) return new Client(this.address, credentials.createInsecure(), CHANNEL_OPTIONS);
    const { certificate, privateKey, ca, serverName } = this.#tls;
    this.#versions = versions(this.#tls);
    this.#checked = performance.now();
    return new Client(
      this.address,
      credentials.createSsl(readFileSync(ca), readFileSync(privateKey), readFileSync(certificate)),
      serverName
        ? { ...CHANNEL_OPTIONS, "grpc.ssl_target_name_override": serverName }
        : CHANNEL_OPTIONS,
    );
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
