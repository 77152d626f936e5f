#include "pg/error.hpp"

namespace slipway::pg {

std::unexpected<SqlFailure> unavailable(std::string message) {
  SqlFailure failure;
  failure.kind = Kind::unavailable;
  failure.message = std::move(message);
  return std::unexpected(std::move(failure));
}

std::unexpected<SqlFailure> busy(std::string message) {
  SqlFailure failure;
  failure.kind = Kind::busy;
  failure.message = std::move(message);
  return std::unexpected(std::move(failure));
}

std::unexpected<SqlFailure> lost(std::string message) {
  SqlFailure failure;
  failure.kind = Kind::lost;
  failure.message = std::move(message);
  return std::unexpected(std::move(failure));
}

Error to_error(const SqlFailure& failure) {
  Error error;
  error.why = failure.message;
  switch (failure.kind) {
    case Kind::unavailable:
    case Kind::lost:
      error.code = Code::unavailable;
      error.say = "The database cannot be reached. Try again in a moment.";
      return error;
    case Kind::busy:
      error.code = Code::unavailable;
      error.say = "The database is busy. Try again.";
      return error;
    case Kind::cancelled:
      error.code = Code::cancelled;
      error.say = "The request was cancelled.";
      return error;
    case Kind::sql: break;
  }
  if (failure.query_canceled()) {
    error.code = Code::timed_out;
    error.say = "The database took too long to answer. Try again in a moment.";
    return error;
  }
  if (failure.is("53100")) {
    error.code = Code::unavailable;
    error.say = "The disk of the server's database is full. Whoever runs the server must free some space; then try again.";
    return error;
  }
  error = fail_internal(fmt::format("{} {}", failure.sqlstate, failure.message)).error();
  return error;
}

}  // namespace slipway::pg
