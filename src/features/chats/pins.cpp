#include "features/chats/pins.hpp"

#include <algorithm>

namespace slipway::chats {

std::vector<ChatId> pinned_anew(std::vector<ChatId> pinned, ChatId chat, std::int64_t wanted) {
  const bool was_in = std::erase(pinned, chat) > 0;
  if (wanted == 0) return pinned;
  const auto last = static_cast<std::int64_t>(pinned.size());
  pinned.insert(pinned.begin() + (was_in ? std::min(wanted - 1, last) : last), chat);
  return pinned;
}

}  // namespace slipway::chats
