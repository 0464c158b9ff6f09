package io.keyhold;

import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.KeyStoreException;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.X509ExtendedKeyManager;

/**
 * Picks a server's key by the name that the client asks for: a certificate with exactly that name,
 * else one with a wildcard for its first label, else, where no certificate has the name at all, the
 * first one. The platform's managers look at the type of key first, and at the name too late.
 */
final class KeyholdKeyManager extends X509ExtendedKeyManager {
  private static final String SERVER_AUTH = "1.3.6.1.5.5.7.3.1";
  private static final String CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";
  private static final String ANY_USAGE = "2.5.29.37.0";
  private static final int DNS_NAME = 2;

  private record Entry(String alias, PrivateKey key, X509Certificate[] chain, List<String> names) {
    boolean isFor(String usage) {
      try {
        List<String> usages = chain[0].getExtendedKeyUsage();
        return usages == null || usages.contains(usage) || usages.contains(ANY_USAGE);
      } catch (CertificateParsingException e) {
        return false;
      }
    }

    boolean isOf(String keyType) {
      return key.getAlgorithm().equals(keyType);
    }
  }

  private final List<Entry> entries = new ArrayList<>();

  /** Takes the store's keys as they are now. */
  KeyholdKeyManager(KeyStore keys, char[] password) throws KeyStoreException {
    try {
      for (String alias : Collections.list(keys.aliases())) {
        if (keys.getKey(alias, password) instanceof PrivateKey key) {
          X509Certificate[] chain =
              Arrays.stream(keys.getCertificateChain(alias))
                  .map(X509Certificate.class::cast)
                  .toArray(X509Certificate[]::new);
          entries.add(new Entry(alias, key, chain, namesOf(chain[0])));
        }
      }
    } catch (KeyStoreException e) {
      throw e;
    } catch (GeneralSecurityException e) {
      throw new KeyStoreException("a key of the store cannot be read", e);
    }
  }

  private static List<String> namesOf(X509Certificate certificate) throws CertificateParsingException {
    Collection<List<?>> names = certificate.getSubjectAlternativeNames();
    return names == null
        ? List.of()
        : names.stream()
            .filter(name -> name.get(0).equals(DNS_NAME))
            .map(name -> ((String) name.get(1)).toLowerCase(Locale.ROOT))
            .toList();
  }

  @Override
  public String chooseServerAlias(String keyType, Principal[] issuers, Socket socket) {
    return chooseServer(
        keyType, socket instanceof SSLSocket tls ? tls.getHandshakeSession() : null);
  }

  @Override
  public String chooseEngineServerAlias(String keyType, Principal[] issuers, SSLEngine engine) {
    return chooseServer(keyType, engine.getHandshakeSession());
  }

  private String chooseServer(String keyType, SSLSession session) {
    List<Entry> servers = entries.stream().filter(entry -> entry.isFor(SERVER_AUTH)).toList();
    String name = serverName(session);
    List<Entry> named = matching(servers, entry -> entry.names().contains(name));
    if (named.isEmpty()) {
      String wildcard = "*" + name.substring(Math.max(name.indexOf('.'), 0));
      named = matching(servers, entry -> entry.names().contains(wildcard));
    }
    return firstOf(named.isEmpty() ? servers : named, keyType);
  }

  private static List<Entry> matching(List<Entry> entries, Predicate<Entry> condition) {
    return entries.stream().filter(condition).toList();
  }

  private static String firstOf(List<Entry> entries, String keyType) {
    return entries.stream().filter(entry -> entry.isOf(keyType)).map(Entry::alias).findFirst().orElse(null);
  }

  private static String serverName(SSLSession session) {
    if (session instanceof ExtendedSSLSession extended) {
      for (SNIServerName name : extended.getRequestedServerNames()) {
        if (name instanceof SNIHostName host) {
          return host.getAsciiName().toLowerCase(Locale.ROOT);
        }
      }
    }
    return "";
  }

  @Override
  public String chooseClientAlias(String[] keyTypes, Principal[] issuers, Socket socket) {
    return chooseClient(keyTypes, issuers);
  }

  @Override
  public String chooseEngineClientAlias(String[] keyTypes, Principal[] issuers, SSLEngine engine) {
    return chooseClient(keyTypes, issuers);
  }

  private String chooseClient(String[] keyTypes, Principal[] issuers) {
    for (String keyType : keyTypes) {
      String[] aliases = getClientAliases(keyType, issuers);
      if (aliases != null) {
        return aliases[0];
      }
    }
    return null;
  }

  @Override
  public String[] getClientAliases(String keyType, Principal[] issuers) {
    return aliases(keyType, issuers, CLIENT_AUTH);
  }

  @Override
  public String[] getServerAliases(String keyType, Principal[] issuers) {
    return aliases(keyType, issuers, SERVER_AUTH);
  }

  private String[] aliases(String keyType, Principal[] issuers, String usage) {
    String[] found =
        entries.stream()
            .filter(entry -> entry.isOf(keyType) && entry.isFor(usage))
            .filter(entry -> isFromOneOf(issuers, entry.chain()))
            .map(Entry::alias)
            .toArray(String[]::new);
    return found.length == 0 ? null : found;
  }

  private static boolean isFromOneOf(Principal[] issuers, X509Certificate[] chain) {
    return issuers == null
        || issuers.length == 0
        || Arrays.stream(chain)
            .anyMatch(each -> Arrays.asList(issuers).contains(each.getIssuerX500Principal()));
  }

  @Override
  public X509Certificate[] getCertificateChain(String alias) {
    return entries.stream()
        .filter(entry -> entry.alias().equals(alias))
        .map(entry -> entry.chain().clone())
        .findFirst()
        .orElse(null);
  }

  @Override
  public PrivateKey getPrivateKey(String alias) {
    return entries.stream()
        .filter(entry -> entry.alias().equals(alias))
        .map(Entry::key)
        .findFirst()
        .orElse(null);
  }
}
