// Whether a server asks its clients for certificates.
#ifndef KEYHOLD_TLS_LIB_TLS_CLIENT_AUTHENTICATION_H_
#define KEYHOLD_TLS_LIB_TLS_CLIENT_AUTHENTICATION_H_

namespace keyhold {

enum class ClientAuthentication {
  kOff,       // no certificate is asked for
  kOptional,  // one is asked for; if it comes, it must verify
  kRequired,  // without one the handshake fails
};

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_TLS_CLIENT_AUTHENTICATION_H_
