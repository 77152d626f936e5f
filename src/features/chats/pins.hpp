// The order of a person's pinned chats.
#pragma once

#include "base/ids.hpp"

#include <cstdint>
#include <vector>

namespace slipway::chats {

// A chat's place among those pinned is 1 to n: `wanted` 0 takes it out, anything above moves one that is in to that place, the last at most,
// and puts one that is not at the end.
std::vector<ChatId> pinned_anew(std::vector<ChatId> pinned, ChatId chat, std::int64_t wanted);

}  // namespace slipway::chats
