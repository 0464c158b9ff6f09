package io.keyhold;

import io.grpc.Grpc;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Status;
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

  /**
   * SignerException: CANCELLED once closed; UNAVAILABLE if the TLS files cannot be used and there is
   * no channel yet: they may be in the middle of a renewal, which does a channel no harm.
   */
  synchronized ManagedChannel get() throws SignerException {
    if (closed) {
      throw error(Status.CANCELLED.withDescription("the client is closed"));
    }
    if (channel != null && !isStale()) {
      return channel;
    }
    try {
      ManagedChannel fresh = open();
      if (channel != null) {
        channel.shutdown(); // calls under way go on
      }
      channel = fresh;
    } catch (IOException | RuntimeException e) { // gRPC has no type for files that are wrong
      if (channel == null) {
        throw error(Status.UNAVAILABLE.withDescription("cannot use the TLS files").withCause(e));
      }
    }
    return channel;
  }

  private SignerException error(Status status) {
    return SignerException.of(status, null, address);
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
    checked = System.nanoTime();
    List<Object> found = tls.versions();
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
    ManagedChannel opened = builder.build();
    versions = found;
    return opened;
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
