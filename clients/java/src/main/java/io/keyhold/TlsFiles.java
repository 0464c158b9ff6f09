package io.keyhold;

import io.grpc.ChannelCredentials;
import io.grpc.TlsChannelCredentials;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * PEM files of mutual TLS with the signer. They are read again when they change.
 *
 * @param certificate chain of the process's own certificate: its identity
 * @param privateKey the key of that certificate, PKCS#8
 * @param ca what the signer's certificate is checked with
 * @param serverName the name in the signer's certificate, if it is not the endpoint's host; else
 *     empty
 */
public record TlsFiles(Path certificate, Path privateKey, Path ca, String serverName) {
  public TlsFiles(Path certificate, Path privateKey, Path ca) {
    this(certificate, privateKey, ca, "");
  }

  /** Changes when one of the files does. */
  List<Object> versions() throws IOException {
    List<Object> versions = new ArrayList<>();
    for (Path file : List.of(certificate, privateKey, ca)) {
      versions.add(Files.getLastModifiedTime(file));
      versions.add(Files.getAttribute(file, "unix:ino"));
    }
    return versions;
  }

  ChannelCredentials credentials() throws IOException {
    return TlsChannelCredentials.newBuilder()
        .keyManager(certificate.toFile(), privateKey.toFile())
        .trustManager(ca.toFile())
        .build();
  }
}
