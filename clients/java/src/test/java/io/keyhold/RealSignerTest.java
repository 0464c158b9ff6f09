package io.keyhold;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.NotSerializableException;
import java.io.ObjectOutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.InvalidAlgorithmParameterException;
import java.security.InvalidKeyException;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.KeyStoreException;
import java.security.Signature;
import java.security.SignatureException;
import java.security.cert.X509Certificate;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Provider, key store and JSSE with the real signer. */
class RealSignerTest {
  private static final byte[] TEXT = "no TLS content".getBytes(StandardCharsets.US_ASCII);
  private static final List<String> ALL = List.of("1.2", "1.3");

  @TempDir Path folder;
  private RealSigner signer;
  private SignerClient client;

  @BeforeEach
  void setUp() throws Exception {
    KeyholdProvider.install();
    signer = new RealSigner(folder);
  }

  @AfterEach
  void tearDown() throws Exception {
    if (client != null) {
      client.close();
    }
    signer.close();
  }

  private KeyStore keyStore() throws Exception {
    signer.start();
    client = signer.client();
    KeyStore keys = KeyStore.getInstance("KEYHOLD");
    keys.load(new KeyholdKeyStore.Signer(client));
    return keys;
  }

  private static RemotePrivateKey key(KeyStore keys, String alias) throws Exception {
    return (RemotePrivateKey) keys.getKey(alias, null);
  }

  @Test
  void keyStoreHoldsAllKeysWithCertificates() throws Exception {
    KeyStore keys = keyStore();
    Set<String> expected =
        Set.of("rsa.example.test", "ecdsa.example.test", "ed25519.example.test", "app-client");
    assertEquals(expected, new TreeSet<>(Collections.list(keys.aliases())));
    X509Certificate leaf = (X509Certificate) keys.getCertificate("rsa.example.test");
    assertEquals("rsa.example.test", keys.getCertificateAlias(leaf));
    assertEquals(leaf.getPublicKey(), key(keys, "rsa.example.test").publicKey());
  }

  @Test
  void keyStoreFromAFileOfSettings() throws Exception {
    signer.start();
    Path app = signer.dev().resolve("app");
    String settings =
        "signer: \"localhost:%d\"\ncertificate: %s\nprivate_key: %s\nca: %s\n"
            .formatted(
                signer.port(),
                app.resolve("transport.crt"),
                app.resolve("transport.key"),
                app.resolve("signer-ca.crt"));
    KeyStore keys = KeyStore.getInstance("KEYHOLD");
    keys.load(new ByteArrayInputStream(settings.getBytes(StandardCharsets.UTF_8)), null);
    assertTrue(keys.isKeyEntry("ecdsa.example.test"));
    IOException error =
        assertThrows(
            IOException.class,
            () -> keys.load(new ByteArrayInputStream("signer: x:1".getBytes()), null));
    assertEquals(
        "a KEYHOLD key store needs a line \"certificate: VALUE\"", error.getMessage());
  }

  @Test
  void keyStoreIsNeverStoredAndTakesNoOtherKeys() throws Exception {
    KeyStore keys = keyStore();
    assertThrows(IOException.class, () -> keys.store(new ByteArrayOutputStream(), new char[0]));
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    assertThrows(
        KeyStoreException.class,
        () ->
            keys.setKeyEntry(
                "local",
                generator.generateKeyPair().getPrivate(),
                null,
                keys.getCertificateChain("ecdsa.example.test")));
  }

  @Test
  void aKeyHasNoBytes() throws Exception {
    RemotePrivateKey key = key(keyStore(), "ecdsa.example.test");
    assertNull(key.getEncoded());
    assertNull(key.getFormat());
    assertEquals("remote EC key", key.toString());
    ObjectOutputStream out = new ObjectOutputStream(new ByteArrayOutputStream());
    assertThrows(NotSerializableException.class, () -> out.writeObject(key));
  }

  @ParameterizedTest
  @CsvSource({
    "rsa.example.test, SHA256withRSA",
    "rsa.example.test, SHA512withRSA",
    "ecdsa.example.test, SHA256withECDSA",
    "ed25519.example.test, Ed25519",
    "ed25519.example.test, EdDSA",
  })
  void signaturesOfAnythingWherePolicyAllowsIt(String alias, String algorithm) throws Exception {
    signer.allow("digest", "message");
    KeyStore keys = keyStore();
    Signature signature = Signature.getInstance(algorithm);
    signature.initSign(key(keys, alias));
    signature.update(TEXT);
    byte[] made = signature.sign();
    Signature verifier = Signature.getInstance(algorithm);
    verifier.initVerify(keys.getCertificate(alias));
    verifier.update(TEXT);
    assertTrue(verifier.verify(made));
  }

