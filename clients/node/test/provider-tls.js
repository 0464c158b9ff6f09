// TLS with remote keys, through the OpenSSL provider.
//
// Node has no private key objects of one's own: its TLS takes PEM. With the provider in
// openssl.cnf, a PEM file of the provider's kind names a remote key.
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import { basename, join } from "node:path";
import { connect } from "node:tls";

const TIMEOUT_MS = 20_000;

/** What this language cannot do, and the word that the run allows for it. */
export class Unsupported extends Error {
  constructor(word, message) {
    super(message);
    this.word = word;
  }
}

export class ProviderTls {
  #provider;
  #servers = new Map();

  constructor(environment) {
    this.#provider = environment.provider;
  }

  async serve(command) {
    const server = createServer(
      {
        ...this.#options(command),
        ...(command.client_ca
          ? { ca: readFileSync(command.client_ca), requestCert: true, rejectUnauthorized: true }
          : {}),
      },
      (_request, response) => response.end("hello from node\n"),
    );
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address();
    this.#servers.set(port, server);
    return port;
  }

  async stop(port) {
    const server = this.#servers.get(port);
    this.#servers.delete(port);
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  }

  async connect(command) {
    const socket = connect({
      ...this.#options(command),
      host: "127.0.0.1",
      port: command.port,
      servername: command.server_name,
      ca: readFileSync(command.ca),
      timeout: TIMEOUT_MS,
    });
    await once(socket, "secureConnect");
    socket.write("GET / HTTP/1.0\r\n\r\n");
    let received = "";
    for await (const part of socket) received += part;
    return { received };
  }

  #options(command) {
    if (!this.#provider) throw new Unsupported("no-provider", "the provider is not built");
    const version = `TLSv${command.versions[0]}`;
    const keyFiles = this.#provider.key_files[command.identity];
    return {
      cert: readFileSync(command.certificate),
      key: readFileSync(join(keyFiles, basename(command.certificate).replace(/crt$/, "key"))),
      minVersion: version,
      maxVersion: version,
    };
  }
}
