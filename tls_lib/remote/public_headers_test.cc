// The public headers draw in neither gRPC nor OpenSSL: an application
// compiles against them, and those libraries are none of its business. They
// do draw in Protocol Buffers, for the service's own messages.
#include "tls_lib/remote/policy_version.h"
#include "tls_lib/remote/remote_signing_key.h"
#include "tls_lib/remote/signer_client.h"

// Guards of headers that all others of gRPC and of OpenSSL include.
#if defined(GRPC_IMPL_CODEGEN_PORT_PLATFORM_H) || \
    defined(GRPC_SUPPORT_PORT_PLATFORM_H)
#error "a public header includes gRPC"
#endif
#if defined(OPENSSL_MACROS_H)
#error "a public header includes OpenSSL"
#endif

// The guards are these libraries' own.
#include "grpcpp/channel.h"
#include "openssl/evp.h"
#if !defined(GRPC_IMPL_CODEGEN_PORT_PLATFORM_H) && \
    !defined(GRPC_SUPPORT_PORT_PLATFORM_H)
#error "gRPC has other guards than this test knows"
#endif
#if !defined(OPENSSL_MACROS_H)
#error "OpenSSL has other guards than this test knows"
#endif

#include "gtest/gtest.h"

TEST(PublicHeadersTest, Compile) {}
