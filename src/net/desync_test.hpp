// For tests: the requests of tests/desync/requests.txt, as the bytes that are sent.
#pragma once

#include "base/text.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

namespace slipway::test {

struct Desync {
  std::string name;
  bool refused = false;  // else the app hears this one request
  std::string bytes;
};

// What stands in for {path}, {host} and {auth}.
struct DesyncPlace {
  std::string path, host, auth;
};

class DesyncFile {
 public:
  explicit DesyncFile(DesyncPlace place) : place_(std::move(place)) {}

  std::vector<Desync> read() const {
    std::ifstream in(SLIPWAY_SOURCE_DIR "/tests/desync/requests.txt");
    EXPECT_TRUE(in.good());
    std::vector<Desync> all;
    for (std::string line; std::getline(in, line);) {
      if (line.empty() || line.starts_with('#')) continue;
      if (!line.starts_with('[')) {
        all.back().bytes += line;
        continue;
      }
      const auto end = line.find(']');
      all.push_back({.name = line.substr(1, end - 1), .refused = line.substr(end + 2) == "refused"});
    }
    for (auto& one : all) one.bytes = measured(unescaped(one.bytes));
    return all;
  }

 private:
  std::string unescaped(const std::string& text) const {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
      const auto named = [&](std::string_view name) { return std::string_view(text).substr(i).starts_with(name); };
      const auto put = [&](std::string_view name, const std::string& bytes) {
        out += bytes;
        i += name.size() - 1;
      };
      if (named("{path}"))
        put("{path}", place_.path);
      else if (named("{host}"))
        put("{host}", place_.host);
      else if (named("{auth}"))
        put("{auth}", place_.auth);
      else if (named("\\r"))
        put("\\r", "\r");
      else if (named("\\n"))
        put("\\n", "\n");
      else if (named("\\t"))
        put("\\t", "\t");
      else if (named("\\0"))
        put("\\0", std::string(1, '\0'));
      else if (named("\\x"))
        put("\\x00", std::string(1, static_cast<char>(text::number<unsigned>(std::string_view(text).substr(i + 2, 2), 16).value_or(0))));
      else
        out += text[i];
    }
    return out;
  }

  static std::string measured(std::string text) {
    if (const auto rest = text.find("{rest:}"); rest != text.npos) {
      text.erase(rest, 7);
      const auto size = std::to_string(text.size() - rest);
      text.replace(text.find("{rest}"), 6, size);
    }
    if (const auto from = text.find("{size:}"); from != text.npos) {
      text.erase(from, 7);
      const auto to = text.find("{:size}");
      text.erase(to, 7);
      text.replace(text.find("{size}"), 6, fmt::format("{:x}", to - from));
    }
    return text;
  }

  DesyncPlace place_;
};

}  // namespace slipway::test
