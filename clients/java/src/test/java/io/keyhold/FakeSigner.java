package io.keyhold;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import google.rpc.ErrorDetails.ErrorInfo;
import google.rpc.StatusOuterClass;
import io.grpc.Grpc;
import io.grpc.InsecureServerCredentials;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCredentials;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.TlsServerCredentials;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import keyhold.signer.v1.KeyOuterClass.GetKeyResponse;
import keyhold.signer.v1.KeyOuterClass.Key;
import keyhold.signer.v1.KeyOuterClass.ListKeysResponse;
import keyhold.signer.v1.Sign.ChooseSchemeResponse;
import keyhold.signer.v1.Sign.SignRequest;
import keyhold.signer.v1.Sign.SignResponse;

/** A signer in this process, over real mutual TLS, which does as it is told. */
final class FakeSigner implements AutoCloseable {
  static final ByteString SIGNATURE = ByteString.copyFromUtf8("a signature");

  /** One a call, from the front: what the call fails with, or {@link #SILENCE}. */
  final ConcurrentLinkedQueue<StatusRuntimeException> faults = new ConcurrentLinkedQueue<>();

  /** A fault: the call is never answered. */
  static final StatusRuntimeException SILENCE = new StatusRuntimeException(Status.UNKNOWN);

  /** What came. */
  final List<Message> requests = new CopyOnWriteArrayList<>();

  final List<Key> keys = new CopyOnWriteArrayList<>();
  private final ServerCredentials credentials;
  private Server server;
  private int port;

  FakeSigner(Path folder) throws IOException {
    credentials =
        folder == null
            ? InsecureServerCredentials.create()
            : TlsServerCredentials.newBuilder()
                .keyManager(
                    folder.resolve("transport.crt").toFile(), folder.resolve("transport.key").toFile())
                .trustManager(folder.resolve("client-ca.crt").toFile())
                .clientAuth(TlsServerCredentials.ClientAuth.REQUIRE)
                .build();
    start();
  }

  void start() throws IOException {
    server =
        Grpc.newServerBuilderForPort(port, credentials)
            .addService(
                ServerServiceDefinition.builder(Methods.SERVICE)
                    .addMethod(
                        Methods.LIST_KEYS,
                        answering(
                            request -> {
                              int at =
                                  request.getPageToken().isEmpty()
                                      ? 0
                                      : Integer.parseInt(request.getPageToken());
                              ListKeysResponse.Builder page = ListKeysResponse.newBuilder();
                              if (at < keys.size()) {
                                page.addKeys(keys.get(at)); // pages of one
                              }
                              return page.setNextPageToken(
                                      at + 1 < keys.size() ? String.valueOf(at + 1) : "")
                                  .build();
                            }))
                    .addMethod(
                        Methods.GET_KEY,
                        answering(request -> GetKeyResponse.newBuilder().addAllKeys(keys).build()))
                    .addMethod(
                        Methods.CHOOSE_SCHEME,
                        answering(
                            request ->
                                ChooseSchemeResponse.newBuilder()
                                    .setScheme(request.getOffered(0))
                                    .build()))
                    .addMethod(Methods.SIGN, answering(FakeSigner::sign))
                    .build())
            .build()
            .start();
    port = server.getPort();
  }

  private static SignResponse sign(SignRequest request) {
    return SignResponse.newBuilder().setScheme(request.getScheme()).setSignature(SIGNATURE).build();
  }

  private <Q extends Message, A extends Message> io.grpc.ServerCallHandler<Q, A> answering(
      Function<Q, A> answer) {
    return ServerCalls.asyncUnaryCall(
        (Q request, StreamObserver<A> out) -> {
          requests.add(request);
          StatusRuntimeException fault = faults.poll();
          if (fault == SILENCE) {
            return;
          }
          if (fault != null) {
            out.onError(fault);
            return;
          }
          out.onNext(answer.apply(request));
          out.onCompleted();
        });
  }

  String endpoint() {
    return "localhost:" + port;
  }

  void stop() {
    server.shutdownNow();
    try {
      server.awaitTermination(20, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    stop();
  }

  SignRequest lastSign() {
    return (SignRequest) requests.get(requests.size() - 1);
  }

  /** A refusal as the service sends it. */
  static StatusRuntimeException refusal(Status.Code code, String reason) {
    ErrorInfo info =
        ErrorInfo.newBuilder()
            .setDomain("keyhold")
            .setReason(reason)
            .putMetadata("policy_version", "abab")
            .build();
    StatusOuterClass.Status details =
        StatusOuterClass.Status.newBuilder()
            .setCode(code.value())
            .setMessage("refused by the test")
            .addDetails(Any.pack(info))
            .build();
    Metadata trailers = new Metadata();
    trailers.put(
        Metadata.Key.of("grpc-status-details-bin", Metadata.BINARY_BYTE_MARSHALLER),
        details.toByteArray());
    return code.toStatus().withDescription("refused by the test").asRuntimeException(trailers);
  }

}
