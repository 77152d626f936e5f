// For tests: what a generated statement asks of the database, as its file says.
#pragma once

#include <string>

namespace slipway::test {

// The text of statement `name` of a feature; empty when there is none.
std::string statement_text(const std::string& feature, const std::string& name);

}  // namespace slipway::test
