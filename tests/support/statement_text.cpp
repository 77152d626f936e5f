#include "support/statement_text.hpp"

#include <fstream>
#include <iterator>

namespace slipway::test {

std::string statement_text(const std::string& feature, const std::string& name) {
  std::ifstream in(SLIPWAY_TEST_SOURCE "/src/features/" + feature + "/gen/" + feature + "_sql.cpp");
  const std::string text(std::istreambuf_iterator<char>(in), {});
  const auto begin = text.find("\"" + feature + "." + name + "\", R\"sql(");
  return begin == std::string::npos ? std::string() : text.substr(begin, text.find(")sql\"", begin) - begin);
}

}  // namespace slipway::test
