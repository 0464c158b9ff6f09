#include "tls_lib/tls/tls_connection.h"

#include <optional>
#include <utility>

#include "openssl/err.h"
#include "tls_lib/base/openssl_error.h"
#include "tls_lib/base/openssl_ptr.h"
#include "tls_lib/base/status_macros.h"
#include "tls_lib/tls/internal/client_context.h"
#include "tls_lib/tls/internal/connection_state.h"
#include "tls_lib/tls/internal/facts_reader.h"
#include "tls_lib/tls/internal/handshake_error.h"
#include "tls_lib/tls/internal/server_context.h"

namespace keyhold {
namespace {

using tls_internal::ConnectionState;
using tls_internal::Phase;

absl::Status OutOfMemoryError() {
  return OpensslError(absl::StatusCode::kInternal,
                      "OpenSSL cannot make a TLS connection");
}

absl::Status HandshakeNotDoneError() {
  return absl::FailedPreconditionError("the TLS handshake is not done yet");
}

absl::Status WriteAfterShutdownError() {
  return absl::FailedPreconditionError("nothing can be written after Shutdown");
}

}  // namespace

class TlsConnection::Impl {
 public:
  Impl() = default;
  // libssl's part ends before what it uses goes.
  ~Impl() {
    state_.runner.Abandon();
    ERR_clear_error();
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  absl::Status Open(SSL_CTX* context) {
    ssl_.reset(SSL_new(context));
    BioPtr in(BIO_new(BIO_s_mem()));
    BioPtr out(BIO_new(BIO_s_mem()));
    if (ssl_ == nullptr || in == nullptr || out == nullptr) {
      return OutOfMemoryError();
    }
    in_ = in.get();
    out_ = out.get();
    SSL_set_bio(ssl_.get(), in.release(), out.release());
    return tls_internal::AttachState(ssl_.get(), &state_);
  }

  absl::Status OpenServer(std::shared_ptr<const ServerConfig> config) {
    state_.server = &config->context();
    server_config_ = std::move(config);
    RETURN_IF_ERROR(Open(state_.server->ssl_context()));
    SSL_set_accept_state(ssl_.get());
    return absl::OkStatus();
  }

  absl::Status OpenClient(std::shared_ptr<const ClientConfig> config,
                          absl::string_view server_name) {
    state_.client = &config->context();
    client_config_ = std::move(config);
    RETURN_IF_ERROR(Open(state_.client->ssl_context()));
    return state_.client->Prepare(ssl_.get(), server_name);
  }

  absl::StatusOr<HandshakeState> Handshake() {
    if (facts_) return HandshakeState::kDone;
    RETURN_IF_ERROR(failure_);
    ERR_clear_error();
    absl::StatusOr<bool> ended =
        state_.runner.Run([this] { result_ = SSL_do_handshake(ssl_.get()); });
    if (!ended.ok()) return failure_ = ended.status();
    if (!*ended) return HandshakeState::kWantSignature;
    if (result_ == 1) {
      facts_ = tls_internal::ReadFacts(ssl_.get(), state_);
      return HandshakeState::kDone;
    }
    if (SSL_get_error(ssl_.get(), result_) != SSL_ERROR_WANT_READ) {
      return Fail(Phase::kHandshake);
    }
    return pending_ciphertext() > 0 ? HandshakeState::kWantWrite
                                    : HandshakeState::kWantRead;
  }

  void SetWakeUp(absl::AnyInvocable<void()> wake_up) {
    state_.runner.SetWakeUp(std::move(wake_up));
  }

  void PushCiphertext(absl::string_view bytes) {
    while (!bytes.empty()) {
      size_t taken = 0;
      if (BIO_write_ex(in_, bytes.data(), bytes.size(), &taken) != 1) {
        failure_.Update(OutOfMemoryError());
        return;
      }
      bytes.remove_prefix(taken);
    }
  }

  // Until now an empty BIO meant "try again".
  void TransportEof() { BIO_set_mem_eof_return(in_, 0); }

  std::string TakeCiphertext() {
    std::string bytes(pending_ciphertext(), 0);
    if (!bytes.empty()) {
      BIO_read(out_, bytes.data(), static_cast<int>(bytes.size()));
    }
    return bytes;
  }

  size_t pending_ciphertext() const { return BIO_ctrl_pending(out_); }

  absl::StatusOr<ReadResult> Read(absl::Span<char> out) {
    if (!facts_) return HandshakeNotDoneError();
    RETURN_IF_ERROR(failure_);
    // libssl takes a read of no bytes for a broken transport.
    if (out.empty()) return ReadResult{ReadResult::State::kData, 0};
    ERR_clear_error();
    size_t size = 0;
    if (SSL_read_ex(ssl_.get(), out.data(), out.size(), &size) == 1) {
      return ReadResult{ReadResult::State::kData, size};
    }
    switch (SSL_get_error(ssl_.get(), 0)) {
      case SSL_ERROR_WANT_READ:
        return ReadResult{ReadResult::State::kWantRead, 0};
      case SSL_ERROR_ZERO_RETURN:
        return ReadResult{ReadResult::State::kClosed, 0};
      default:
        return Fail(Phase::kData);
    }
  }

  absl::Status Write(absl::string_view bytes) {
    if (!facts_) return HandshakeNotDoneError();
    RETURN_IF_ERROR(failure_);
    if (shut_down_) return WriteAfterShutdownError();
    if (bytes.empty()) return absl::OkStatus();
    ERR_clear_error();
    size_t size = 0;
    if (SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &size) == 1) {
      return absl::OkStatus();
    }
    return Fail(Phase::kData);
  }

