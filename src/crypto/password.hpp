// Passwords: Argon2id by libsodium. Both calls take tens of milliseconds and megabytes: run them on aio::blocking.
#pragma once

#include <string>
#include <string_view>

namespace slipway::crypto {

// A self-describing hash ("$argon2id$..."), with libsodium's interactive limits.
std::string hash_password(std::string_view password);
// False for a wrong password and for a malformed hash. An empty hash does the same work as a real one: an unknown user and
// a wrong password must look alike.
bool verify_password(std::string_view hash, std::string_view password);

// Why the password is refused, or nothing. At least 8 characters, no more than 64, and not among the most used ones.
std::string_view password_fault(std::string_view password);

}  // namespace slipway::crypto
