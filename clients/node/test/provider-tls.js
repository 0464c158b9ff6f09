// TLS with remote keys, through the OpenSSL provider.

/** What this language cannot do, and the word that the run allows for it. */
export class Unsupported extends Error {
  constructor(word, message) {
    super(message);
    this.word = word;
  }
}

export class ProviderTls {
  async serve() {
    throw new Unsupported("no-provider", "the provider is not built");
  }

  async stop() {}

  async connect() {
    throw new Unsupported("no-provider", "the provider is not built");
  }
}
