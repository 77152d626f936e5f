#include "formats/markdown.hpp"

#include <algorithm>
#include <cstddef>

namespace slipway::formats {
namespace {

constexpr std::size_t kFar = 2000;  // how far an opening mark looks for its end

bool is_word(char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c & 0x80) != 0; }
bool is_blank(char c) { return c == ' ' || c == '\t'; }
bool is_mark(char c) { return c == '*' || c == '_' || c == '~' || c == '`'; }

char at(std::string_view text, std::size_t place) { return place < text.size() ? text[place] : ' '; }

std::size_t run_of(std::string_view text, std::size_t from) {
  const auto end = text.find_first_not_of(text[from], from);
  return std::min(end, text.size()) - from;
}

// Where the run of marks at `from` is closed by an equal one; npos: it marks nothing.
std::size_t closing(std::string_view text, std::size_t from, std::size_t length) {
  const char mark = text[from];
  const bool code = mark == '`', within = mark == '_';
  if (!code && is_blank(at(text, from + length))) return std::string_view::npos;
  if (within && from > 0 && is_word(text[from - 1])) return std::string_view::npos;
  const auto end = std::min(text.size(), from + length + kFar);
  for (auto i = from + length; i < end;) {
    if (text[i] != mark) {
      ++i;
      continue;
    }
    const auto found = run_of(text, i);
    const bool closes = found == length && i > from + length && (code || !is_blank(text[i - 1])) && !(within && is_word(at(text, i + found)));
    if (closes) return i;
    i += found;
  }
  return std::string_view::npos;
}

std::string inside(std::string_view text);

// "[text](address)" at `from`, which is its bracket; how much of the text it takes, 0 for none.
std::size_t link(std::string_view text, std::size_t from, std::string& out) {
  const auto near = text.substr(from, kFar);
  const auto middle = near.find("](");
  if (middle == std::string_view::npos) return 0;
  const auto end = near.find(')', middle);
  if (end == std::string_view::npos) return 0;
  const auto target = near.substr(middle + 2, end - middle - 2);
  out += inside(near.substr(1, middle - 1));
  out += " (" + std::string(target.substr(0, target.find(' '))) + ")";
  return end + 1;
}

std::string inside(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] == '\\' && i + 1 < text.size() && !is_word(text[i + 1]) && !is_blank(text[i + 1])) {
      out += text[i + 1];
      i += 2;
      continue;
    }
    const bool picture = text[i] == '!' && at(text, i + 1) == '[';
    if (text[i] == '[' || picture) {
      if (const auto taken = link(text, i + picture, out)) {
        i += taken + picture;
        continue;
      }
    }
    if (!is_mark(text[i])) {
      out += text[i++];
      continue;
    }
    const auto length = run_of(text, i);
    const auto end = closing(text, i, length);
    if (end == std::string_view::npos) {
      out.append(text.substr(i, length));
      i += length;
      continue;
    }
    const auto inner = text.substr(i + length, end - i - length);
    out += text[i] == '`' ? std::string(inner) : inside(inner);
    i = end + length;
  }
  return out;
}

// The line without what marks it as a heading or a quotation.
std::string_view bare(std::string_view line) {
  while (true) {
    const auto begin = std::min(line.find_first_not_of(" \t"), line.size());
    if (at(line, begin) != '>') break;
    line.remove_prefix(begin + 1);
    if (!line.empty() && is_blank(line[0])) line.remove_prefix(1);
  }
  const auto begin = std::min(line.find_first_not_of(' '), line.size());
  if (at(line, begin) != '#') return line;
  const auto length = run_of(line, begin);
  if (length > 6 || !is_blank(at(line, begin + length))) return line;
  line.remove_prefix(begin + length);
  return line.substr(std::min(line.find_first_not_of(" \t"), line.size()));
}

}  // namespace

std::string plain_of_markdown(std::string_view text) {
  std::string out;
  bool fenced = false;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = bare(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.substr(std::min(line.find_first_not_of(' '), line.size())).starts_with("```")) {
      fenced = !fenced;
      continue;
    }
    out += fenced ? std::string(line) : inside(line);
    out += '\n';
  }
  const auto first = out.find_first_not_of('\n'), last = out.find_last_not_of(" \t\r\n");
  return last == std::string::npos ? std::string() : out.substr(first, last - first + 1);
}

}  // namespace slipway::formats
