// Markdown as plain text, for where nothing renders it. Pure.
#pragma once

#include <string>
#include <string_view>

namespace slipway::formats {

// Without its marks: headings, quotes, fences, emphasis, code. A link and a picture become "text (address)".
std::string plain_of_markdown(std::string_view text);

}  // namespace slipway::formats
