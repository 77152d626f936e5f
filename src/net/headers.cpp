#include "net/headers.hpp"

#include "base/text.hpp"

#include <cstring>

namespace slipway::net {

namespace {

std::string_view trim(std::string_view text) { return text::trim(text, " \t"); }

bool is_control(char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f; }

}  // namespace

bool iequals(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (a[i] != b[i] && text::lower(a[i]) != text::lower(b[i])) return false;
  return true;
}

Headers::Headers(std::initializer_list<std::pair<std::string_view, std::string_view>> fields) {
  for (const auto& [name, value] : fields) add(name, value);
}

std::pair<std::string_view, std::string_view> Headers::at(std::size_t index) const {
  const Field& field = fields_.at(index);
  const std::string_view text = text_;
  return {text.substr(field.at, field.name), text.substr(field.at + field.name + 2, field.value)};
}

std::optional<std::string_view> Headers::find(std::string_view name) const {
  for (std::size_t i = 0; i < fields_.size(); ++i)
    if (fields_[i].name == name.size() && iequals(at(i).first, name)) return at(i).second;
  return std::nullopt;
}

std::string_view Headers::get(std::string_view name) const { return find(name).value_or(std::string_view()); }

std::vector<std::string_view> Headers::all(std::string_view name) const {
  std::vector<std::string_view> values;
  for (std::size_t i = 0; i < fields_.size(); ++i)
    if (iequals(at(i).first, name)) values.push_back(at(i).second);
  return values;
}

std::size_t Headers::count(std::string_view name) const {
  std::size_t found = 0;
  for (std::size_t i = 0; i < fields_.size(); ++i) found += iequals(at(i).first, name) ? 1 : 0;
  return found;
}

bool Headers::lists(std::string_view name, std::string_view token) const {
  for (std::size_t i = 0; i < fields_.size(); ++i) {
    auto [field, value] = at(i);
    if (!iequals(field, name)) continue;
    while (!value.empty()) {
      const std::size_t comma = std::min(value.find(','), value.size());
      if (iequals(trim(value.substr(0, comma)), token)) return true;
      value.remove_prefix(std::min(comma + 1, value.size()));
    }
  }
  return false;
}

void Headers::add(std::string_view name, std::string_view value) {
  value = trim(value);
  const std::size_t start = text_.size(), grown = start + name.size() + value.size() + 4;
  // `value` may be a view into text_: the old string must outlive the copy.
  std::string old;
  if (grown > text_.capacity()) {
    old = std::move(text_);
    text_.clear();
    text_.reserve(std::max(grown, old.size() * 2));
    text_.append(old);
  }
  text_.append(name).append(": ").append(value).append("\r\n");
  for (std::size_t i = start; i < text_.size() - 2; ++i)
    if (is_control(text_[i])) text_[i] = ' ';
  fields_.push_back({static_cast<std::uint32_t>(start), static_cast<std::uint32_t>(name.size()), static_cast<std::uint32_t>(value.size())});
}

void Headers::set(std::string_view name, std::string_view value) {
  const std::string keep_name(name), keep_value(value);
  remove(keep_name);
  add(keep_name, keep_value);
}

void Headers::remove(std::string_view name) {
  const std::string keep(name);
  for (std::size_t i = 0; i < fields_.size();) {
    if (!iequals(at(i).first, keep)) {
      ++i;
      continue;
    }
    const auto gone = static_cast<std::uint32_t>(end_of(fields_[i]) - fields_[i].at);
    text_.erase(fields_[i].at, gone);
    fields_.erase(fields_.begin() + static_cast<std::ptrdiff_t>(i));
    for (std::size_t later = i; later < fields_.size(); ++later) fields_[later].at -= gone;
  }
}

void Headers::clear() {
  text_.clear();
  fields_.clear();
}

}  // namespace slipway::net
