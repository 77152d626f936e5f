// UTF-8 as RFC 3629 has it: shortest forms only, no surrogates, nothing beyond U+10FFFF. A NUL is a character; "clean" text has none,
// because PostgreSQL takes none.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace slipway::utf8 {

inline constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

// How many bytes the character at the start of `text` has; 0 where there is none.
std::size_t character(std::string_view text);
bool is_valid(std::string_view text);
// Takes the first character off `text`, which must not be empty: U+FFFD for a NUL and for each byte that is no part of a character.
std::string_view take_clean(std::string_view& text);
// All of it, as take_clean gives it.
std::string clean(std::string_view text);
// The longest beginning of at most `most` bytes that does not end inside a character.
std::string_view cut(std::string_view text, std::size_t most);

}  // namespace slipway::utf8
