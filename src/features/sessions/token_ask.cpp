#include "features/sessions/token_ask.hpp"

#include <boost/json.hpp>

namespace slipway::sessions {

namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

Result<rbac::AllowEntry> entry_of(const boost::json::value& value) {
  if (value.is_string()) return rbac::parse_allow_entry(std::string_view(value.get_string()));
  if (!value.is_object()) return rbac::wrong_allow_entry_kind();
  const auto text = [&value](const char* key) -> std::string_view {
    const auto* found = value.get_object().if_contains(key);
    return found && found->is_string() ? std::string_view(found->get_string()) : std::string_view();
  };
  return rbac::parse_allow_entry(text("type"), text("id"));
}

// "2160h0m0s": how clients and scripts have always read a lifetime in this message.
std::string hours(Seconds time) {
  const auto all = time.count();
  return fmt::format("{}h{}m{}s", all / 3600, all / 60 % 60, all % 60);
}

}  // namespace

void read(api::json::Reader& in, const api::json::Value& from, TokenAsk& to) {
  if (!in.is_object(from)) return;
  in.field(from, "lifetime", to.lifetime);
  in.field(from, "scope", to.scope);
  std::optional<std::vector<std::string>> scopes;
  in.field(from, "scopes", scopes);
  if (scopes) to.scopes = std::move(*scopes);
  std::optional<std::string> name;
  in.field(from, "token_name", name);
  if (name) to.token_name = std::move(*name);
  std::optional<std::vector<api::json::Raw>> allow_list;
  in.field(from, "allow_list", allow_list);
  if (allow_list) to.allow_list = std::move(*allow_list);
}

Result<std::vector<rbac::AllowEntry>> allow_entries(const std::vector<api::json::Raw>& list) {
  std::vector<rbac::AllowEntry> entries;
  for (const auto& raw : list) {
    boost::system::error_code ec;
    const auto value = boost::json::parse(raw.text, ec);
    if (ec) return rbac::wrong_allow_entry_kind();
    TRY(entry, entry_of(value));
    entries.push_back(entry);
  }
  return entries;
}

Result<Seconds> lifetime_of(std::int64_t asked_ns, Seconds fallback, Seconds longest) {
  const auto wrong = [](std::string detail) { return fail(Code::invalid, "Failed to validate create API key request.", std::move(detail)); };
  if (asked_ns < 0) return wrong("lifetime must be positive number greater than 0");
  if (asked_ns == 0) return std::min(fallback, longest);
  const std::int64_t most = longest.count() > INT64_MAX / kSecond ? INT64_MAX : longest.count() * kSecond;
  if (asked_ns > most) return wrong("lifetime must be less than " + hours(longest));
  return Seconds(std::max<std::int64_t>(asked_ns / kSecond, 1));
}

}  // namespace slipway::sessions
