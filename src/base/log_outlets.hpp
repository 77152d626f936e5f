// Where the log goes and what more of it is wanted, for programs that are told. Everything else writes by log.hpp.
#pragma once

#include "base/result.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace slipway::log {

// Paths of files that are written to, each in its form; /dev/stdout, /dev/stderr and /dev/null are those. Empty: not wanted.
struct Outlets {
  std::string human, json, stackdriver;
};
// Standard error, in the form that setup() chose, stays one of them unless `human` is given or another goes there. Files are closed to
// others. Before anybody else writes. Errors: invalid, naming the file that cannot be written; then nothing has changed.
Result<void> write_to(const Outlets& outlets);

// Opens each of these files anew, by its path: whoever moves one away has the next line in a new one. Any thread; blocks. Errors: invalid,
// naming the files that cannot be opened; lines go on to the old ones then.
Result<void> reopen();

// Lines of the level debug are written besides, whatever the least level, when their message is wanted. Null: none is. Any thread.
void let_through(std::function<bool(std::string_view message)> wanted);

}  // namespace slipway::log
