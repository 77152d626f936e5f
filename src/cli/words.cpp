#include "cli/words.hpp"

#include <algorithm>
#include <numeric>

namespace slipway::cli {
namespace {

// Letters put in, left out, changed, or swapped with their neighbour, to make one of the other.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), row(b.size() + 1), next(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    next[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      next[j] = std::min({row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) next[j] = std::min(next[j], before[j - 2] + 1);
    }
    before = std::exchange(row, next);
  }
  return row[b.size()];
}

}  // namespace

std::vector<std::string> nearest(std::string_view word, const std::vector<std::string>& known) {
  std::vector<std::pair<std::size_t, std::string>> found;
  const std::size_t most = word.size() < 4 ? 1 : word.size() < 8 ? 2 : 3;
  for (const auto& one : known) {
    const bool begins = word.size() > 1 && one.starts_with(word);
    const auto far = begins ? 1 : distance(word, one);
    if (far <= most) found.emplace_back(far, one);
  }
  std::ranges::sort(found);
  std::vector<std::string> out;
  for (auto& [far, one] : found)
    if (far == found.front().first && std::ranges::find(out, one) == out.end()) out.push_back(std::move(one));
  return out;
}

}  // namespace slipway::cli
