// What pg answers when a statement did not succeed. A value, kept apart from slipway::Error so that the store can map a
// SQLSTATE and a constraint name to what the caller should read; pg itself never words a message for a person about data.
#pragma once

#include "base/result.hpp"

#include <expected>
#include <string>
#include <string_view>

namespace slipway::pg {

enum class Kind {
  sql,          // the server refused the statement: see sqlstate
  unavailable,  // no connection could be had; nothing was sent
  busy,         // all connections were in use for too long; nothing was sent
  lost,         // the connection broke after sending: whether the statement took effect is unknown
  cancelled,    // the awaiting coroutine was cancelled
};

struct SqlFailure {
  Kind kind = Kind::sql;
  std::string sqlstate = {};    // five characters, empty unless kind is sql
  std::string constraint = {};  // name of the violated constraint, if any
  std::string table = {};
  std::string column = {};
  std::string message = {};  // for the log: the server's or libpq's words
  std::string detail = {};   // may hold values of rows: for the debug log only

  bool is(std::string_view state) const { return kind == Kind::sql && sqlstate == state; }
  // By SQLSTATE. A retry of the whole transaction may succeed after the last two.
  bool unique_violation() const { return is("23505"); }
  bool foreign_key_violation() const { return is("23503"); }
  bool check_violation() const { return is("23514"); }
  bool query_canceled() const { return is("57014"); }  // statement_timeout or a cancel request
  bool serialization_failure() const { return is("40001"); }
  bool deadlock() const { return is("40P01"); }
};

template <class T>
using Outcome = std::expected<T, SqlFailure>;

std::unexpected<SqlFailure> unavailable(std::string message);
std::unexpected<SqlFailure> busy(std::string message);
std::unexpected<SqlFailure> lost(std::string message);

// The mapping for callers below the store: unavailable, lost and cancelled keep their meaning, a statement timeout becomes
// timed_out, any other SQLSTATE is internal. The store's own mapping knows more and is used by everything above it.
Error to_error(const SqlFailure& failure);

}  // namespace slipway::pg
