#include "formats/hcl.hpp"

#include "formats/hcl_scan.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace slipway::formats::hcl {

constexpr auto kNone = std::string_view::npos;

bool is_name_start(char c) { return c == '_' || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c & 0x80) != 0; }
bool is_name(char c) { return is_name_start(c) || c == '-' || (c >= '0' && c <= '9'); }

std::size_t name_end(std::string_view text, std::size_t from) {
  while (from < text.size() && is_name(text[from])) ++from;
  return from;
}

std::size_t template_end(std::string_view text, std::size_t from, int depth) {
  if (depth > kDeepest) return kNone;
  int open = 0;
  for (std::size_t i = from + 1; i < text.size(); ++i) {
    if (text[i] == '"') {
      i = quote_end(text, i, depth + 1);
      if (i == kNone) return kNone;
      --i;
    } else if (text[i] == '{') {
      ++open;
    } else if (text[i] == '}' && --open == 0) {
      return i + 1;
    }
  }
  return kNone;
}

std::size_t quote_end(std::string_view text, std::size_t from, int depth) {
  for (std::size_t i = from + 1; i < text.size();) {
    if (text[i] == '"') return i + 1;
    if (text[i] == '\n') return kNone;
    if (text[i] == '\\') {
      i += 2;
    } else if ((text[i] == '$' || text[i] == '%') && text.substr(i + 1, 2) == std::string({text[i], '{'})) {
      i += 3;
    } else if ((text[i] == '$' || text[i] == '%') && text.substr(i + 1, 1) == "{") {
      i = template_end(text, i, depth);
      if (i == kNone) return kNone;
    } else {
      ++i;
    }
  }
  return kNone;
}

std::size_t skip_space(std::string_view text, std::size_t from, bool lines) {
  while (from < text.size()) {
    const auto rest = text.substr(from);
    if (rest[0] == ' ' || rest[0] == '\t' || rest[0] == '\r' || (lines && rest[0] == '\n')) {
      ++from;
    } else if (rest.starts_with('#') || rest.starts_with("//")) {
      from = std::min(text.find('\n', from), text.size());
    } else if (rest.starts_with("/*")) {
      const auto end = text.find("*/", from + 2);
      from = end == kNone ? text.size() : end + 2;
    } else {
      break;
    }
  }
  return from;
}

std::size_t heredoc_end(std::string_view text, std::size_t from) {
  if (text.substr(from, 2) != "<<") return from;
  auto at = from + 2;
  if (at < text.size() && text[at] == '-') ++at;
  const auto end = name_end(text, at);
  const auto word = text.substr(at, end - at);
  if (word.empty()) return from;
  for (auto line = text.find('\n', end); line != kNone; line = text.find('\n', line + 1)) {
    const auto begin = std::min(text.find_first_not_of(" \t", line + 1), text.size());
    const auto stop = begin + word.size();
    if (text.substr(begin, word.size()) == word && (stop >= text.size() || text[stop] == '\n' || text[stop] == '\r')) return stop;
  }
  return text.size();
}

std::size_t expression_end(std::string_view text, std::size_t from) {
  std::string open;
  for (auto i = from; i < text.size();) {
    const auto next = skip_space(text, i, !open.empty());
    if (next != i) {
      i = next;
      continue;
    }
    const char c = text[i];
    if (c == '"') {
      i = quote_end(text, i);
      if (i == kNone) return kNone;
    } else if (const auto after = heredoc_end(text, i); after != i) {
      i = after;
    } else if (c == '(' || c == '[' || c == '{') {
      if (open.size() > kDeepest) return kNone;
      open += c;
      ++i;
    } else if (c == ')' || c == ']' || c == '}') {
      if (open.empty()) return i;
      const char wanted = c == ')' ? '(' : c == ']' ? '[' : '{';
      if (open.back() != wanted) return kNone;
      open.pop_back();
      ++i;
    } else if ((c == '\n' || c == ',') && open.empty()) {
      return i;
    } else {
      ++i;
    }
  }
  return open.empty() ? text.size() : kNone;
}

namespace {

std::unexpected<Error> wrong(std::string_view text, std::size_t place) {
  const auto line = 1 + std::ranges::count(text.substr(0, std::min(place, text.size())), '\n');
  return fail(Code::invalid, fmt::format("Line {} cannot be read as Terraform.", line));
}

// One file, read from its start to its end.
class File {
 public:
  explicit File(std::string_view text) : text_(text) {}

  Result<std::vector<Block>> blocks() {
    std::vector<Block> out;
    for (at_ = skip_space(text_, 0, true); at_ < text_.size(); at_ = skip_space(text_, at_, true)) {
      TRY(found, entry(0));
      if (!found.expression) out.push_back(std::move(found.block));
    }
    return out;
  }

 private:
  // An attribute, or a block.
  struct Entry {
    Block block;
    std::optional<std::string> expression;
  };

  Result<Entry> entry(int depth) {
    if (depth > kDeepest || at_ >= text_.size() || !is_name_start(text_[at_])) return wrong(text_, at_);
    Entry out;
    out.block.type = word();
    at_ = skip_space(text_, at_, false);
    if (at_ < text_.size() && text_[at_] == '=') {
      const auto begin = skip_space(text_, at_ + 1, false), end = expression_end(text_, begin);
      if (end == kNone) return wrong(text_, begin);
      out.expression = std::string(text_.substr(begin, end - begin));
      at_ = end;
      return out;
    }
    for (; at_ < text_.size() && text_[at_] != '{'; at_ = skip_space(text_, at_, false)) {
      TRY(one, label());
      out.block.labels.push_back(std::move(one));
    }
    if (at_ >= text_.size()) return wrong(text_, at_);
    ++at_;
    TRY_OK(body(out.block, depth));
    return out;
  }

  Result<std::string> label() {
    if (is_name_start(text_[at_])) return word();
    const auto end = text_[at_] == '"' ? quote_end(text_, at_) : kNone;
    if (end == kNone) return wrong(text_, at_);
    const auto inner = text_.substr(at_ + 1, end - at_ - 2);
    at_ = end;
    return std::string(inner);
  }

  Result<void> body(Block& out, int depth) {
    for (at_ = skip_space(text_, at_, true); at_ < text_.size() && text_[at_] != '}'; at_ = skip_space(text_, at_, true)) {
      TRY(inner, entry(depth + 1));
      if (inner.expression) out.attributes.emplace(std::move(inner.block.type), std::move(*inner.expression));
    }
    if (at_ >= text_.size()) return wrong(text_, at_);
    ++at_;
    return {};
  }

  std::string word() {
    const auto end = name_end(text_, at_);
    const std::string out(text_.substr(at_, end - at_));
    at_ = end;
    return out;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

Result<std::vector<Block>> read_blocks(std::string_view file) { return File(file).blocks(); }

}  // namespace slipway::formats::hcl
