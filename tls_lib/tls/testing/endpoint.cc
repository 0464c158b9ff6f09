#include "tls_lib/tls/testing/endpoint.h"

#include <ostream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "tls_lib/base/status_macros.h"

namespace keyhold::tls_testing {
namespace {

struct Progress {
  absl::Status status = absl::UnknownError("still waits for its peer");
  bool ended = false;
};

// Whether anything happened.
bool Advance(Endpoint& end, Progress& progress) {
  if (progress.ended) return false;
  absl::StatusOr<bool> done = end.Step();
  if (!done.ok() || *done) {
    progress.ended = true;
    progress.status = done.status();
    return true;
  }
  return false;
}

bool Move(Endpoint& from, Endpoint& to) {
  std::string bytes = from.Take();
  to.Push(bytes);
  return !bytes.empty();
}

absl::Status CheckOneWay(Endpoint& from, Endpoint& to) {
  const std::string line = "the quick brown fox";
  RETURN_IF_ERROR(from.Write(line));
  Exchange(from, to);
  ASSIGN_OR_RETURN(std::string got, to.Read());
  return got == line ? absl::OkStatus()
                     : absl::InternalError(absl::StrCat("arrived: ", got));
}

}  // namespace

OurEnd OurEnd::Server(std::shared_ptr<const ServerConfig> config) {
  return OurEnd(TlsConnection::Server(std::move(config)).value());
}

OurEnd OurEnd::Client(std::shared_ptr<const ClientConfig> config,
                      absl::string_view server_name) {
  return OurEnd(TlsConnection::Client(std::move(config), server_name).value());
}

absl::StatusOr<bool> OurEnd::Step() {
  ASSIGN_OR_RETURN(HandshakeState state, connection_->Handshake());
  return state == HandshakeState::kDone;
}

void OurEnd::Push(absl::string_view ciphertext) {
  connection_->PushCiphertext(ciphertext);
}

std::string OurEnd::Take() { return connection_->TakeCiphertext(); }

absl::Status OurEnd::Write(absl::string_view bytes) {
  return connection_->Write(bytes);
}

absl::StatusOr<std::string> OurEnd::Read() {
  char buffer[1024];
  ASSIGN_OR_RETURN(ReadResult result,
                   connection_->Read(absl::MakeSpan(buffer)));
  return std::string(buffer, result.bytes);
}

std::ostream& operator<<(std::ostream& os, const HandshakeOutcome& outcome) {
  return os << "client: " << outcome.client << ", server: " << outcome.server;
}

HandshakeOutcome RunHandshake(Endpoint& client, Endpoint& server) {
  Progress of_client;
  Progress of_server;
  bool moving = true;
  while (moving) {
    moving = Advance(client, of_client);
    moving = Move(client, server) || moving;
    moving = Advance(server, of_server) || moving;
    moving = Move(server, client) || moving;
  }
  return {of_client.status, of_server.status};
}

void Exchange(Endpoint& a, Endpoint& b) {
  Move(a, b);
  Move(b, a);
}

absl::Status CheckDataFlows(Endpoint& a, Endpoint& b) {
  RETURN_IF_ERROR(CheckOneWay(a, b));
  return CheckOneWay(b, a);
}

}  // namespace keyhold::tls_testing
