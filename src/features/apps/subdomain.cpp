#include "features/apps/subdomain.hpp"

#include "base/text.hpp"
#include "net/url.hpp"

#include <algorithm>
#include <array>

namespace slipway::apps {

namespace {

constexpr std::string_view kDigits = "0123456789", kMark = "---", kBetween = "--";

bool is_letter_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

// A label of a host's name, of small letters.
bool is_label(std::string_view label) {
  const auto fits = [](char c) { return c == '-' || (is_letter_or_digit(c) && text::lower(c) == c); };
  return !label.empty() && label.front() != '-' && label.back() != '-' && std::ranges::all_of(label, fits);
}

// A name in an app's: words of letters and digits with single hyphens between them.
bool is_name(std::string_view name) {
  if (name.empty() || name.front() == '-' || name.back() == '-' || name.find(kBetween) != name.npos) return false;
  return std::ranges::all_of(name, [](char c) { return c == '-' || is_letter_or_digit(c); });
}

std::unexpected<Error> refused(std::string_view setting, std::string_view fault) {
  return fail(Code::invalid,
              fmt::format("\"{}\" {}: give the hosts of web apps as a pattern such as *.apps.example.com, or leave it out.", setting, fault));
}

// What makes `lower` no pattern; empty when it is one.
std::string fault_of(std::string_view lower) {
  if (lower.find("http:") != lower.npos || lower.find("https:") != lower.npos) return "must not contain a scheme";
  if (lower.starts_with('.') || lower.ends_with('.')) return "must not start or end with a period";
  if (lower.find('.') == lower.npos) return "must contain at least two labels/segments";
  if (std::ranges::count(lower, '*') != 1) return "must contain exactly one asterisk";
  if (lower.front() != '*') return "must only contain an asterisk at the beginning";
  if (const auto colon = lower.find(':'); colon != lower.npos) {
    if (text::number<std::uint16_t>(lower.substr(colon + 1)).value_or(0) == 0) return "contains an invalid port";
    lower = lower.substr(0, colon);
  }
  std::string first = "a";  // in place of the asterisk
  for (const auto label : text::split(lower.substr(1), '.')) {
    const std::string whole = first + std::string(label);
    if (!is_label(whole)) return fmt::format("contains invalid label \"{}\"", label);
    first.clear();
  }
  return {};
}

std::string_view without_port(std::string_view host) {
  const auto colon = host.rfind(':');
  if (colon == host.npos || colon + 1 == host.size() || host.find_first_not_of(kDigits, colon + 1) != host.npos) return host;
  return host.substr(0, colon);
}

}  // namespace

Result<Wildcard> Wildcard::parse(std::string_view setting) {
  const auto lower = text::lower(setting);
  if (const auto fault = fault_of(lower); !fault.empty()) return refused(setting, fault);
  Wildcard made;
  made.setting_ = setting;
  made.pattern_ = lower.substr(0, lower.find(':'));
  made.suffix_ = made.pattern_.substr(1);
  made.port_ = lower.substr(made.pattern_.size());
  return made;
}

std::optional<std::string> Wildcard::name_in(std::string_view host) const {
  const auto lower = text::lower(text::trim(host));
  auto rest = without_port(lower);
  if (rest.ends_with('.')) rest.remove_suffix(1);
  if (!rest.ends_with(suffix_)) return std::nullopt;
  rest.remove_suffix(suffix_.size());
  if (rest.empty() || rest.find('.') != rest.npos) return std::nullopt;
  return std::string(rest);
}

std::string Wildcard::host(std::string_view name) const { return std::string(name) + suffix_ + port_; }

std::string Wildcard::cookie_domain() const { return pattern_.substr(pattern_.find('.')); }

Wildcard Wildcard::with_port_of(std::string_view url) const {
  Wildcard made = *this;
  const auto parsed = net::parse_url(url);
  if (made.port_.empty() && parsed && parsed->port_given) made.port_ = fmt::format(":{}", parsed->port);
  return made;
}

std::optional<AppName> parse_name(std::string_view name) {
  AppName parsed;
  if (const auto mark = name.rfind(kMark); mark != name.npos) {
    parsed.prefix = name.substr(0, mark + kMark.size());
    name.remove_prefix(parsed.prefix.size());
  }
  if (parsed.prefix.find('.') != parsed.prefix.npos) return std::nullopt;
  const std::array<std::string*, 4> parts{&parsed.target, &parsed.agent, &parsed.workspace, &parsed.user};
  for (auto* part : parts) {
    const auto end = part == parts.back() ? name.npos : name.find(kBetween);
    *part = name.substr(0, end);
    if (!is_name(*part) || (end == name.npos && part != parts.back())) return std::nullopt;
    name.remove_prefix(end == name.npos ? name.size() : end + kBetween.size());
  }
  return parsed;
}

std::string print_name(const AppName& name) {
  return fmt::format("{}{}--{}--{}--{}", name.prefix, name.target, name.agent, name.workspace, name.user);
}

}  // namespace slipway::apps
