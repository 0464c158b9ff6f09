package io.keyhold;

import io.grpc.Grpc;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The channel to one signer, made anew when the TLS files change: they are looked at every 10 s, and
 * after a failure. Thread-safe.
 */
final class SignerChannel {
  private static final long CHECK_NANOS = Duration.ofSeconds(10).toNanos();
  private static final int KEEPALIVE_SECONDS = 30;

  private final String address;
  private final TlsFiles tls;
  private ManagedChannel channel;
  private List<Object> versions = List.of();
  private long checked;
  private boolean failed;
  private boolean closed;

  SignerChannel(String address, TlsFiles tls) {
    this.address = address;
    this.tls = tls;
  }

  String address() {
    return address;
  }

  /** IOException if the TLS files cannot be read. */
  synchronized ManagedChannel get() throws IOException {
    if (closed) {
      throw new IOException("the client is closed");
    }
    if (channel != null && isStale()) {
      // Calls under way go on.
      channel.shutdown();
      channel = null;
    }
    if (channel == null) {
      channel = open();
    }
    return channel;
  }

  synchronized void answered() {
    failed = false;
  }

  synchronized void failed() {
    failed = true;
    // The back-off of gRPC is longer than the time that a handshake has.
    if (channel != null) {
      channel.resetConnectBackoff();
    }
  }

  synchronized void close() {
    closed = true;
    if (channel != null) {
      channel.shutdownNow();
    }
  }

  private ManagedChannel open() throws IOException {
    versions = tls.versions();
    checked = System.nanoTime();
    ManagedChannelBuilder<?> builder =
        Grpc.newChannelBuilder(address, tls.credentials())
            .keepAliveTime(KEEPALIVE_SECONDS, TimeUnit.SECONDS)
            .keepAliveWithoutCalls(true)
            // The signer is not on the web.
            .proxyDetector(target -> null)
            .disableRetry();
    if (!tls.serverName().isEmpty()) {
      builder.overrideAuthority(tls.serverName());
    }
    return builder.build();
  }

  private boolean isStale() {
    if (!failed && System.nanoTime() - checked < CHECK_NANOS) {
      return false;
    }
    checked = System.nanoTime();
    try {
      return !tls.versions().equals(versions);
    } catch (IOException e) {
      return false; // being replaced: the next look will see them
    }
  }
}