  @Test
  void pssAsInTls() throws Exception {
    signer.allow("digest");
    KeyStore keys = keyStore();
    PSSParameterSpec spec =
        new PSSParameterSpec("SHA-384", "MGF1", MGF1ParameterSpec.SHA384, 48, 1);
    Signature signature = Signature.getInstance("RSASSA-PSS", KeyholdProvider.NAME);
    signature.setParameter(spec);
    signature.initSign(key(keys, "rsa.example.test"));
    signature.update(TEXT);
    byte[] made = signature.sign();
    Signature verifier = Signature.getInstance("RSASSA-PSS");
    verifier.setParameter(spec);
    verifier.initVerify(keys.getCertificate("rsa.example.test"));
    verifier.update(TEXT);
    assertTrue(verifier.verify(made));
    PSSParameterSpec odd = new PSSParameterSpec("SHA-384", "MGF1", MGF1ParameterSpec.SHA384, 20, 1);
    assertThrows(InvalidAlgorithmParameterException.class, () -> signature.setParameter(odd));
  }

  @Test
  void anythingElseIsRefusedByDefault() throws Exception {
    Signature signature = Signature.getInstance("SHA256withECDSA");
    signature.initSign(key(keyStore(), "ecdsa.example.test"));
    signature.update(TEXT);
    SignatureException error = assertThrows(SignatureException.class, signature::sign);
    assertEquals("USAGE_NOT_ALLOWED", RemoteTls.refusal(error).reason());
  }

  @Test
  void aSignatureOfAnotherKindIsRefusedHere() throws Exception {
    RemotePrivateKey key = key(keyStore(), "ecdsa.example.test");
    Signature signature = Signature.getInstance("SHA256withRSA", KeyholdProvider.NAME);
    assertThrows(InvalidKeyException.class, () -> signature.initSign(key));
    assertThrows(InvalidKeyException.class, () -> signature.initVerify(key.publicKey()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"rsa.example.test", "ecdsa.example.test", "ed25519.example.test"})
  void httpsServerOfTheJdkPicksByServerName(String name) throws Exception {
    KeyManagerFactory managers = KeyManagerFactory.getInstance("KEYHOLD");
    managers.init(keyStore(), new char[0]);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(managers.getKeyManagers(), null, null);
    HttpsServer server =
        HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(context));
    server.createContext(
        "/",
        exchange -> {
          exchange.sendResponseHeaders(200, TEXT.length);
          exchange.getResponseBody().write(TEXT);
          exchange.close();
        });
    server.start();
    try {
      SSLContext trusting =
          RemoteTls.context(client, null, signer.dev().resolve("app/site-ca.crt"));
      for (String version : ALL) {
        // HTTPS checks the certificate's name.
        String answer =
            RemoteTls.get(trusting, server.getAddress().getPort(), name, List.of(version));
        assertTrue(answer.endsWith("no TLS content"), answer);
      }
    } finally {
      server.stop(0);
    }
  }

  @Test
  void clientAuthenticationWithARemoteKeyAtBothEnds() throws Exception {
    signer.start();
    client = signer.client();
    Path app = signer.dev().resolve("app");
    Path ca = app.resolve("site-ca.crt");
    SSLContext serving = RemoteTls.context(client, app.resolve("sites/ecdsa.example.test.crt"), ca);
    try (RemoteTls.Server server = new RemoteTls.Server(serving, ALL, true)) {
      SSLContext known = RemoteTls.context(client, app.resolve("client.crt"), ca);
      SSLContext anonymous = RemoteTls.context(client, null, ca);
      for (String version : ALL) {
        String answer =
            RemoteTls.get(known, server.port(), "ecdsa.example.test", List.of(version));
        assertTrue(answer.contains("hello from java"), answer);
        // TLS 1.3 tells the client only once it reads.
        assertThrows(
            IOException.class,
            () ->
                RemoteTls.get(anonymous, server.port(), "ecdsa.example.test", List.of(version)));
      }
    }
  }

