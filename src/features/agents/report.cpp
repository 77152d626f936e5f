#include "features/agents/report.hpp"

#include "base/text.hpp"
#include "base/utf8.hpp"

#include <boost/asio/ip/address.hpp>

#include <algorithm>

namespace slipway::agents {

namespace {

constexpr std::int64_t kEmptyLine = 16;  // a row is a row: without a price there could be any number

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// A number without leading zeros; what follows it is left in `text`.
bool take_number(std::string_view& text) {
  std::size_t digits = 0;
  while (digits < text.size() && is_digit(text[digits])) ++digits;
  if (digits == 0 || (digits > 1 && text[0] == '0')) return false;
  text.remove_prefix(digits);
  return true;
}

// Dot-separated, each part of letters, digits and hyphens and not empty.
bool are_identifiers(std::string_view text) {
  bool empty = true;
  for (const char c : text) {
    if (c == '.') {
      if (empty) return false;
      empty = true;
    } else if (is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-') {
      empty = false;
    } else {
      return false;
    }
  }
  return !empty;
}

bool is_semver(std::string_view text) {
  if (!text.starts_with('v')) return false;
  text.remove_prefix(1);
  for (int part = 0; part < 3; ++part) {
    if (part > 0) {
      if (!text.starts_with('.')) return false;
      text.remove_prefix(1);
    }
    if (!take_number(text)) return false;
  }
  if (const auto plus = text.find('+'); plus != text.npos) {
    if (!are_identifiers(text.substr(plus + 1))) return false;
    text = text.substr(0, plus);
  }
  return text.empty() || (text.starts_with('-') && are_identifiers(text.substr(1)));
}

// As Go's %q writes it.
std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    else
      out += c;
  }
  return out + "\"";
}

std::vector<std::string> stored_lines(std::string_view output) {
  std::vector<std::string> lines(1);
  while (!output.empty()) {
    const auto piece = utf8::take_clean(output);
    if (lines.back().size() + piece.size() > kLogLineBytes) lines.emplace_back();
    lines.back() += piece;
  }
  return lines;
}

}  // namespace

Result<void> check_status_uri(std::string_view uri) {
  constexpr std::string_view kSchemes[] = {
      "http", "https", "file", "vscode", "vscode-insiders", "cursor", "windsurf", "jetbrains", "jetbrains-gateway", "zed"};
  if (uri.empty()) return {};
  if (uri.size() > kUriBytes) return fail_field("Validation failed.", "uri", fmt::format("URI must be at most {} bytes.", kUriBytes));
  const auto scheme = text::lower(uri.substr(0, uri.find(':')));
  const bool plain = std::ranges::none_of(uri, [](unsigned char c) { return c <= 0x20 || c == 0x7f; });
  if (scheme.size() == uri.size() || !plain || std::ranges::find(kSchemes, scheme) == std::end(kSchemes))
    return fail_field("Validation failed.", "uri", "URI must be an address of http, https, file or an editor.");
  return {};
}

Time believed(std::optional<Time> said, Time now) {
  if (!said || *said > now + std::chrono::minutes(5) || *said < now - std::chrono::days(1)) return now;
  return *said;
}

Result<void> check_version(std::string_view version) {
  if (is_semver(version)) return {};
  return fail(Code::invalid, "Invalid workspace agent version provided.", "invalid semver version: " + quoted(version));
}

std::vector<std::string> sorted_subsystems(std::vector<std::string> subsystems) {
  std::ranges::sort(subsystems);
  const auto twice = std::ranges::unique(subsystems);
  subsystems.erase(twice.begin(), twice.end());
  return subsystems;
}

Result<void> check_lifecycle(std::string_view state) {
  static constexpr std::string_view kStates = "created starting start_timeout start_error ready shutting_down shutdown_timeout shutdown_error off";
  if (!state.empty() && api::WorkspaceAgentLifecycle::is_known(state)) return {};
  return fail(Code::invalid, "Invalid lifecycle state.", fmt::format("Invalid lifecycle state {}, must be be one of [{}]", quoted(state), kStates));
}

MetadataRows metadata_rows(const std::vector<api::AgentMetadataValue>& report) {
  MetadataRows rows;
  std::size_t key_bytes = 0;
  bool full = false;
  for (const auto& item : report) {
    key_bytes += item.key.size();
    full = full || key_bytes > kMetadataKeysBytes;
    if (full) continue;
    std::string value = utf8::clean(item.value), error = utf8::clean(item.error);
    if (item.value.size() > kMetadataBytes) error = fmt::format("value of {} bytes exceeded {} bytes", item.value.size(), kMetadataBytes);
    if (item.error.size() > kMetadataBytes) error = fmt::format("error of {} bytes exceeded {} bytes", item.error.size(), kMetadataBytes);
    rows.keys.push_back(utf8::clean(item.key));
    rows.values.emplace_back(utf8::cut(value, kMetadataBytes));
    rows.errors.push_back(std::move(error));
  }
  if (full) rows.outcome = fail(Code::invalid, fmt::format("metadata keys of {} bytes exceeded {} bytes", key_bytes, kMetadataKeysBytes));
  return rows;
}

Result<LogRows> log_rows(const std::vector<api::AgentLog>& logs, Time now) {
  LogRows rows;
  for (const auto& log : logs) {
    const std::string level = log.level.empty() ? std::string(api::LogLevel::info) : log.level;
    if (!api::LogLevel::is_known(level)) return fail(Code::invalid, "Invalid log level provided.", "invalid log level: " + quoted(level));
    rows.bytes += log.output.empty() ? kEmptyLine : static_cast<std::int64_t>(log.output.size());
    for (auto& line : stored_lines(log.output)) {
      rows.created_ats.push_back(log.created_at == kUnsetTime || log.created_at > now + std::chrono::minutes(5) ? now : log.created_at);
      rows.outputs.push_back(std::move(line));
      rows.levels.push_back(level);
    }
  }
  return rows;
}

std::string address_of(std::string_view ip) {
  if (ip == "localhost") return "127.0.0.1";
  boost::system::error_code ec;
  const auto address = boost::asio::ip::make_address(std::string(ip), ec);
  return ec ? std::string() : address.to_string();
}

}  // namespace slipway::agents
