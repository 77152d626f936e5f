#include "features/inbox/wire.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace slipway::inbox {

namespace {

std::string_view usual_icon(std::string_view group) {
  if (group == "Workspace Events") return "DEFAULT_ICON_WORKSPACE";
  if (group == "User Events") return "DEFAULT_ICON_ACCOUNT";
  if (group == "Template Events") return "DEFAULT_ICON_TEMPLATE";
  return "DEFAULT_ICON_OTHER";
}

// An address that is no path of this deployment is no act of ours.
std::vector<api::InboxNotificationAction> actions_of(const pg::Json& stored, const std::string& access_url) {
  auto actions = api::from_json<std::vector<api::InboxNotificationAction>>(stored.text);
  if (!actions) return {};
  std::erase_if(*actions, [](const auto& action) { return !action.url.starts_with('/') || action.url.starts_with("//"); });
  for (auto& action : *actions) action.url.insert(0, access_url);
  return std::move(*actions);
}

// Links of ours begin with "/". In what somebody typed each of these characters has a backslash before it.
std::string with_places(std::string markdown, const std::string& access_url) {
  constexpr std::string_view kLink = "](/";
  for (std::size_t at = 0; (at = markdown.find(kLink, at)) != markdown.npos; at += kLink.size() + access_url.size())
    markdown.insert(at + 2, access_url);
  return markdown;
}

constexpr bool is_punctuation(char c) { return (c >= '!' && c <= '/') || (c >= ':' && c <= '@') || (c >= '[' && c <= '`') || (c >= '{' && c <= '~'); }

// Where the next `mark` stands that is not escaped; the text's end when there is none.
std::size_t find_mark(std::string_view text, char mark) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '\\')
      ++at;
    else if (text[at] == mark)
      return at;
  }
  return text.size();
}

// Takes a span of code with its backticks; false when it never ends, and nothing was taken.
bool take_code(std::string_view& text, std::string& out) {
  const auto ticks = std::min(text.find_first_not_of('`'), text.size());
  const auto end = text.find(text.substr(0, ticks), ticks);
  if (end == text.npos) return false;
  auto code = text.substr(ticks, end - ticks);
  if (code.size() > 2 && code.starts_with(' ') && code.ends_with(' ')) code = code.substr(1, code.size() - 2);
  out += code;
  text.remove_prefix(end + ticks);
  return true;
}

// Takes "[words](address)"; false when it is none, and nothing was taken.
bool take_link(std::string_view& text, std::string& out) {
  const auto end = find_mark(text.substr(1), ']') + 1;
  if (end >= text.size() || !text.substr(end + 1).starts_with('(')) return false;
  const auto rest = text.substr(end + 2);
  const auto close = find_mark(rest, ')');
  if (close == rest.size()) return false;
  out += plain_text(text.substr(1, end - 1));
  text = rest.substr(close + 1);
  return true;
}

void plain_line(std::string_view text, std::string& out) {
  while (!text.empty()) {
    const char c = text.front();
    if (c == '\\' && text.size() > 1 && is_punctuation(text[1])) {
      out += text[1];
      text.remove_prefix(2);
      continue;
    }
    if (c == '`' && take_code(text, out)) continue;
    if (c == '[' && take_link(text, out)) continue;
    const bool breaks = c == '\\' && text.size() == 1;
    if (c != '*' && !breaks) out += c;  // what is not escaped is a mark
    text.remove_prefix(1);
  }
}

// Without the mark of a heading, and without what ends a line.
std::string_view words_of(std::string_view line) {
  while (line.ends_with(' ') || line.ends_with('\r')) line.remove_suffix(1);
  const auto marks = line.find_first_not_of('#');
  if (marks == 0 || marks == line.npos || marks > 6 || line[marks] != ' ') return line;
  return line.substr(marks + 1);
}

}  // namespace

std::string plain_text(std::string_view markdown) {
  std::string out;
  for (const auto line : text::split(markdown, '\n')) {
    if (line.data() != markdown.data()) out += '\n';
    const bool item = line.starts_with("* ");
    if (item) out += "- ";
    plain_line(words_of(item ? line.substr(2) : line), out);
  }
  return out;
}

api::InboxNotification to_wire(sql::Line line, const std::string& access_url) {
  api::InboxNotification out;
  out.id = *line.id;
  out.user_id = line.user_id ? line.user_id->uuid : Uuid{};
  out.template_id = line.template_id.value_or(Uuid{});
  out.targets = std::move(line.targets).value_or(std::vector<Uuid>());
  out.title = std::move(line.title).value_or("");
  out.content = with_places(std::move(line.content).value_or(""), access_url);
  out.icon = std::move(line.icon).value_or("");
  if (out.icon.empty()) out.icon = usual_icon(line.group.value_or(""));
  if (line.actions) out.actions = actions_of(*line.actions, access_url);
  out.read_at = line.read_at;
  if (line.created_at) out.created_at = *line.created_at;
  return out;
}

}  // namespace slipway::inbox
