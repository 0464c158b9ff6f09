package io.keyhold;

import io.grpc.Status;
import java.time.Duration;

/**
 * When and where one call is tried again. A signature is safe to ask for again.
 *
 * <p>UNAVAILABLE (and DATA_LOSS, a signer with a fault of its own) goes to the next endpoint at
 * once; when all have failed, after a pause that grows from 10 to 200 ms; until the deadline. While
 * there are other endpoints, one that is silent gets only its share of the time. Every other status
 * ends the call. At the deadline what failed before says more than the deadline does.
 */
final class Attempts {
  private static final long FIRST_PAUSE_NANOS = Duration.ofMillis(10).toNanos();
  private static final long LAST_PAUSE_NANOS = Duration.ofMillis(200).toNanos();

  private final int endpoints;
  private final int start;
  private final long deadline;
  private int tried;
  private long pause = FIRST_PAUSE_NANOS;
  private SignerException unavailable;

  Attempts(Endpoints endpoints, Duration timeout) {
    this.endpoints = endpoints.count();
    this.start = endpoints.first();
    this.deadline = System.nanoTime() + timeout.toNanos();
  }

  /** Which endpoint is next. */
  int index() {
    return (start + tried) % endpoints;
  }

  /** How long it has: of a round's last endpoint, all that is left. */
  long timeoutNanos() {
    return Math.max(left(), 0) / (endpoints - tried % endpoints);
  }

  /** What to report when there is no next try. */
  SignerException cause(SignerException last) {
    boolean late = last.status() == Status.Code.DEADLINE_EXCEEDED;
    return late && unavailable != null ? unavailable : last;
  }

  /** How long to wait before the next try; negative if there is none. */
  long pauseNanosAfter(SignerException error) {
    if (error.status() == Status.Code.UNAVAILABLE) {
      unavailable = error;
    }
    tried++;
    boolean roundOver = tried % endpoints == 0;
    if (left() <= 0 || !isWorthAnother(error.status(), roundOver)) {
      return -1;
    }
    if (!roundOver) {
      return 0;
    }
    long now = pause;
    pause = Math.min(2 * pause, LAST_PAUSE_NANOS);
    return now < left() ? now : -1;
  }

  private static boolean isWorthAnother(Status.Code status, boolean roundOver) {
    return switch (status) {
      case UNAVAILABLE -> true;
      case DATA_LOSS, DEADLINE_EXCEEDED -> !roundOver;
      default -> false;
    };
  }

  private long left() {
    return deadline - System.nanoTime();
  }
}
