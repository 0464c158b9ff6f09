package io.keyhold;

import com.google.protobuf.ByteString;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.security.Key;
import java.security.KeyStore;
import java.security.KeyStoreException;
import java.security.KeyStoreSpi;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.util.Collections;
import java.util.Date;
import java.util.Enumeration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import keyhold.signer.v1.KeyOuterClass;

/**
 * The KeyStore of type KEYHOLD: the keys that a signer has certificates for. There are no passwords;
 * any is taken.
 *
 * <p>Loaded from a {@link Signer}, or from a stream with what `keyhold init` writes as {@code
 * app/keyhold.yaml}: {@code signer}, {@code certificate}, {@code private_key}, {@code ca} and {@code
 * server_name}, as {@code name: value} lines; paths start at the working directory. Loaded with null
 * it is empty, and takes {@link RemotePrivateKey}s with their chains. It is never stored.
 */
public final class KeyholdKeyStore extends KeyStoreSpi {
  /** Says where the keys are: {@code keyStore.load(new KeyholdKeyStore.Signer(client))}. */
  public record Signer(SignerClient client) implements KeyStore.LoadStoreParameter {
    @Override
    public KeyStore.ProtectionParameter getProtectionParameter() {
      return null;
    }
  }

  private record Entry(Key key, Certificate[] chain, Date since) {}

  private final Map<String, Entry> entries = Collections.synchronizedMap(new TreeMap<>());

  KeyholdKeyStore() {}

  @Override
  public void engineLoad(KeyStore.LoadStoreParameter parameter) throws IOException, CertificateException {
    entries.clear();
    if (parameter == null) {
      return;
    }
    if (!(parameter instanceof Signer signer)) {
      throw new IllegalArgumentException("expected a KeyholdKeyStore.Signer");
    }
    loadFrom(signer.client());
  }

  @Override
  public void engineLoad(InputStream stream, char[] password) throws IOException, CertificateException {
    entries.clear();
    if (stream == null) {
      return;
    }
    Properties settings = new Properties();
    settings.load(stream);
    TlsFiles tls =
        new TlsFiles(
            Path.of(required(settings, "certificate")),
            Path.of(required(settings, "private_key")),
            Path.of(required(settings, "ca")),
            unquoted(settings.getProperty("server_name", "")));
    List<String> endpoints = List.of(required(settings, "signer").split("\\s*,\\s*"));
    // Its keys live as long as the process, and so does it.
    SignerClient client = new SignerClient(endpoints, tls);
    try {
      loadFrom(client);
    } catch (IOException | CertificateException e) {
      client.close();
      throw e;
    }
  }

  private static String required(Properties settings, String name) throws IOException {
    String value = unquoted(settings.getProperty(name, ""));
    if (value.isEmpty()) {
      throw new IOException("a KEYHOLD key store needs a line \"" + name + ": VALUE\"");
    }
    return value;
  }

  private static String unquoted(String value) {
    return value.strip().replaceAll("^\"(.*)\"$", "$1");
  }

  private void loadFrom(SignerClient client) throws IOException, CertificateException {
    CertificateFactory factory = CertificateFactory.getInstance("X.509");
    for (KeyOuterClass.Key key : client.listKeys(true)) {
      if (key.getCertificateChainCount() == 0) {
        continue;
      }
      Certificate[] chain = new Certificate[key.getCertificateChainCount()];
      for (int i = 0; i < chain.length; i++) {
        ByteString der = key.getCertificateChain(i);
        chain[i] = factory.generateCertificate(new ByteArrayInputStream(der.toByteArray()));
      }
      String alias = key.getLabel().isEmpty() ? key.getId() : key.getId() + "@" + key.getLabel();
      try {
        String name = key.getServerNamesCount() == 1 ? key.getServerNames(0) : "";
        RemotePrivateKey remote = RemotePrivateKey.of(client, key, name.startsWith("*") ? "" : name);
        entries.put(alias, new Entry(remote, chain, new Date()));
      } catch (java.security.InvalidKeyException e) {
        throw new IOException(alias + ": " + e.getMessage(), e);
      }
    }
  }

  @Override
  public Key engineGetKey(String alias, char[] password) {
    Entry entry = entries.get(alias);
    return entry == null ? null : entry.key();
  }

  @Override
  public Certificate[] engineGetCertificateChain(String alias) {
    Entry entry = entries.get(alias);
    return entry == null ? null : entry.chain().clone();
  }

  @Override
  public Certificate engineGetCertificate(String alias) {
    Entry entry = entries.get(alias);
    return entry == null ? null : entry.chain()[0];
  }

  @Override
  public Date engineGetCreationDate(String alias) {
    Entry entry = entries.get(alias);
    return entry == null ? null : (Date) entry.since().clone();
  }

  @Override
  public void engineSetKeyEntry(String alias, Key key, char[] password, Certificate[] chain)
      throws KeyStoreException {
    if (!(key instanceof RemotePrivateKey) || chain == null || chain.length == 0) {
      throw new KeyStoreException("this store takes remote keys with their certificate chains only");
    }
    entries.put(alias, new Entry(key, chain.clone(), new Date()));
  }

  @Override
  public void engineSetKeyEntry(String alias, byte[] key, Certificate[] chain) throws KeyStoreException {
    throw new KeyStoreException("this store takes remote keys, not bytes of keys");
  }

  @Override
  public void engineSetCertificateEntry(String alias, Certificate certificate) throws KeyStoreException {
    throw new KeyStoreException("this store is not for trusted certificates");
  }

  @Override
  public void engineDeleteEntry(String alias) {
    entries.remove(alias);
  }

  @Override
  public Enumeration<String> engineAliases() {
    return Collections.enumeration(List.copyOf(entries.keySet()));
  }

  @Override
  public boolean engineContainsAlias(String alias) {
    return entries.containsKey(alias);
  }

  @Override
  public int engineSize() {
    return entries.size();
  }

  @Override
  public boolean engineIsKeyEntry(String alias) {
    return entries.containsKey(alias);
  }

  @Override
  public boolean engineIsCertificateEntry(String alias) {
    return false;
  }

  @Override
  public String engineGetCertificateAlias(Certificate certificate) {
    for (String alias : List.copyOf(entries.keySet())) {
      if (certificate.equals(engineGetCertificate(alias))) {
        return alias;
      }
    }
    return null;
  }

  @Override
  public void engineStore(OutputStream stream, char[] password) throws IOException {
    throw new IOException("a KEYHOLD key store holds no keys that could be stored");
  }
}
