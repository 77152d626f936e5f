#include "pg/params.hpp"

namespace slipway::pg {

std::int64_t Params::begin_of(std::size_t i) const {
  while (i > 0) {
    if (ends_[--i] != kNull) return ends_[i];
  }
  return 0;
}

}  // namespace slipway::pg
