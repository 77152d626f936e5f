#include "base/names.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <string>

namespace slipway::names {

namespace {

bool is_alnum(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

bool dashed_words(std::string_view name, std::size_t longest, std::string_view joiners) {
  if (name.empty() || name.size() > longest) return false;
  bool word = false;
  for (char c : name) {
    if (is_alnum(c)) {
      word = true;
    } else if (joiners.find(c) != joiners.npos && word) {
      word = false;
    } else {
      return false;
    }
  }
  return word;
}

Result<void> tell(bool valid, std::string_view field, std::string_view rule) {
  if (valid) return {};
  return fail_field("Validation failed.", std::string(field), std::string(rule));
}

}  // namespace

bool is_name(std::string_view name) { return dashed_words(name, 32, "-") && name != "new" && name != "create"; }
bool is_username(std::string_view name) {
  if (!is_name(name)) return false;
  constexpr std::string_view kTaken[] = {"me",          "default", "ai",    "authmethods",      "first", "login", "logout", "oauth2", "oidc",
                                         "oidc-claims", "otp",     "roles", "validate-password"};
  return std::ranges::find(kTaken, text::lower(name)) == std::end(kTaken);
}
bool is_version_name(std::string_view name) { return dashed_words(name, 64, "-._") && name != "new" && name != "create"; }
bool is_display_name(std::string_view name) { return name.size() <= 64 && (name.empty() || (!is_blank(name.front()) && !is_blank(name.back()))); }

Result<void> valid_name(std::string_view name, std::string_view field) {
  return tell(is_name(name), field, "Use 1 to 32 letters and digits, with single dashes between them; \"new\" and \"create\" are reserved.");
}
Result<void> valid_username(std::string_view name) {
  TRY_OK(valid_name(name, "username"));
  return tell(is_username(name), "username", "This word has a meaning of its own in addresses. Choose another name.");
}
Result<void> valid_version_name(std::string_view name) {
  return tell(is_version_name(name), "name", "Use 1 to 64 letters and digits, with single \"-\", \".\" or \"_\" between them.");
}
Result<void> valid_display_name(std::string_view name, std::string_view field) {
  return tell(is_display_name(name), field, "Use at most 64 characters, with no blank at either end.");
}

}  // namespace slipway::names
