#include "features/chats/ask.hpp"

#include "base/text.hpp"
#include "base/utf8.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace slipway::chats {

namespace {

constexpr std::size_t kTitleWords = 6, kMostDrawnTitle = 80, kMostLabelKey = 64, kMostLabelValue = 256, kMostKey = 255;

constexpr bool is_letter_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

// What is wrong with it; empty: nothing.
std::string fault_of(const api::ChatInputPart& part, std::size_t at) {
  const auto field = fmt::format("content[{}]", at);
  if (part.type == "text") return text::trim(part.text.value_or("")).empty() ? field + ".text cannot be empty." : "";
  if (part.type == "file") {
    if (!part.file_id || part.file_id->is_nil()) return field + ".file_id is required for file parts.";
    return field + ".file_id references a file that does not exist.";  // none can be handed in
  }
  if (part.type == "file-reference")
    return text::trim(part.file_name.value_or("")).empty() ? field + ".file_name cannot be empty for file-reference." : "";
  return fmt::format("{}.type \"{}\" is not supported.", field, part.type);
}

bool is_label_key(std::string_view key) {
  if (key.empty() || key.size() > kMostLabelKey || !is_letter_or_digit(key.front())) return false;
  return std::ranges::all_of(key, [](char c) { return is_letter_or_digit(c) || std::string_view("._/-").contains(c); });
}

// At most so many characters of it.
std::string cut(std::string_view text, std::size_t most) {
  std::size_t at = 0;
  for (std::size_t i = 0; i < most && at < text.size(); ++i) at += std::max<std::size_t>(utf8::character(text.substr(at)), 1);
  return std::string(text.substr(0, at));
}

}  // namespace

Result<void> check_content(const Parts& parts) {
  if (parts.empty()) return fail(Code::invalid, "Content is required.", "Content cannot be empty.");
  if (parts.size() > kMostParts)
    return fail(Code::invalid, "Too many content parts.", fmt::format("{} were sent, and {} is the most.", parts.size(), kMostParts));
  for (std::size_t i = 0; i < parts.size(); ++i)
    if (auto fault = fault_of(parts[i], i); !fault.empty()) return fail(Code::invalid, "Invalid input part.", std::move(fault));
  return {};
}

Result<void> check_model(const std::optional<Uuid>& config) {
  if (config) return fail(Code::invalid, "Invalid model config ID.");
  return {};
}

Result<void> check_plan_mode(const std::optional<std::string>& mode) {
  if (mode && !api::ChatPlanMode::is_known(*mode)) return fail(Code::invalid, "Invalid plan_mode value.");
  return {};
}

Result<void> check_labels(const std::optional<Labels>& labels) {
  Error error{.code = Code::invalid, .say = "Invalid labels."};
  const auto wrong = [&error](std::string detail) { error.fields.push_back({"labels", std::move(detail)}); };
  if (labels && labels->size() > kMostLabels) wrong(fmt::format("{} labels were sent, and {} is the most.", labels->size(), kMostLabels));
  for (const auto& [key, value] : labels.value_or(Labels())) {
    if (!is_label_key(key))
      wrong(fmt::format("The key \"{}\" must have 1 to {} letters, digits, '.', '_', '/' and '-', and begin with a letter or digit.",
                        utf8::clean(utf8::cut(key, kMostLabelKey)), kMostLabelKey));
    else if (value.empty() || value.size() > kMostLabelValue)
      wrong(fmt::format("The value of \"{}\" must have 1 to {} bytes.", key, kMostLabelValue));
  }
  if (error.fields.empty()) return {};
  return std::unexpected(std::move(error));
}

Result<void> check_words(const api::CreateChatRequest& ask) {
  TRY_OK(check_content(ask.content));
  if (ask.system_prompt && ask.system_prompt->size() > kMostPrompt)
    return fail(Code::invalid, "System prompt exceeds maximum length.",
                fmt::format("It has {} bytes, and {} is the most.", ask.system_prompt->size(), kMostPrompt));
  return {};
}

Result<void> check_choices(const api::CreateChatRequest& ask) {
  TRY_OK(check_model(ask.model_config_id));
  TRY_OK(check_plan_mode(ask.plan_mode));
  if (ask.mcp_server_ids && !ask.mcp_server_ids->empty()) {
    std::vector<std::string> ids;
    for (const auto& id : *ask.mcp_server_ids) ids.push_back(id.str());
    return fail(Code::invalid, "One or more MCP server IDs are invalid or disabled.", "Invalid IDs: " + text::joined(ids, ", "));
  }
  TRY_OK(check_labels(ask.labels));
  if (ask.unsafe_dynamic_tools && ask.unsafe_dynamic_tools->size() > kMostTools)
    return fail(Code::invalid, "Too many dynamic tools.",
                fmt::format("{} were sent, and {} is the most.", ask.unsafe_dynamic_tools->size(), kMostTools));
  if (const auto type = ask.client_type.value_or(""); !type.empty() && !api::ChatClientType::is_known(type))
    return fail(Code::invalid, "Invalid client_type.");
  if (ask.orchestrator.value_or(false)) return fail(Code::invalid, "Orchestrator chats are not available on this deployment.");
  return {};
}

Result<void> check_key(const std::optional<std::string>& key) {
  if (!key) return {};
  const bool printable = std::ranges::all_of(*key, [](char c) { return c >= ' ' && c <= '~'; });
  if (key->empty() || key->size() > kMostKey || !printable)
    return fail(Code::invalid, "Invalid Idempotency-Key header.", fmt::format("Send 1 to {} printable ASCII characters, or none.", kMostKey));
  return {};
}

std::string title_of(const Parts& parts) {
  std::string title;
  std::size_t words = 0;
  for (const auto& part : parts) {
    if (part.type != "text" || !part.text) continue;
    for (const auto word : text::words(*part.text)) {
      if (++words > kTitleWords) break;
      title += (title.empty() ? "" : " ") + std::string(word);
    }
  }
  if (words > kTitleWords) title += "…";
  return title.empty() ? "New Chat" : cut(title, kMostDrawnTitle);
}

std::vector<api::ChatMessagePart> kept(const Parts& parts) {
  std::vector<api::ChatMessagePart> out;
  for (const auto& part : parts) {
    auto& made = out.emplace_back(api::ChatMessagePart{.type = part.type});
    if (part.type == "text") {
      made.text = part.text.value_or("");
      continue;
    }
    made.file_name = part.file_name.value_or("");
    made.start_line = part.start_line;
    made.end_line = part.end_line;
    made.content = part.content.value_or("");
  }
  return out;
}

std::vector<std::string> warnings_of(const api::CreateChatRequest& ask) {
  std::vector<std::string> all{"No model is configured on this deployment: messages are kept, nobody answers."};
  if (!ask.reasoning_effort.value_or("").empty()) all.emplace_back("reasoning_effort is not kept: there is no model that could use it.");
  if (ask.unsafe_dynamic_tools && !ask.unsafe_dynamic_tools->empty())
    all.emplace_back("unsafe_dynamic_tools are not kept: there is no model that could use them.");
  return all;
}

}  // namespace slipway::chats
