#include "pg/session.hpp"

#include "pg/connection.hpp"

namespace slipway::pg {

Session::Session(std::shared_ptr<Connection> connection) : connection_(std::move(connection)) {}
Session::Session(Session&&) noexcept = default;

Session& Session::operator=(Session&& other) noexcept {
  if (connection_ && connection_ != other.connection_) connection_->cancel_and_close();
  connection_ = std::move(other.connection_);
  return *this;
}

Session::~Session() {
  if (!connection_) return;
  if (connection_->in_flight() > 0)
    connection_->cancel_and_close();
  else
    connection_->close();
}

Task<Outcome<Session>> Session::open(ConnectOptions options) {
  auto opened = co_await Connection::open(std::move(options), Connection::Mode::plain);
  if (!opened) co_return std::unexpected(std::move(opened).error());
  co_return Session(std::move(*opened));
}

Task<Outcome<Rows>> Session::run(std::string text) { return connection_->run(std::move(text)); }

Task<Outcome<Rows>> Session::execute(const Statement& statement, Params params) { co_return co_await connection_->execute(statement, params); }

Task<Outcome<std::optional<Notification>>> Session::notification(Milliseconds limit) { return connection_->notification(limit); }

void Session::interrupt() { connection_->interrupt(); }

bool Session::alive() const { return connection_ && connection_->alive(); }

namespace {

std::string quoted(std::string_view text, char quote) {
  std::string out(1, quote);
  for (const char c : text) {
    if (c == quote) out.push_back(quote);
    out.push_back(c);
  }
  out.push_back(quote);
  return out;
}

}  // namespace

std::string quote_literal(std::string_view text) { return quoted(text, '\''); }
std::string quote_identifier(std::string_view text) { return quoted(text, '"'); }

}  // namespace slipway::pg
