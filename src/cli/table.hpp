// Results for people (aligned columns) and for programs (the API's own JSON).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace slipway::cli {

class Command;

// The flags every listing command has: --output, --column.
struct TableFlags {
  std::string output = "table";
  std::vector<std::string> columns;

  void add_to(Command& command, std::string_view all_columns);
};

class Table {
 public:
  // `shown` says how many of the columns are printed when nobody asks for others.
  explicit Table(std::vector<std::string> columns, std::size_t shown = 99);
  void add(std::vector<std::string> row);

  // Aligned, headings in capitals. Errors: invalid for a column that there is not.
  Result<std::string> text(const std::vector<std::string>& wanted = {}) const;
  // To stdout: the table, or `json` when --output says so; `none` instead of an empty table (to stderr).
  Result<int> print(const TableFlags& flags, std::string_view json, std::string_view none) const;

 private:
  std::vector<std::string> columns_;
  std::size_t shown_;
  std::vector<std::vector<std::string>> rows_;
};

// Columns that a text takes on a terminal: code points without combining marks, wide ones counted twice, colours not.
std::size_t display_width(std::string_view text);

// "3m ago", "2d ago", "never" for an unset time.
std::string ago(Time then, Time now);
// "1.2s", "3m4s", "2h5m", "3d4h".
std::string duration(Milliseconds span);

}  // namespace slipway::cli
