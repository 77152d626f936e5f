#include "cli/table.hpp"

#include <cstdio>

#include "base/text.hpp"
#include "cli/command.hpp"
#include "cli/print.hpp"
#include "cli/terminal.hpp"

namespace slipway::cli {
namespace {

// The code point at `at`, which moves behind it; malformed bytes count as one each.
char32_t next_point(std::string_view text, std::size_t& at) {
  const auto lead = static_cast<unsigned char>(text[at++]);
  const int more = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : lead >= 0xc0 ? 1 : 0;
  char32_t point = more == 3 ? lead & 0x07 : more == 2 ? lead & 0x0f : more == 1 ? lead & 0x1f : lead;
  for (int i = 0; i < more && at < text.size() && (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80; ++i)
    point = point << 6 | (static_cast<unsigned char>(text[at++]) & 0x3f);
  return point;
}

bool is_wide(char32_t c) {
  return (c >= 0x1100 && c <= 0x115f) || (c >= 0x2e80 && c <= 0xa4cf) || (c >= 0xac00 && c <= 0xd7a3) || (c >= 0xf900 && c <= 0xfaff) ||
         (c >= 0xfe30 && c <= 0xfe6f) || (c >= 0xff00 && c <= 0xff60) || (c >= 0x1f300 && c <= 0x1faff);
}

// "Last built", "last_built" and "last-built" are one column.
std::string folded(std::string_view name) {
  std::string out;
  for (char c : name)
    if (c != '_' && c != '-' && c != ' ') out += text::lower(c);
  return out;
}

std::string heading(std::string_view name) {
  std::string out;
  for (char c : name) out += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return out;
}

}  // namespace

void TableFlags::add_to(Command& command, std::string_view all_columns) {
  command.option("-o,--output", output, "How to print: table or json");
  command.option("-c,--column", columns, fmt::format("Columns of the table, separated by commas: {}", all_columns));
}

Table::Table(std::vector<std::string> columns, std::size_t shown) : columns_(std::move(columns)), shown_(std::min(shown, columns_.size())) {}

void Table::add(std::vector<std::string> row) {
  for (auto& cell : row) cell = harmless(cell, true);
  row.resize(columns_.size());
  rows_.push_back(std::move(row));
}

Result<std::string> Table::text(const std::vector<std::string>& wanted) const {
  std::vector<std::size_t> picked;
  for (const auto& list : wanted) {
    for (const auto name : text::split(list, ',')) {
      const auto found = std::ranges::find(columns_, folded(name), [](const auto& column) { return folded(column); });
      if (found == columns_.end())
        return fail_field(fmt::format("There is no column \"{}\".", name), "column", fmt::format("is one of: {}", fmt::join(columns_, ", ")));
      picked.push_back(static_cast<std::size_t>(found - columns_.begin()));
    }
  }
  for (std::size_t i = 0; wanted.empty() && i < shown_; ++i) picked.push_back(i);

  std::vector<std::size_t> widths;
  for (const auto column : picked) {
    std::size_t width = display_width(columns_[column]);
    for (const auto& row : rows_) width = std::max(width, display_width(row[column]));
    widths.push_back(width);
  }
  std::string out;
  const auto line = [&](auto cell) {
    for (std::size_t i = 0; i < picked.size(); ++i) {
      const std::string text = cell(picked[i]);
      out += text;
      if (i + 1 < picked.size()) out.append(widths[i] + 2 - display_width(text), ' ');
    }
    while (out.ends_with(' ')) out.pop_back();
    out += '\n';
  };
  line([&](std::size_t column) { return on_stdout(Colour::bold, heading(columns_[column])); });
  for (const auto& row : rows_) line([&](std::size_t column) { return row[column]; });
  return out;
}

Result<int> Table::print(const TableFlags& flags, std::string_view json, std::string_view none) const {
  if (flags.output == "json") {
    print_json(json);
    return 0;
  }
  if (flags.output != "table") return fail_field("There is no such output.", "output", "is one of: table, json");
  TRY(text, this->text(flags.columns));
  if (rows_.empty())
    tell("{}\n", none);
  else
    cli::print("{}", text);
  return 0;
}

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] == '\x1b') {
      const auto end = text.find('m', i);
      i = end == std::string_view::npos ? text.size() : end + 1;
      continue;
    }
    const char32_t point = next_point(text, i);
    const bool combining = (point >= 0x300 && point <= 0x36f) || point == 0x200d || (point >= 0xfe00 && point <= 0xfe0f);
    width += combining ? 0 : is_wide(point) ? 2 : 1;
  }
  return width;
}

std::string ago(Time then, Time now) {
  if (then <= kUnsetTime) return "never";
  const auto past = std::chrono::duration_cast<Milliseconds>(now - then);
  if (past < Seconds(1)) return "now";
  return duration(std::chrono::duration_cast<Seconds>(past)) + " ago";
}

std::string duration(Milliseconds span) {
  const auto ms = span.count();
  if (ms < 0) return "-" + duration(-span);
  if (ms < 1000) return fmt::format("{}ms", ms);
  const auto s = ms / 1000;
  if (s < 60) return ms % 1000 ? fmt::format("{:.1f}s", static_cast<double>(ms / 100) / 10) : fmt::format("{}s", s);
  if (s < 3600) return fmt::format("{}m{}s", s / 60, s % 60);
  if (s < 86400) return fmt::format("{}h{}m", s / 3600, s / 60 % 60);
  return fmt::format("{}d{}h", s / 86400, s / 3600 % 24);
}

}  // namespace slipway::cli
