package io.keyhold;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import io.grpc.Status;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import keyhold.signer.v1.KeyOuterClass.Key;
import keyhold.signer.v1.Sign.ChooseSchemeRequest;
import keyhold.signer.v1.Sign.SignRequest;
import keyhold.signer.v1.Sign.SignResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The client against a signer that does as it is told. */
class SignerClientTest {
  private static final SignRequest REQUEST =
      SignRequest.newBuilder()
          .setSpkiSha256(ByteString.copyFrom(new byte[32]))
          .setScheme(SignatureScheme.ED25519.codePoint())
          .setMessage(ByteString.copyFromUtf8("a message"))
          .build();
  private static final Duration LONG = Duration.ofSeconds(20);

  @TempDir static Path folder;
  private static RealSigner setup;

  private FakeSigner first;
  private FakeSigner second;
  private SignerClient client;

  @BeforeAll
  static void makeTransportCertificates() throws Exception {
    setup = new RealSigner(folder);
  }

  @BeforeEach
  void start() throws Exception {
    first = new FakeSigner(setup.dev().resolve("signer"));
    second = new FakeSigner(setup.dev().resolve("signer"));
    client = new SignerClient(List.of(first.endpoint(), second.endpoint()), setup.tls());
  }

  @AfterEach
  void stop() throws Exception {
    client.close();
    first.close();
    second.close();
  }

  private SignerClient onlyFirst() {
    client.close();
    client = new SignerClient(List.of(first.endpoint()), setup.tls());
    return client;
  }

  @Test
  void signSendsIdAndTime() throws Exception {
    SignResponse answer = client.sign(REQUEST);
    assertEquals(FakeSigner.SIGNATURE, answer.getSignature());
    assertEquals(REQUEST.getMessage(), first.lastSign().getMessage());
    assertEquals(16, first.lastSign().getRequestId().size());
    assertTrue(first.lastSign().getTimeLeftUs() > 0);
    assertTrue(first.lastSign().getTimeLeftUs() <= 2_000_000);
  }

  @Test
  void listKeysReadsAllPages() throws Exception {
    for (String id : List.of("a", "b", "c")) {
      first.keys.add(Key.newBuilder().setId(id).build());
    }
    assertEquals(
        List.of("a", "b", "c"), client.listKeys(false).stream().map(Key::getId).toList());
  }

  @Test
  void chooseScheme() throws Exception {
    ChooseSchemeRequest request = ChooseSchemeRequest.newBuilder().addOffered(0x0807).build();
    assertEquals(0x0807, client.chooseScheme(request, LONG).getScheme());
  }

  @Test
  void refusalKeepsItsReasonAndIsNotRepeated() {
    first.faults.add(FakeSigner.refusal(Status.Code.PERMISSION_DENIED, "USAGE_NOT_ALLOWED"));
    SignerException error = assertThrows(SignerException.class, () -> client.sign(REQUEST));
    assertEquals(Status.Code.PERMISSION_DENIED, error.status());
    assertEquals("USAGE_NOT_ALLOWED", error.reason());
    assertEquals("abab", error.policyVersion());
    assertEquals(
        "PERMISSION_DENIED (USAGE_NOT_ALLOWED): " + first.endpoint() + ": refused by the test",
        error.getMessage());
    assertEquals(1, first.requests.size() + second.requests.size());
  }

  @Test
  void unavailableIsRepeatedWithTheSameRequestId() throws Exception {
    for (int i = 0; i < 3; i++) {
      first.faults.add(FakeSigner.refusal(Status.Code.UNAVAILABLE, "DRAINING"));
    }
    assertEquals(FakeSigner.SIGNATURE, onlyFirst().sign(REQUEST, LONG).getSignature());
    assertEquals(4, first.requests.size());
    assertEquals(
        1, first.requests.stream().map(each -> ((SignRequest) each).getRequestId()).distinct().count());
  }

  @Test
  void unavailableUntilTheDeadlineEndsWithItsReason() {
    for (int i = 0; i < 1000; i++) {
      first.faults.add(FakeSigner.refusal(Status.Code.UNAVAILABLE, "DRAINING"));
    }
    SignerException error =
        assertThrows(
            SignerException.class, () -> onlyFirst().sign(REQUEST, Duration.ofMillis(400)));
    assertEquals("DRAINING", error.reason());
  }

  @Test
  void atTheDeadlineWhatFailedBeforeIsTold() throws Exception {
    onlyFirst().sign(REQUEST, LONG); // connected
    first.faults.add(FakeSigner.refusal(Status.Code.UNAVAILABLE, "DRAINING"));
    first.faults.add(FakeSigner.SILENCE);
    SignerException error =
        assertThrows(SignerException.class, () -> client.sign(REQUEST, Duration.ofMillis(400)));
    assertEquals("DRAINING", error.reason());
  }

  @Test
  void silentSignerEndsAtTheDeadline() throws Exception {
    onlyFirst().sign(REQUEST, LONG); // connected
    first.faults.add(FakeSigner.SILENCE);
    SignerException error =
        assertThrows(SignerException.class, () -> client.sign(REQUEST, Duration.ofMillis(100)));
    assertEquals(Status.Code.DEADLINE_EXCEEDED, error.status());
    assertEquals("", error.reason());
  }

