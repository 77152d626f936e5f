#include "base/result.hpp"

namespace slipway {

std::unexpected<Error> fail(Code code, std::string say, std::string detail, std::source_location where) {
  return std::unexpected(Error{.code = code, .say = std::move(say), .detail = std::move(detail), .where = where});
}

std::unexpected<Error> fail_field(std::string say, std::string field, std::string detail, std::source_location where) {
  Error error{.code = Code::invalid, .say = std::move(say), .where = where};
  error.fields.push_back({std::move(field), std::move(detail)});
  return std::unexpected(std::move(error));
}

std::unexpected<Error> fail_internal(std::string why, std::source_location where) {
  return std::unexpected(Error{.code = Code::internal, .say = "An internal error occurred.", .why = std::move(why), .where = where});
}

std::unexpected<Error> not_found(std::source_location where) {
  return fail(Code::not_found, "Resource not found or you do not have access to this resource", {}, where);
}

std::unexpected<Error> forbidden(std::source_location where) { return fail(Code::forbidden, "Forbidden.", {}, where); }

Error with_context(Error error, std::string_view context) {
  std::string joined(context);
  if (!error.why.empty()) joined += ": " + error.why;
  error.why = std::move(joined);
  return error;
}

}  // namespace slipway
