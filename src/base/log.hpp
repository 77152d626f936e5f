// The log: one line an event, human on a terminal, JSON otherwise, and never a secret. Only log.cpp knows the library.
// Fields are strings made by the caller; a Secret has no conversion to one, so it cannot get here.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace slipway::log {

enum class Level { debug, info, warn, error };
enum class Format { automatic, human, json };

using Field = std::pair<std::string_view, std::string>;

void setup(Format format, Level least);
// Writes every line to that file too, which is rotated at `most` bytes with `backups` old ones kept. False when it cannot be opened.
bool also_to_file(const std::string& path, std::size_t most, std::size_t backups);
bool enabled(Level level);
void write(Level level, std::string_view message, std::initializer_list<Field> fields = {});

inline void debug(std::string_view m, std::initializer_list<Field> f = {}) { write(Level::debug, m, f); }
inline void info(std::string_view m, std::initializer_list<Field> f = {}) { write(Level::info, m, f); }
inline void warn(std::string_view m, std::initializer_list<Field> f = {}) { write(Level::warn, m, f); }
inline void error(std::string_view m, std::initializer_list<Field> f = {}) { write(Level::error, m, f); }

}  // namespace slipway::log
