// Passwords: Argon2id by libsodium. Both calls take tens of milliseconds and megabytes: run them on aio::hashing.
#pragma once

#include <string>
#include <string_view>

namespace slipway::crypto {

// What a hash costs whoever makes or checks it: libsodium's interactive limits, or next to nothing. Of the process, not of a
// call: set before the first one. No flag or variable leads to `least`; servers in tests ask for it (server::Config).
enum class PasswordWork { interactive, least };
void set_password_work(PasswordWork work);

// A self-describing hash ("$argon2id$..."); it is checked with the work that it was made with.
std::string hash_password(std::string_view password);
// False for a wrong password and for a malformed hash. An empty hash does the same work as a real one: an unknown user and
// a wrong password must look alike.
bool verify_password(std::string_view hash, std::string_view password);

// Why the password is refused, or nothing. At least 8 characters, no more than 64, and not among the most used ones.
std::string_view password_fault(std::string_view password);

}  // namespace slipway::crypto
