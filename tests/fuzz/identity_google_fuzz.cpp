// A token and a key set, with a NUL between them: what is taken was signed by a key of the set, in time, by an algorithm that may be.
#include "identity/document.hpp"
#include "identity/google.hpp"

#include <algorithm>
#include <cstdint>

using namespace slipway;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto token = text.substr(0, text.find('\0'));
  const auto set = text.substr(std::min(token.size() + 1, text.size()));

  const auto keys = identity::read_keys(set);
  if (keys && (keys->by_id.empty() || keys->by_id.contains(""))) __builtin_trap();
  identity::Steps steps;
  const identity::GoogleRules rules{.audience = "coder", .issuers = {}, .es256 = true};
  const auto opened = identity::open_google(token, rules, Time(std::chrono::duration_cast<Time::duration>(Seconds(1'700'000'000))), steps);
  if (opened && opened->algorithm != "RS256" && opened->algorithm != "ES256") __builtin_trap();
  if (opened && std::ranges::count(opened->covered, '.') != 1) __builtin_trap();
  if (opened && keys) {
    const auto proven = identity::prove_google(*opened, *keys, rules, steps);
    if (proven && !keys->by_id.contains(opened->key_id)) __builtin_trap();
  }
  if (const auto bytes = identity::read_base64url(token); bytes && bytes->size() > token.size()) __builtin_trap();
  if (identity::claimed_google(token).value_or("").size() > token.size()) __builtin_trap();
  return 0;
}