  absl::Status Shutdown() {
    if (!facts_ || shut_down_) return absl::OkStatus();
    RETURN_IF_ERROR(failure_);
    shut_down_ = true;
    ERR_clear_error();
    return SSL_shutdown(ssl_.get()) >= 0 ? absl::OkStatus()
                                         : Fail(Phase::kData);
  }

  const HandshakeFacts* facts() const { return facts_ ? &*facts_ : nullptr; }

 private:
  absl::Status Fail(Phase phase) {
    failure_ = tls_internal::HandshakeError(phase, state_);
    return failure_;
  }

  // What ssl_ points to comes before it, to die after it.
  std::shared_ptr<const ServerConfig> server_config_;
  std::shared_ptr<const ClientConfig> client_config_;
  ConnectionState state_;
  SslPtr ssl_;
  int result_ = 0;      // of SSL_do_handshake
  BIO* in_ = nullptr;   // owned by ssl_
  BIO* out_ = nullptr;  // owned by ssl_
  std::optional<HandshakeFacts> facts_;
  absl::Status failure_;
  bool shut_down_ = false;
};

absl::StatusOr<std::unique_ptr<TlsConnection>> TlsConnection::Server(
    std::shared_ptr<const ServerConfig> config) {
  auto impl = std::make_unique<Impl>();
  RETURN_IF_ERROR(impl->OpenServer(std::move(config)));
  return std::unique_ptr<TlsConnection>(new TlsConnection(std::move(impl)));
}

absl::StatusOr<std::unique_ptr<TlsConnection>> TlsConnection::Client(
    std::shared_ptr<const ClientConfig> config, absl::string_view server_name) {
  auto impl = std::make_unique<Impl>();
  RETURN_IF_ERROR(impl->OpenClient(std::move(config), server_name));
  return std::unique_ptr<TlsConnection>(new TlsConnection(std::move(impl)));
}

TlsConnection::TlsConnection(std::unique_ptr<Impl> impl)
    : impl_(std::move(impl)) {}

TlsConnection::~TlsConnection() = default;

absl::StatusOr<HandshakeState> TlsConnection::Handshake() {
  return impl_->Handshake();
}

void TlsConnection::SetWakeUp(absl::AnyInvocable<void()> wake_up) {
  impl_->SetWakeUp(std::move(wake_up));
}

void TlsConnection::PushCiphertext(absl::string_view bytes) {
  impl_->PushCiphertext(bytes);
}

void TlsConnection::TransportEof() { impl_->TransportEof(); }

std::string TlsConnection::TakeCiphertext() { return impl_->TakeCiphertext(); }

size_t TlsConnection::pending_ciphertext() const {
  return impl_->pending_ciphertext();
}

absl::StatusOr<ReadResult> TlsConnection::Read(absl::Span<char> out) {
  return impl_->Read(out);
}

absl::Status TlsConnection::Write(absl::string_view bytes) {
  return impl_->Write(bytes);
}

absl::Status TlsConnection::Shutdown() { return impl_->Shutdown(); }

const HandshakeFacts* TlsConnection::facts() const { return impl_->facts(); }

}  // namespace keyhold
