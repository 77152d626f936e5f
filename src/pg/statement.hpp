// A named SQL statement: a constant made by the generator. It is prepared once per connection, when first used there.
#pragma once

#include <cstdint>
#include <span>

namespace slipway::pg {

struct Statement {
  const char* name;                                // unique in the process and lasting as long; "" is never kept prepared
  const char* text;                                // with $1, $2 ...
  std::span<const std::uint32_t> parameter_types;  // type OIDs; 0 lets the server infer (enums); empty: infer all
  int index = -1;                                  // the generator's number, for coverage; pg does not use it
};

// Calls `observer` with each statement that is about to be sent, on the sending thread; null switches it off. For the test
// run's list of executed statements.
void observe_statements(void (*observer)(const Statement&));

}  // namespace slipway::pg
