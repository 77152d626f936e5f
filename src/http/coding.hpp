// Content codings (RFC 9110 §8.4, §12.5.3): which one a caller takes, and gzip itself. Which answers are coded at all is said by
// packing.hpp and by whoever serves files. Pure.
#pragma once

#include "base/result.hpp"
#include "net/headers.hpp"

#include <span>
#include <string>
#include <string_view>

namespace slipway::http {

enum class Coding { plain, gzip, brotli };
// As Content-Encoding spells it; empty for plain.
std::string_view name_of(Coding coding);

// What the caller likes best of `ours`, and of equals the first; plain when it takes none of them, says nothing, or likes plain better.
Coding choose_coding(const net::Headers& asked, std::span<const Coding> ours);

// `apart`: pieces of `text`, in order, that are stored as they are and that nothing else is compressed against: what the length tells
// does not depend on them.
std::string gzip(std::string_view text, std::span<const std::string_view> apart = {});
// Errors: internal, for what gzip() did not make.
Result<std::string> gunzip(std::string_view packed);

}  // namespace slipway::http
