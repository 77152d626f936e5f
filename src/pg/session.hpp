// One connection of one's own, outside any pool: for migrations, advisory locks held for long, LISTEN, administration.
// home: own thread. One call at a time.
#pragma once

#include "aio/task_fwd.hpp"
#include "pg/pool.hpp"

#include <memory>
#include <optional>
#include <string>

namespace slipway::pg {

struct Notification {
  std::string channel;
  std::string payload;
};

class Session {
 public:
  // Connects. Errors: unavailable.
  static Task<Outcome<Session>> open(ConnectOptions options);
  Session(Session&&) noexcept;
  Session& operator=(Session&&) noexcept;
  ~Session();

  // Statements without parameters, separated by semicolons; the last one's rows, in text format: Rows::raw() only.
  Task<Outcome<Rows>> run(std::string text);
  Task<Outcome<Rows>> execute(const Statement& statement, Params params = {});
  // The next notification of a channel this session listens to; nothing after `limit`. Errors: lost.
  Task<Outcome<std::optional<Notification>>> notification(Milliseconds limit);
  // Makes a notification() that waits return nothing at once.
  void interrupt();
  // True until the connection is seen to be broken.
  bool alive() const;

 private:
  explicit Session(std::shared_ptr<Connection> connection);
  std::shared_ptr<Connection> connection_;
};

// An SQL string or identifier literal of `text`, for the few administrative statements that take no parameters.
std::string quote_literal(std::string_view text);
std::string quote_identifier(std::string_view text);

}  // namespace slipway::pg
