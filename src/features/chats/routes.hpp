// The routes of this feature, part by part: under /api/v2/chats, and under /api/experimental/chats for clients of before it.
#pragma once

#include "features/chats/chats.hpp"
#include "features/chats/objects.hpp"

namespace slipway::chats {

inline constexpr std::string_view kPrefixes[] = {"/api/v2/chats", "/api/experimental/chats"};

inline constexpr std::size_t kMostBody = 256 << 10;  // of a request that says something

// The chat of the path. Errors: 400 for what is no id, 404 for what the caller may not read.
Task<Result<sql::Chat>> find(http::Call& call);

// The workspace that a chat in this organization is to be about. Errors: the caller may not enter it, or it is another organization's.
Task<Result<void>> judge_workspace(store::Store& store, WorkspaceId workspace, OrganizationId organization);
Result<void> judge_workspace(store::Store& store, const std::optional<sql::Named>& workspace, OrganizationId organization);

void add_creation(http::Routes& routes, std::string_view prefix, News& news, Limits& limits);
void add_changes(http::Routes& routes, std::string_view prefix, News& news);
void add_messages(http::Routes& routes, std::string_view prefix, News& news);
void add_streams(http::Routes& routes, std::string_view prefix, News& news, http::Authenticator& authenticator);
void add_watching(http::Routes& routes, std::string_view prefix, News& news, http::Authenticator& authenticator);
void add_retention(http::Routes& routes, std::string_view prefix);

}  // namespace slipway::chats
