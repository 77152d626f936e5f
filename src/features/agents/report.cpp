#include "features/agents/report.hpp"

#include "base/text.hpp"

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

// How many bytes the character at `at` has; 0 when it is none that UTF-8 allows.
std::size_t character_at(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0U; };
  const auto follows = [&](std::size_t i) { return (byte(i) & 0xc0U) == 0x80U; };
  const unsigned first = byte(0);
  if (first < 0x80) return first == 0 ? 0 : 1;
  if (first >= 0xc2 && first <= 0xdf) return follows(1) ? 2 : 0;
  if (first >= 0xe0 && first <= 0xef) {
    const bool overlong = first == 0xe0 && byte(1) < 0xa0, surrogate = first == 0xed && byte(1) > 0x9f;
    return follows(1) && follows(2) && !overlong && !surrogate ? 3 : 0;
  }
  if (first >= 0xf0 && first <= 0xf4) {
    const bool overlong = first == 0xf0 && byte(1) < 0x90, beyond = first == 0xf4 && byte(1) > 0x8f;
    return follows(1) && follows(2) && follows(3) && !overlong && !beyond ? 4 : 0;
  }
  return 0;
}

std::vector<std::string> stored_lines(std::string_view output) {
  std::vector<std::string> lines(1);
  for (std::size_t at = 0; at < output.size();) {
    const auto size = character_at(output, at);
    const auto piece = size > 0 ? output.substr(at, size) : std::string_view("\xEF\xBF\xBD");
    if (lines.back().size() + piece.size() > kLogLineBytes) lines.emplace_back();
    lines.back() += piece;
    at += std::max<std::size_t>(size, 1);
  }
  return lines;
}

std::string valid_text(std::string_view text) {
  std::string out;
  for (const auto& line : stored_lines(text)) out += line;
  return out;
}

}  // namespace

std::string cut(std::string_view text, std::size_t most) {
  if (text.size() <= most) return std::string(text);
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xc0U) == 0x80U) --most;
  return std::string(text.substr(0, most));
}

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
    std::string value = valid_text(item.value), error = valid_text(item.error);
    if (item.value.size() > kMetadataBytes) error = fmt::format("value of {} bytes exceeded {} bytes", item.value.size(), kMetadataBytes);
    if (item.error.size() > kMetadataBytes) error = fmt::format("error of {} bytes exceeded {} bytes", item.error.size(), kMetadataBytes);
    rows.keys.push_back(valid_text(item.key));
    rows.values.push_back(cut(value, kMetadataBytes));
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
