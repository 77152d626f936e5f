// What a person may have meant by a word that is none of ours. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace slipway::cli {

// Those of `known` that `word` is a slip of the fingers away from, or the beginning of; the nearest first.
std::vector<std::string> nearest(std::string_view word, const std::vector<std::string>& known);

}  // namespace slipway::cli
