package io.keyhold;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;

/** JSSE servers and clients with remote keys, for tests. */
final class RemoteTls {
  private static final int TIMEOUT_MS = 20_000;

  private RemoteTls() {}

  /** A context with the remote key of a certificate file, if there is one, and a CA, if any. */
  static SSLContext context(SignerClient client, Path certificate, Path ca)
      throws IOException, GeneralSecurityException {
    KeyholdProvider.install();
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(
        certificate == null ? null : keys(client, certificate), ca == null ? null : trust(ca), null);
    return context;
  }

  private static KeyManager[] keys(SignerClient client, Path certificate)
      throws IOException, GeneralSecurityException {
    Certificate[] chain = readCertificates(certificate).toArray(new Certificate[0]);
    KeyStore store = KeyStore.getInstance(KeyholdProvider.NAME);
    store.load(null);
    store.setKeyEntry(
        "site", RemotePrivateKey.forCertificate(client, (X509Certificate) chain[0], ""), null, chain);
    KeyManagerFactory factory = KeyManagerFactory.getInstance("KEYHOLD");
    factory.init(store, new char[0]);
    return factory.getKeyManagers();
  }

  private static TrustManager[] trust(Path ca) throws IOException, GeneralSecurityException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null);
    for (Certificate each : readCertificates(ca)) {
      store.setCertificateEntry("ca" + store.size(), each);
    }
    TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
    factory.init(store);
    return factory.getTrustManagers();
  }

  private static Collection<? extends Certificate> readCertificates(Path file)
      throws IOException, GeneralSecurityException {
    try (InputStream in = Files.newInputStream(file)) {
      return CertificateFactory.getInstance("X.509").generateCertificates(in);
    }
  }

  /** What the remote key refused, if that is why a handshake failed; else null. */
  static SignerException refusal(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof SignerException refusal) {
        return refusal;
      }
    }
    return null;
  }

  static String[] protocols(List<String> versions) {
    return versions.stream().map(version -> "TLSv" + version).toArray(String[]::new);
  }

  /** Connects, asks, and returns the whole answer. */
  static String get(SSLContext context, int port, String name, List<String> versions)
      throws IOException {
    try (Socket raw = new Socket()) {
      raw.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), TIMEOUT_MS);
      raw.setSoTimeout(TIMEOUT_MS);
      SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket(raw, name, port, true);
      SSLParameters parameters = socket.getSSLParameters();
      parameters.setProtocols(protocols(versions));
      parameters.setServerNames(List.of(new SNIHostName(name)));
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
      socket.setSSLParameters(parameters);
      socket.startHandshake();
      socket.getOutputStream().write("GET / HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      ByteArrayOutputStream received = new ByteArrayOutputStream();
      socket.getInputStream().transferTo(received);
      return received.toString(StandardCharsets.UTF_8);
    }
  }

  /** A server that answers each connection with a greeting. */
  static final class Server implements AutoCloseable {
    private static final byte[] ANSWER =
        "HTTP/1.0 200 OK\r\n\r\nhello from java\n".getBytes(StandardCharsets.US_ASCII);

    private final SSLServerSocket listener;
    private final Thread thread = new Thread(this::serve, "tls-server");
    private final List<Exception> failures = Collections.synchronizedList(new ArrayList<>());

    Server(SSLContext context, List<String> versions, boolean clientCertificate) throws IOException {
      listener =
          (SSLServerSocket)
              context
                  .getServerSocketFactory()
                  .createServerSocket(0, 50, InetAddress.getLoopbackAddress());
      listener.setEnabledProtocols(protocols(versions));
      listener.setNeedClientAuth(clientCertificate);
      thread.setDaemon(true);
      thread.start();
    }

    int port() {
      return listener.getLocalPort();
    }

    private void serve() {
      while (!listener.isClosed()) {
        try (SSLSocket socket = (SSLSocket) listener.accept()) {
          socket.setSoTimeout(TIMEOUT_MS);
          socket.getInputStream().read(new byte[4096]);
          socket.getOutputStream().write(ANSWER);
        } catch (IOException e) {
          failures.add(e);
        }
      }
    }

    /** Stops; returns why handshakes failed. */
    List<Exception> stop() throws IOException, InterruptedException {
      listener.close();
      thread.join(TIMEOUT_MS);
      return failures;
    }

    @Override
    public void close() throws IOException {
      listener.close();
    }
  }
}
