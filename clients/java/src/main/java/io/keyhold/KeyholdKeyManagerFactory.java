package io.keyhold;

import java.security.InvalidAlgorithmParameterException;
import java.security.KeyStore;
import java.security.KeyStoreException;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactorySpi;
import javax.net.ssl.ManagerFactoryParameters;

/** The KeyManagerFactory KEYHOLD. It takes key stores of any type. */
public final class KeyholdKeyManagerFactory extends KeyManagerFactorySpi {
  private KeyholdKeyManager manager;

  KeyholdKeyManagerFactory() {}

  @Override
  protected void engineInit(KeyStore keys, char[] password) throws KeyStoreException {
    manager = new KeyholdKeyManager(keys, password);
  }

  @Override
  protected void engineInit(ManagerFactoryParameters parameters)
      throws InvalidAlgorithmParameterException {
    throw new InvalidAlgorithmParameterException("initialize it with a key store");
  }

  @Override
  protected KeyManager[] engineGetKeyManagers() {
    if (manager == null) {
      throw new IllegalStateException("not initialized with a key store");
    }
    return new KeyManager[] {manager};
  }
}
