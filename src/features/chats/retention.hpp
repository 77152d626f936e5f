// How long chats are kept that are archived: a number of days that administrators say, and the loop that deletes what is older.
#pragma once

#include "features/chats/news.hpp"
#include "http/home.hpp"

namespace slipway::chats {

inline constexpr std::int64_t kRetentionDays = 30, kMostRetentionDays = 3650;  // 0: for ever

// What is archived for longer than the deployment says, and what deleted people have left, at most so many with each statement; how many went.
// Errors: of the database.
Task<Result<std::int64_t>> purge(store::Db& db, News& news, std::int32_t most);
// Every ten minutes; runs until cancelled.
Task<void> keep_purged(http::Home& home, News& news);

}  // namespace slipway::chats
