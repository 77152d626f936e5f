#include "pg/url_file.hpp"

#include <fmt/format.h>

#include <fstream>
#include <iterator>
#include <string_view>

namespace slipway::pg {

namespace {

constexpr std::string_view kFile = "file:";

}  // namespace

std::string url_in_file(const std::string& path) { return std::string(kFile) + path; }

Result<std::string> url_now(const std::string& url) {
  if (!url.starts_with(kFile)) return url;
  const auto path = url.substr(kFile.size());
  std::ifstream in(path, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(in)), {});
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  if (!text.empty()) return text;
  auto refused = fail(Code::unavailable, "PostgreSQL cannot be reached.");
  refused.error().why = fmt::format("{} cannot be read or is empty: it should hold the URL", path);
  return refused;
}

}  // namespace slipway::pg
