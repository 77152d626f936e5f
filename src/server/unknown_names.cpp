// What to say about names that nobody knows: misspelt ones, older ones, and those that are somebody else's.
#include "formats/values.hpp"
#include "server/settings.hpp"

#include <utility>

namespace slipway::server {

namespace {

constexpr std::size_t kNear = 3;

// Seen in the field, and too far from what was meant for letters to tell.
constexpr std::pair<std::string_view, std::string_view> kMeant[] = {{"MAX_SESSION_EXPIRY", "SESSION_DURATION"},
                                                                    {"DATA", "CONFIG_DIR"},
                                                                    {"PG_OPTIONS", "PG_CONNECTION_URL"},
                                                                    {"DISABLE_USAGE_STATS", "STATS_COLLECTION_USAGE_STATS_ENABLE"}};

constexpr std::string_view kOthers[] = {"AGENT_*",
                                        "WORKSPACE_*",
                                        "PARAMETER_*",
                                        "RICH_PARAMETER*",
                                        "SESSION_TOKEN",
                                        "PASSWORD",
                                        "FIRST_USER_*",
                                        "USER_PASSWORD",
                                        "URL",
                                        "USER",
                                        "EXTERNAL_AUTH_ACCESS_TOKEN_*",
                                        "GIT_AUTH_ACCESS_TOKEN_*",
                                        "TEMPLATE_NAME",
                                        "HEADER",
                                        "HEADER_*",
                                        "NO_VERSION_WARNING",
                                        "NO_FEATURE_WARNING",
                                        "FORCE_TTY",
                                        "DISABLE_DIRECT_CONNECTIONS",
                                        "SSH_*",
                                        "CONFIGSSH_*",
                                        "PROVISIONERD_*",
                                        "PROVISIONER_DAEMON_*",
                                        "PROC_*",
                                        "INIT_SCRIPT",
                                        "APP_STATUS_*",
                                        "MCP_*",
                                        "SQL_EXECUTED",
                                        "RBAC_DECISIONS",
                                        "GOLDEN",
                                        "WRITE_GOLDEN"};

// The words of a name in one order and number: "LOGS_AUDIT" and "AUDIT_LOG" are the same.
std::vector<std::string> words_of(std::string_view name) {
  std::vector<std::string> words;
  std::string word;
  for (char c : std::string(name) + "_") {
    if (c != '_' && c != '-' && c != '.') {
      word += c;
      continue;
    }
    if (word.size() > 2 && (word.back() == 'S' || word.back() == 's')) word.pop_back();
    if (!word.empty()) words.push_back(std::exchange(word, {}));
  }
  std::ranges::sort(words);
  return words;
}

}  // namespace

std::string nearest_name(std::string_view written, const std::vector<std::string>& known) {
  for (const auto& [name, meant] : kMeant)
    if (written == name) return std::string(meant);
  const auto words = words_of(written);
  std::string nearest;
  std::size_t distance = kNear + 1;
  for (const auto& name : known) {
    if (words_of(name) == words) return name;
    // Of a short name nearly everything is near.
    const auto most = std::min(kNear, written.size() / 3);
    if (const auto found = formats::edit_distance(written, name, kNear); found < distance && found <= most) {
      nearest = name;
      distance = found;
    }
  }
  return nearest;
}

bool is_of_others(std::string_view name) {
  return std::ranges::any_of(
      kOthers, [name](std::string_view one) { return one.ends_with('*') ? name.starts_with(one.substr(0, one.size() - 1)) : name == one; });
}

}  // namespace slipway::server
