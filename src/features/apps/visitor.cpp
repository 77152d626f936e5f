#include "features/apps/visitor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace slipway::apps {

namespace {

constexpr std::string_view kFamily = "x-slipway-visitor";

char folded(char letter) {
  if (letter == '_') return '-';
  return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

bool is_plain(char letter) { return letter > ' ' && letter <= '~' && letter != '%' && letter != ','; }

}  // namespace

bool names_visitor(std::string_view header) {
  return header.size() >= kFamily.size() && std::ranges::equal(header.substr(0, kFamily.size()), kFamily, {}, folded);
}

std::string visitor_value(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool inside = i > 0 && i + 1 < text.size();
    if (is_plain(text[i]) || (text[i] == ' ' && inside))
      out += text[i];
    else
      out += fmt::format("%{:02X}", static_cast<unsigned char>(text[i]));
  }
  return out;
}

void tell_visitor(net::Headers& to_app, const std::optional<Visitor>& visitor) {
  std::vector<std::string> said;
  for (std::size_t i = 0; i < to_app.size(); ++i)
    if (const auto [name, value] = to_app.at(i); names_visitor(name)) said.emplace_back(name);
  for (const auto& name : said) to_app.remove(name);
  if (!visitor || !visitor->told) return;
  to_app.set("X-Slipway-Visitor-Id", visitor->id.str());
  to_app.set("X-Slipway-Visitor-Username", visitor_value(visitor->username));
  to_app.set("X-Slipway-Visitor-Name", visitor_value(visitor->name));
  to_app.set("X-Slipway-Visitor-Email", visitor_value(visitor->email));
  std::string groups;
  for (const auto& group : visitor->groups) groups.append(groups.empty() ? "" : ",").append(visitor_value(group));
  to_app.set("X-Slipway-Visitor-Groups", groups);
}

}  // namespace slipway::apps
