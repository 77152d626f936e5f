// What a failed system call on a file means to whoever asked for what it was part of.
#pragma once

#include "base/result.hpp"

namespace slipway {

// internal with `what` and the reason as `why`; when the disk is full, or the account's share of it, unavailable with a sentence that says so.
std::unexpected<Error> fail_system(const std::string& what, int number, std::source_location where = std::source_location::current());

}  // namespace slipway
