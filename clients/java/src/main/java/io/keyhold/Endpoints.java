package io.keyhold;

import java.util.List;

/** The signers' addresses; remembers which one answered last. Thread-safe. */
final class Endpoints {
  private final List<SignerChannel> channels;
  private volatile int first;

  Endpoints(List<SignerChannel> channels) {
    if (channels.isEmpty()) {
      throw new IllegalArgumentException("no endpoints: name at least one signer, as HOST:PORT");
    }
    this.channels = List.copyOf(channels);
  }

  int count() {
    return channels.size();
  }

  int first() {
    return first;
  }

  SignerChannel channel(int index) {
    return channels.get(index);
  }

  void answered(int index) {
    first = index;
  }

  void close() {
    channels.forEach(SignerChannel::close);
  }
}
