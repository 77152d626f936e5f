// One permission, and sets of them as bits: what roles and scopes are made of.
#pragma once

#include "rbac/actions.hpp"

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace slipway::rbac {

struct Permission {
  bool negate = false;
  Resource type = Resource::unknown;  // any = "*"; unknown matches nothing: the type is gone since it was stored
  Action action = Action::unknown;

  bool operator==(const Permission&) const = default;
};
using Permissions = std::vector<Permission>;

// Whether the permission speaks about this type and action at all, whatever its sign.
constexpr bool matches(const Permission& p, Resource type, Action action) {
  return (p.type == Resource::any || (p.type == type && type != Resource::unknown)) &&
         (p.action == Action::any || (p.action == action && action != Action::unknown));
}

// "workspace:read", "!workspace:share", "file:*".
std::string to_text(const Permission& permission);

// A set of numbered pairs.
struct PairSet {
  std::array<std::uint64_t, 4> words{};

  constexpr bool has(unsigned pair) const { return (words[pair >> 6] >> (pair & 63)) & 1; }
  constexpr void add(unsigned pair) { words[pair >> 6] |= std::uint64_t{1} << (pair & 63); }
  constexpr PairSet& operator|=(const PairSet& other) {
    for (std::size_t i = 0; i < words.size(); ++i) words[i] |= other.words[i];
    return *this;
  }
  constexpr PairSet& operator&=(const PairSet& other) {
    for (std::size_t i = 0; i < words.size(); ++i) words[i] &= other.words[i];
    return *this;
  }
  constexpr PairSet without(const PairSet& other) const {
    auto left = *this;
    for (std::size_t i = 0; i < words.size(); ++i) left.words[i] &= ~other.words[i];
    return left;
  }
  bool operator==(const PairSet&) const = default;
};

// The pooled permissions of one level. A pair's vote is -1 if denied, else +1 if allowed, else 0.
struct LevelMask {
  PairSet allow;
  PairSet deny;

  constexpr int vote(unsigned pair) const { return deny.has(pair) ? -1 : (allow.has(pair) ? 1 : 0); }
  constexpr LevelMask& operator|=(const LevelMask& other) {
    allow |= other.allow;
    deny |= other.deny;
    return *this;
  }
};

LevelMask mask_of(std::span<const Permission> permissions);

}  // namespace slipway::rbac
