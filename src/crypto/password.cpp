#include "crypto/password.hpp"

#include "base/check.hpp"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <atomic>

namespace slipway::crypto {

namespace {

void ready() {
  static const bool once = sodium_init() >= 0;
  check(once, "libsodium could not start");
}

std::atomic<PasswordWork> work_of_process = PasswordWork::interactive;

// The shortest list that stops the guesses everyone tries first; all are long enough to pass the length rule.
constexpr std::array<std::string_view, 24> kCommon = {"password",   "password1", "password123", "12345678", "123456789", "1234567890",
                                                      "qwertyuiop", "qwerty123", "iloveyou",    "sunshine", "princess",  "football",
                                                      "baseball",   "superman",  "trustno1",    "letmein1", "welcome1",  "admin123",
                                                      "changeme",   "11111111",  "00000000",    "abc12345", "passw0rd",  "whatever"};

}  // namespace

void set_password_work(PasswordWork work) { work_of_process = work; }

std::string hash_password(std::string_view password) {
  ready();
  const bool least = work_of_process == PasswordWork::least;
  const auto passes = least ? crypto_pwhash_OPSLIMIT_MIN : crypto_pwhash_OPSLIMIT_INTERACTIVE;
  const auto memory = least ? crypto_pwhash_MEMLIMIT_MIN : crypto_pwhash_MEMLIMIT_INTERACTIVE;
  std::string out(crypto_pwhash_STRBYTES, '\0');
  check(crypto_pwhash_str_alg(out.data(), password.data(), password.size(), passes, memory, crypto_pwhash_ALG_ARGON2ID13) == 0,
        "no memory to hash a password");
  out.resize(out.find('\0'));
  return out;
}

bool verify_password(std::string_view hash, std::string_view password) {
  ready();
  static const std::string dummy = hash_password("the hash that nobody has");
  const std::string known(hash.empty() ? std::string_view(dummy) : hash);
  const bool match = crypto_pwhash_str_verify(known.c_str(), password.data(), password.size()) == 0;
  return match && !hash.empty();
}

std::string_view password_fault(std::string_view password) {
  if (password.size() < 8) return "Use at least 8 characters.";
  if (password.size() > 64) return "Use at most 64 characters.";
  std::string lower(password);
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
  if (std::ranges::find(kCommon, lower) != kCommon.end()) return "This password is among the most guessed ones; choose another.";
  return {};
}

}  // namespace slipway::crypto
