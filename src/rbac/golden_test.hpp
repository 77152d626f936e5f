// Compares a text with tests/golden/<name>. SLIPWAY_GOLDEN=write rewrites the file instead; the change is part of the review.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace slipway::rbac {

inline std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

// Removed and added lines, in order; enough for texts whose lines are distinct.
inline std::string difference(const std::string& recorded, const std::string& now) {
  auto before = lines_of(recorded), after = lines_of(now);
  std::set<std::string> in_before(before.begin(), before.end()), in_after(after.begin(), after.end());
  std::string out;
  for (const auto& line : before)
    if (!in_after.contains(line)) out += "- " + line + "\n";
  for (const auto& line : after)
    if (!in_before.contains(line)) out += "+ " + line + "\n";
  return out;
}

inline void expect_golden(const std::string& name, const std::string& text) {
  auto path = std::string(SLIPWAY_SOURCE_DIR) + "/tests/golden/" + name;
  const char* mode = std::getenv("SLIPWAY_GOLDEN");
  if (mode && std::string_view(mode) == "write") {
    std::ofstream(path) << text;
    return;
  }
  std::stringstream recorded;
  recorded << std::ifstream(path).rdbuf();
  EXPECT_TRUE(recorded.str() == text) << path << " differs; if the change is meant, run with SLIPWAY_GOLDEN=write\n"
                                      << difference(recorded.str(), text);
}

}  // namespace slipway::rbac
