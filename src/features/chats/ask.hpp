// What people ask of chats, judged by itself: no store, no clock. The order of the checks is part of the contract.
#pragma once

#include "api/gen/chats.hpp"

namespace slipway::chats {

using Parts = std::vector<api::ChatInputPart>;
using Labels = std::map<std::string, std::string>;

inline constexpr std::size_t kMostParts = 100, kMostPrompt = 10'000, kMostLabels = 50, kMostTools = 250, kMostTitle = 200;

// Errors: there is nothing in it, too much, or a part that cannot be kept, which the detail names.
Result<void> check_content(const Parts& parts);
// There is no model, and so none to choose.
Result<void> check_model(const std::optional<Uuid>& config);
Result<void> check_plan_mode(const std::optional<std::string>& mode);
Result<void> check_labels(const std::optional<Labels>& labels);
// What a new chat says, in its order: words first, then (once the workspace was looked at) choices.
Result<void> check_words(const api::CreateChatRequest& ask);
Result<void> check_choices(const api::CreateChatRequest& ask);
// Nothing in the header: nothing to check.
Result<void> check_key(const std::optional<std::string>& key);

// The title of a chat that has none: the first words of what was said.
std::string title_of(const Parts& parts);
// As it is stored, and as it is answered.
std::vector<api::ChatMessagePart> kept(const Parts& parts);
// What whoever begins a chat should know: that nobody answers, and which of their wishes are not kept.
std::vector<std::string> warnings_of(const api::CreateChatRequest& ask);

}  // namespace slipway::chats
