#include "server/setting.hpp"

#include "api/json.hpp"

#include <charconv>

namespace slipway::server {

Set text(std::string& to) {
  return [&to](const std::string& value) { return to = value, true; };
}
Set list(std::vector<std::string>& to) {
  return [&to](const std::string& value) {
    to.clear();
    for (std::size_t at = 0; at <= value.size();) {
      const auto comma = std::min(value.find(',', at), value.size());
      if (comma > at) to.push_back(value.substr(at, comma - at));
      at = comma + 1;
    }
    return true;
  };
}
Set number(std::int64_t& to) {
  return [&to](const std::string& value) {
    const auto [end, fault] = std::from_chars(value.data(), value.data() + value.size(), to);
    return fault == std::errc() && end == value.data() + value.size() && to >= 0;
  };
}
Set flag(bool& to) {
  return [&to](const std::string& value) {
    to = value == "true" || value == "1" || value.empty();
    return to || value == "false" || value == "0";
  };
}
Set duration(Seconds& to) {
  return [&to](const std::string& value) {
    Seconds sum{0};
    std::int64_t digits = -1;
    for (char c : value) {
      if (c >= '0' && c <= '9') {
        digits = (digits < 0 ? 0 : digits) * 10 + (c - '0');
        if (digits > 1000000000) return false;
        continue;
      }
      const std::int64_t unit = c == 's' ? 1 : c == 'm' ? 60 : c == 'h' ? 3600 : c == 'd' ? 86400 : 0;
      if (unit == 0 || digits < 0) return false;
      sum += Seconds(digits * unit);
      digits = -1;
    }
    to = sum;
    return digits < 0 && !value.empty();
  };
}
Set secret(Secret& to) {
  return [&to](const std::string& value) { return to = Secret(value), true; };
}
Set format(log::Format& to) {
  return [&to](const std::string& value) {
    to = value == "json" ? log::Format::json : value == "human" ? log::Format::human : log::Format::automatic;
    return value == "json" || value == "human" || value == "auto";
  };
}
namespace {

template <class T>
Set json(T& to) {
  return [&to](const std::string& value) {
    auto read = api::from_json<T>(value);
    if (read) to = std::move(*read);
    return read.has_value();
  };
}

}  // namespace

Set object(std::map<std::string, std::string>& to) { return json(to); }
Set lists(std::map<std::string, std::vector<std::string>>& to) { return json(to); }

}  // namespace slipway::server
