// The outcome of anything that can be expected to fail. Expected failures are values; an exception means a bug.
#pragma once

#include <expected>
#include <source_location>
#include <string>
#include <utility>
#include <vector>

namespace slipway {

// What kind of failure it is; http/status.cpp maps each to its HTTP status, nothing else does.
enum class Code {
  invalid,          // 400: the caller's input breaks a rule
  unauthenticated,  // 401
  forbidden,        // 403: may read it, may not do that
  not_found,        // 404: absent, or not readable by this actor
  timed_out,        // 408
  conflict,         // 409: taken or busy
  gone,             // 410: deleted
  precondition,     // 412: not in the state the action needs
  too_large,        // 413
  in_use,           // 417: a user who still owns workspaces
  too_many,         // 429
  unchanged,        // 304: a settings write that changes nothing
  bad_gateway,      // 502: the agent or another peer could not be reached
  unavailable,      // 503
  cancelled,        // the caller went away: neither logged nor answered as an error
  internal,         // 500
};

struct FieldError {
  std::string field;
  std::string detail;
  bool operator==(const FieldError&) const = default;
};

// `say` and `detail` go to the caller and are whole sentences that tell what to do; `why` is for the log and never leaves.
struct Error {
  Code code = Code::internal;
  std::string say;
  std::string detail = {};
  std::vector<FieldError> fields = {};
  std::string why = {};
  std::source_location where = std::source_location::current();
};

template <class T>
using Result = std::expected<T, Error>;

// Makes the unexpected side of any Result. Errors: none.
std::unexpected<Error> fail(Code code, std::string say, std::string detail = {}, std::source_location where = std::source_location::current());
std::unexpected<Error> fail_field(std::string say, std::string field, std::string detail,
                                  std::source_location where = std::source_location::current());
// Our own fault or a broken part: the caller sees "An internal error occurred.", the log sees `why`.
std::unexpected<Error> fail_internal(std::string why, std::source_location where = std::source_location::current());
// The one answer for absent and for unreadable objects; its body is always the same bytes.
std::unexpected<Error> not_found(std::source_location where = std::source_location::current());
std::unexpected<Error> forbidden(std::source_location where = std::source_location::current());

// Adds "context: " before `why` on the way up, instead of logging twice.
Error with_context(Error error, std::string_view context);

}  // namespace slipway

#define SLIPWAY_JOIN_(a, b) a##b
#define SLIPWAY_JOIN(a, b) SLIPWAY_JOIN_(a, b)
#define SLIPWAY_TRY_(tmp, ret, name, ...)                \
  auto tmp = (__VA_ARGS__);                              \
  if (!tmp) ret std::unexpected(std::move(tmp).error()); \
  auto name = std::move(*tmp)
#define SLIPWAY_CHECK_(tmp, ret, ...)                      \
  do {                                                     \
    auto tmp = (__VA_ARGS__);                              \
    if (!tmp) ret std::unexpected(std::move(tmp).error()); \
  } while (false)

// TRY(name, expression): declares `name` from a Result, or returns its error. CO_ forms are for coroutines.
#define TRY(name, ...) SLIPWAY_TRY_(SLIPWAY_JOIN(try_, __LINE__), return, name, __VA_ARGS__)
#define CO_TRY(name, ...) SLIPWAY_TRY_(SLIPWAY_JOIN(try_, __LINE__), co_return, name, __VA_ARGS__)
// TRY_OK(expression): returns the error of a Result<void> (or one whose value is not wanted).
#define TRY_OK(...) SLIPWAY_CHECK_(SLIPWAY_JOIN(try_, __LINE__), return, __VA_ARGS__)
#define CO_CHECK(...) SLIPWAY_CHECK_(SLIPWAY_JOIN(try_, __LINE__), co_return, __VA_ARGS__)
