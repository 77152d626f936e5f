// Rules for what people type about themselves. Errors: 400 with the field at fault.
#pragma once

#include "base/result.hpp"

#include <string_view>

namespace slipway::users {

// One "@" with something on both sides, a dot-free or dotted domain, no blanks: what can be written to, not more.
Result<void> valid_email(std::string_view email);
Result<void> valid_password(std::string_view password);

}  // namespace slipway::users
