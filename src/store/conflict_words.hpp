// What callers are told when what they want is taken: each feature says it of its unique constraints, beside its tables, on lines
// `-- conflict: CONSTRAINT (field): sentence` of its .sql; tools/sqlgen collects them.
#pragma once

#include <span>
#include <string_view>

namespace slipway::store {

struct ConflictWords {
  std::string_view constraint, field, say;  // field: of the form; empty where it is about none
};

std::span<const ConflictWords> conflict_words();

}  // namespace slipway::store
