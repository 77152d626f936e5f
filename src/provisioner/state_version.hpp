// Which of two Terraform states is the newer one. home: any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace slipway::provisioner {

struct StateVersion {
  std::int64_t serial = -1;  // -1: it could not be read
  std::string lineage;
  bool empty = true;  // nothing exists in it

  // Whether this one was written after `other`, in the same line of states; any that can be read comes after one that cannot.
  bool follows(const StateVersion& other) const { return serial > other.serial && (other.serial < 0 || lineage == other.lineage); }
};

// Of a plain state; nothing is known of a text that is none. Slow for a large one: on a pool.
StateVersion state_version(std::string_view plain);
// The same of a packed one.
StateVersion packed_state_version(std::string_view packed);

}  // namespace slipway::provisioner
