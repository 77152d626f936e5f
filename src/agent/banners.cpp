#include "agent/banners.hpp"

#include "base/log.hpp"
#include "base/utf8.hpp"

#include <boost/json.hpp>

namespace slipway::agent {

namespace {

constexpr Milliseconds kPatience = Seconds(2);
constexpr std::chrono::seconds kGoodFor{120};
constexpr std::size_t kLongest = 4096;  // of one announcement

// With the line ends of a terminal.
void put(std::string& out, std::string_view message) {
  const std::string clean = utf8::clean(utf8::cut(message, kLongest));
  for (const char byte : clean) {
    const auto code = static_cast<unsigned char>(byte);
    if (byte == '\n') out += "\r\n";
    if (code >= 0x20 && code != 0x7f) out += byte;
  }
  out += "\r\n\r\n";
}

}  // namespace

std::string banner_text(std::string_view appearance_json) {
  boost::system::error_code ec;
  const auto parsed = boost::json::parse(appearance_json, ec);
  const auto* appearance = ec ? nullptr : parsed.if_object();
  const auto* list = appearance ? appearance->if_contains("announcement_banners") : nullptr;
  std::string out;
  if (!list || !list->is_array()) return out;
  for (const auto& one : list->get_array()) {
    const auto* banner = one.if_object();
    const auto* enabled = banner ? banner->if_contains("enabled") : nullptr;
    const auto* message = banner ? banner->if_contains("message") : nullptr;
    const bool shown = enabled && enabled->is_bool() && enabled->get_bool() && message && message->is_string();
    if (shown && !message->get_string().empty()) put(out, std::string_view(message->get_string()));
  }
  return out;
}

Task<std::string> Banners::text() {
  if (std::chrono::steady_clock::now() < good_until_) co_return known_;
  const auto got = co_await server_.appearance(kPatience);
  if (got) {
    known_ = banner_text(*got);
    good_until_ = std::chrono::steady_clock::now() + kGoodFor;
  } else {
    log::info("the announcements could not be asked for", {{"why", got.error().why}});
  }
  co_return known_;
}

}  // namespace slipway::agent
