package io.keyhold;

import com.google.common.util.concurrent.FutureCallback;
import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.MoreExecutors;
import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import keyhold.signer.v1.KeyOuterClass.GetKeyRequest;
import keyhold.signer.v1.KeyOuterClass.Key;
import keyhold.signer.v1.KeyOuterClass.KeySelector;
import keyhold.signer.v1.KeyOuterClass.ListKeysRequest;
import keyhold.signer.v1.KeyOuterClass.ListKeysResponse;
import keyhold.signer.v1.Sign.ChooseSchemeRequest;
import keyhold.signer.v1.Sign.ChooseSchemeResponse;
import keyhold.signer.v1.Sign.SignRequest;
import keyhold.signer.v1.Sign.SignResponse;

/**
 * A client of one or several equal signers, over mutual TLS.
 *
 * <pre>{@code
 * SignerClient client = new SignerClient(List.of("signer1:7443", "signer2:7443"), tls);
 * }</pre>
 *
 * <p>Every call ends within its timeout and fails with a {@link SignerException}, which keeps the
 * signer's reason. Thread-safe.
 */
public final class SignerClient implements AutoCloseable {
  /** What a call has, unless another is given: a TLS peer waits for it. */
  public static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(2);

  /** What a question about keys has at least: no handshake waits for it, and a JVM starts cold. */
  private static final Duration QUERY_TIMEOUT = Duration.ofSeconds(10);

  private static final int REQUEST_ID_BYTES = 16;

  private final Endpoints endpoints;
  private final Duration timeout;
  private final Duration queryTimeout;
  private final SecureRandom random = new SecureRandom();
  private final ScheduledExecutorService pauses =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "keyhold-retries");
            thread.setDaemon(true);
            return thread;
          });

  public SignerClient(List<String> endpoints, TlsFiles tls) {
    this(endpoints, tls, DEFAULT_TIMEOUT);
  }

  public SignerClient(List<String> endpoints, TlsFiles tls, Duration timeout) {
    this.endpoints = new Endpoints(endpoints.stream().map(each -> new SignerChannel(each, tls)).toList());
    this.timeout = timeout;
    this.queryTimeout = timeout.compareTo(QUERY_TIMEOUT) > 0 ? timeout : QUERY_TIMEOUT;
  }

  /** All keys that this identity may know of, with their certificate chains if asked for. */
  public List<Key> listKeys(boolean withChains) throws SignerException {
    List<Key> keys = new ArrayList<>();
    ListKeysRequest.Builder request = ListKeysRequest.newBuilder().setIncludeChains(withChains);
    ListKeysResponse page;
    do {
      page = wait(call(Methods.LIST_KEYS, request.build(), queryTimeout));
      keys.addAll(page.getKeysList());
      request.setPageToken(page.getNextPageToken());
    } while (!page.getNextPageToken().isEmpty());
    return keys;
  }

  /** The keys that a selector names, with their certificate chains: at least one. */
  public List<Key> getKeys(KeySelector selector) throws SignerException {
    GetKeyRequest request = GetKeyRequest.newBuilder().setSelector(selector).build();
    return wait(call(Methods.GET_KEY, request, queryTimeout)).getKeysList();
  }

  /** The scheme (code point) that the signer would take among those offered. */
  public ChooseSchemeResponse chooseScheme(ChooseSchemeRequest request, Duration timeout)
      throws SignerException {
    return wait(call(Methods.CHOOSE_SCHEME, request, timeout));
  }

  /** Signs; see {@link #signAsync}. */
  public SignResponse sign(SignRequest request) throws SignerException {
    return sign(request, timeout);
  }

  public SignResponse sign(SignRequest request, Duration timeout) throws SignerException {
    return wait(signAsync(request, timeout));
  }

  /**
   * Signs. The request names key, scheme and input; its id and its time are set here. The future
   * fails with a {@link SignerException}.
   */
  public CompletableFuture<SignResponse> signAsync(SignRequest request, Duration timeout) {
    byte[] id = new byte[REQUEST_ID_BYTES];
    random.nextBytes(id);
    return call(
        Methods.SIGN, request.toBuilder().setRequestId(ByteString.copyFrom(id)).build(), timeout);
  }

  @Override
  public void close() {
    endpoints.close();
    pauses.shutdown(); // calls that pause find their channel closed, and end
  }

  private <Q extends Message, A extends Message> CompletableFuture<A> call(
      MethodDescriptor<Q, A> method, Q request, Duration timeout) {
    CompletableFuture<A> result = new CompletableFuture<>();
    attempt(method, request, new Attempts(endpoints, timeout), result);
    return result;
  }

  private <Q extends Message, A extends Message> void attempt(
      MethodDescriptor<Q, A> method, Q request, Attempts attempts, CompletableFuture<A> result) {
    int index = attempts.index();
    long nanos = attempts.timeoutNanos();
    SignerChannel signer = endpoints.channel(index);
    ManagedChannel channel;
    try {
      channel = signer.get();
    } catch (SignerException e) {
      retry(method, request, attempts, result, e);
      return;
    }
    CallOptions options = CallOptions.DEFAULT.withDeadlineAfter(nanos, TimeUnit.NANOSECONDS);
    FutureCallback<A> done =
        new FutureCallback<>() {
          @Override
          public void onSuccess(A answer) {
            signer.answered();
            endpoints.answered(index);
            result.complete(answer);
          }

          @Override
          public void onFailure(Throwable failure) {
            SignerException error = toSignerException(failure, signer.address());
            if (error.status() == Status.Code.UNAVAILABLE) {
              signer.failed();
            }
            retry(method, request, attempts, result, error);
          }
        };
    Futures.addCallback(
        ClientCalls.futureUnaryCall(channel.newCall(method, options), withTime(request, nanos)),
        done,
        MoreExecutors.directExecutor());
  }

  private <Q extends Message, A extends Message> void retry(
      MethodDescriptor<Q, A> method,
      Q request,
      Attempts attempts,
      CompletableFuture<A> result,
      SignerException error) {
    long pause = result.isDone() ? -1 : attempts.pauseNanosAfter(error);
    if (pause < 0) {
      result.completeExceptionally(attempts.cause(error));
      return;
    }
    try {
      pauses.schedule(() -> attempt(method, request, attempts, result), pause, TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) { // closed meanwhile
      result.completeExceptionally(error);
    }
  }

  /** A SignRequest goes out with the time that is left for it. */
  @SuppressWarnings("unchecked")
  private static <Q extends Message> Q withTime(Q request, long nanos) {
    if (!(request instanceof SignRequest sign)) {
      return request;
    }
    return (Q) sign.toBuilder().setTimeLeftUs(TimeUnit.NANOSECONDS.toMicros(nanos)).build();
  }

  private static SignerException toSignerException(Throwable failure, String asked) {
    if (failure instanceof StatusRuntimeException known) {
      return SignerException.of(known.getStatus(), known.getTrailers(), asked);
    }
    return SignerException.of(Status.fromThrowable(failure), null, asked);
  }

  private static <A> A wait(CompletableFuture<A> future) throws SignerException {
    try {
      return future.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof SignerException known) {
        throw known;
      }
      throw toSignerException(e.getCause(), "the client");
    } catch (InterruptedException e) {
      future.cancel(true);
      Thread.currentThread().interrupt();
      throw toSignerException(Status.CANCELLED.withCause(e).asRuntimeException(), "the client");
    }
  }
}
