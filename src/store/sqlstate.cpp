#include "store/sqlstate.hpp"

#include "store/conflict_words.hpp"

#include <algorithm>

namespace slipway::store {

Error worded(const pg::SqlFailure& failure) {
  if (failure.unique_violation()) {
    const auto words = conflict_words();
    const auto known = std::ranges::find(words, std::string_view(failure.constraint), &ConflictWords::constraint);
    if (known != words.end()) {
      Error error{.code = Code::conflict, .say = std::string(known->say), .why = failure.constraint};
      if (!known->field.empty()) error.fields.push_back({std::string(known->field), "This value is already in use and should be unique."});
      return error;
    }
    return Error{.code = Code::conflict, .say = "Something with the same value exists already.", .why = failure.constraint};
  }
  if (failure.is("22001")) return Error{.code = Code::invalid, .say = "A value is longer than its place in the database.", .why = failure.message};
  if (failure.is("22021") || failure.is("22P05"))  // a NUL or a broken sequence in text from outside
    return Error{.code = Code::invalid, .say = "Text must be valid UTF-8 without NUL characters.", .why = failure.message};
  if (failure.query_canceled())
    return Error{.code = Code::unavailable, .say = "The database took too long to answer. Try again in a moment.", .why = failure.message};
  if (failure.is("55P03"))
    return Error{
        .code = Code::unavailable, .say = "Something else holds what this needs for too long. Try again in a moment.", .why = failure.message};
  if (failure.serialization_failure() || failure.deadlock())  // undone by the server; nothing is repeated by itself
    return Error{.code = Code::unavailable, .say = "Somebody else changed the same at the same time. Try again in a moment.", .why = failure.message};
  Error error = pg::to_error(failure);
  if (!failure.constraint.empty()) error.why += " (constraint " + failure.constraint + ")";
  return error;
}

}  // namespace slipway::store
