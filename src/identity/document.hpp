// What proofs are written in. Pure.
#pragma once

#include "base/result.hpp"

#include <boost/json/object.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace slipway::identity {

// A JSON object as RFC 8259 has it, no deeper than 32, in which no object has a name twice: readers differ in which of the two
// counts. Errors: Code::invalid; `say` is a reason without a full stop.
Result<boost::json::object> read_object(std::string_view text);

// The text of `name`; empty when there is none or it is null. Nothing when it is something else.
std::optional<std::string> text_in(const boost::json::object& object, std::string_view name);

// The standard alphabet, padded; carriage returns and line feeds count for nothing. Nothing for anything else.
std::optional<std::string> read_base64(std::string_view text);

// RFC 4648, section 5, without padding and without bits left over.
std::optional<std::string> read_base64url(std::string_view text);

// Go's %q, as clients compare it: double quotes, and escapes for whatever does not print.
std::string quoted(std::string_view text);

}  // namespace slipway::identity