  @Test
  void aRefusalInAHandshakeKeepsItsReason() throws Exception {
    signer.allow("tls12_server").start();
    client = signer.client();
    Path app = signer.dev().resolve("app");
    SSLContext context =
        RemoteTls.context(client, app.resolve("sites/ecdsa.example.test.crt"), null);
    RemoteTls.Server server = new RemoteTls.Server(context, List.of("1.3"), false);
    SSLContext trusting = RemoteTls.context(client, null, app.resolve("site-ca.crt"));
    assertThrows(
        IOException.class,
        () -> RemoteTls.get(trusting, server.port(), "ecdsa.example.test", ALL));
    List<Exception> failures = server.stop();
    assertTrue(
        failures.stream()
            .map(RemoteTls::refusal)
            .anyMatch(each -> each != null && each.reason().equals("USAGE_NOT_ALLOWED")),
        failures.toString());
  }

  @Test
  void keysOfOtherProvidersGoOnAsBefore() throws Exception {
    Signature signature = Signature.getInstance("SHA256withECDSA");
    signature.initSign(KeyPairGenerator.getInstance("EC").generateKeyPair().getPrivate());
    signature.update(TEXT);
    signature.sign();
    assertFalse(signature.getProvider().getName().equals(KeyholdProvider.NAME));
  }

  @Test
  void tlsFilesAreReadAgain() throws Exception {
    signer.start();
    client = signer.client();
    assertFalse(client.listKeys(false).isEmpty());
    signer.close();
    Path second = Files.createDirectory(folder.resolve("second"));
    try (RealSigner other = new RealSigner(second)) {
      Path config = other.dev().resolve("signer/signer.yaml");
      Files.writeString(config, Files.readString(config).replace(":0\"", ":" + signer.port() + "\""));
      other.start();
      for (String name : List.of("transport.crt", "transport.key", "signer-ca.crt")) {
        Files.copy(
            other.dev().resolve("app").resolve(name),
            signer.dev().resolve("app").resolve(name),
            StandardCopyOption.REPLACE_EXISTING);
      }
      RemotePrivateKey.of(client, client.listKeys(false).get(0), "");
    }
  }

  @Test
  void readmeExampleRunsAsItStands() throws Exception {
    signer.start();
    Matcher example =
        Pattern.compile("```java\n(.*?)```", Pattern.DOTALL)
            .matcher(Files.readString(Path.of("README.md")));
    assertTrue(example.find());
    String source = example.group(1);
    assertEquals(2, source.split(":7443", -1).length);
    Path file = folder.resolve("Example.java");
    // The test's signer takes a free port.
    Files.writeString(file, source.replace(":7443", ":" + signer.port()));
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    Process process =
        new ProcessBuilder(java, "-cp", System.getProperty("java.class.path"), file.toString())
            .directory(folder.toFile())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (BufferedReader out = process.inputReader()) {
      String line = out.readLine();
      assertTrue(line != null && line.startsWith("https://localhost:"), line);
      int port = Integer.parseInt(line.replaceAll("\\D+", ""));
      SSLContext trusting = RemoteTls.context(null, null, signer.dev().resolve("app/site-ca.crt"));
      String answer = RemoteTls.get(trusting, port, "rsa.example.test", ALL);
      assertTrue(answer.endsWith("My key is somewhere else.\n"), answer);
    } finally {
      process.destroyForcibly().waitFor();
    }
  }

  @Test
  void aServerKeyIsNotTakenForAClientAndTheOtherWayRound() throws Exception {
    KeyholdKeyManager manager = new KeyholdKeyManager(keyStore(), null);
    assertEquals("app-client", manager.chooseClientAlias(new String[] {"RSA", "EC"}, null, null));
    assertNull(manager.chooseClientAlias(new String[] {"RSA", "EdDSA"}, null, null));
    assertEquals("ecdsa.example.test", manager.chooseServerAlias("EC", null, null));
    assertEquals("rsa.example.test", manager.getServerAliases("RSA", null)[0]);
    assertNull(manager.chooseServerAlias("RSASSA-PSS", null, null));
  }

  @Test
  void aCallWithoutTimeEndsAtOnce() throws Exception {
    signer.start();
    client = signer.client();
    assertThrows(
        SignerException.class,
        () -> client.sign(keyhold.signer.v1.Sign.SignRequest.getDefaultInstance(), Duration.ZERO));
  }
}