  @Test
  void theNextEndpointIsAskedAndRemembered() throws Exception {
    first.faults.add(FakeSigner.refusal(Status.Code.UNAVAILABLE, "DRAINING"));
    client.sign(REQUEST, LONG);
    client.sign(REQUEST, LONG);
    assertEquals(1, first.requests.size());
    assertEquals(2, second.requests.size());
  }

  @Test
  void silentEndpointLeavesTimeForTheNext() throws Exception {
    first.faults.add(FakeSigner.SILENCE);
    assertEquals(
        FakeSigner.SIGNATURE, client.sign(REQUEST, Duration.ofSeconds(4)).getSignature());
    assertEquals(1, second.requests.size());
  }

  @Test
  void dataLossGoesElsewhereButNotToTheSameSigner() throws Exception {
    for (int i = 0; i < 2; i++) {
      first.faults.add(FakeSigner.refusal(Status.Code.DATA_LOSS, "SIGNATURE_CHECK_FAILED"));
    }
    client.sign(REQUEST, LONG);
    SignerException error = assertThrows(SignerException.class, () -> onlyFirst().sign(REQUEST));
    assertEquals("SIGNATURE_CHECK_FAILED", error.reason());
    assertEquals(2, first.requests.size());
  }

  @Test
  void signerThatComesBackIsFound() throws Exception {
    onlyFirst().sign(REQUEST, LONG);
    first.stop();
    CompletableFuture<SignResponse> answer = client.signAsync(REQUEST, LONG);
    first.start();
    assertEquals(FakeSigner.SIGNATURE, answer.get().getSignature());
  }

  @Test
  void signAsyncFailsWithASignerException() {
    first.faults.add(FakeSigner.refusal(Status.Code.NOT_FOUND, "KEY_NOT_FOUND"));
    CompletionException error =
        assertThrows(CompletionException.class, () -> client.signAsync(REQUEST, LONG).join());
    assertInstanceOf(SignerException.class, error.getCause());
  }

  @Test
  void closingEndsACallThatPauses() throws Exception {
    for (int i = 0; i < 1000; i++) {
      first.faults.add(FakeSigner.refusal(Status.Code.UNAVAILABLE, "DRAINING"));
    }
    CompletableFuture<SignResponse> answer = onlyFirst().signAsync(REQUEST, LONG);
    while (first.requests.size() < 4) {
      Thread.onSpinWait();
    }
    client.close();
    ExecutionException error =
        assertThrows(ExecutionException.class, () -> answer.get(10, TimeUnit.SECONDS));
    assertInstanceOf(SignerException.class, error.getCause());
  }

  @Test
  void closedClientAsksNobody() throws Exception {
    client.close();
    SignerException error = assertThrows(SignerException.class, () -> client.sign(REQUEST));
    assertEquals("CANCELLED: " + first.endpoint() + ": the client is closed", error.getMessage());
    assertEquals(0, first.requests.size());
  }

  @Test
  void tlsFilesThatAreHalfWrittenDoNoHarm(@TempDir Path own) throws Exception {
    TlsFiles tls = copyOfTlsFiles(own);
    client.close();
    client = new SignerClient(List.of(first.endpoint()), tls);
    client.sign(REQUEST, LONG);
    Files.writeString(tls.privateKey(), "-----BEGIN PRIVATE");
    // A failure has the client look at the files.
    first.faults.add(FakeSigner.refusal(Status.Code.UNAVAILABLE, "DRAINING"));
    assertEquals(FakeSigner.SIGNATURE, client.sign(REQUEST, LONG).getSignature());
  }

  @Test
  void tlsFilesThatCannotBeUsedAreSaidSo(@TempDir Path own) throws Exception {
    TlsFiles tls = copyOfTlsFiles(own);
    client.close();
    for (Path file : List.of(tls.certificate(), tls.privateKey(), tls.ca())) {
      byte[] good = Files.readAllBytes(file);
      Files.writeString(file, "nothing");
      try (SignerClient other = new SignerClient(List.of(first.endpoint()), tls)) {
        SignerException error =
            assertThrows(
                SignerException.class, () -> other.sign(REQUEST, Duration.ofMillis(100)));
        assertEquals(Status.Code.UNAVAILABLE, error.status());
        assertTrue(error.getMessage().contains("cannot use the TLS files"), error.getMessage());
      }
      Files.write(file, good);
    }
  }

  private static TlsFiles copyOfTlsFiles(Path own) throws Exception {
    TlsFiles tls = setup.tls();
    return new TlsFiles(
        Files.copy(tls.certificate(), own.resolve("certificate")),
        Files.copy(tls.privateKey(), own.resolve("key")),
        Files.copy(tls.ca(), own.resolve("ca")));
  }

  @Test
  void endpointsAreRequired() {
    IllegalArgumentException error =
        assertThrows(
            IllegalArgumentException.class, () -> new SignerClient(List.of(), setup.tls()));
    assertEquals("no endpoints: name at least one signer, as HOST:PORT", error.getMessage());
  }
}
