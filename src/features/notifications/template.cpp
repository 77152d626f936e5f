// From a template's text to pieces: literal stretches and values.
#include "features/notifications/template.hpp"

#include "base/text.hpp"
#include "base/utf8.hpp"

#include <algorithm>

namespace slipway::notifications {

namespace {

using detail::Node, detail::Piece, detail::Pieces, detail::Context;
namespace json = boost::json;

constexpr std::size_t kMostShown = 1000;  // characters

bool is_path(std::string_view text) {
  if (text == ".") return true;
  const auto part = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.'; };
  return !text.empty() && !text.starts_with('.') && !text.ends_with('.') && std::ranges::all_of(text, part);
}

// Reads until the end of `section`, which is empty at the top.
Result<std::vector<Node>> parse_nodes(std::string_view& text, std::string_view section) {
  std::vector<Node> nodes;
  for (;;) {
    const auto open = text.find("{{");
    if (const auto literal = text.substr(0, open); !literal.empty()) nodes.push_back({Node::What::literal, std::string(literal)});
    if (open == text.npos) {
      if (!section.empty()) return fail(Code::invalid, fmt::format("The section {} of a template is not closed.", section));
      text = {};
      return nodes;
    }
    const auto close = text.find("}}", open);
    if (close == text.npos) return fail(Code::invalid, "A template has an opening {{ without its closing }}.");
    auto tag = text.substr(open + 2, close - open - 2);
    text.remove_prefix(close + 2);
    const char sigil = tag.empty() ? '\0' : tag.front();
    if (sigil == '#' || sigil == '^' || sigil == '/') tag.remove_prefix(1);
    if (!is_path(tag)) return fail(Code::invalid, fmt::format("A template has {{{{{}}}}}, which is no name of a value.", tag));
    if (sigil == '/') {
      if (tag != section) return fail(Code::invalid, fmt::format("A template closes the section {}, which is not open.", tag));
      return nodes;
    }
    if (sigil != '#' && sigil != '^') {
      nodes.push_back({Node::What::value, std::string(tag)});
      continue;
    }
    TRY(inside, parse_nodes(text, tag));
    nodes.push_back({sigil == '#' ? Node::What::section : Node::What::inverse, std::string(tag), std::move(inside)});
  }
}

using Scopes = std::vector<const json::value*>;

// The innermost scope that has its first part; null: there is none.
const json::value* find(std::string_view path, const Context& context, const Scopes& scopes) {
  if (path == ".") return scopes.empty() ? nullptr : scopes.back();
  const auto parts = text::split(path, '.');
  const json::value* found = nullptr;
  for (auto scope = scopes.rbegin(); scope != scopes.rend() && !found; ++scope)
    if ((*scope)->is_object()) found = (*scope)->get_object().if_contains(parts.front());
  if (!found) found = context.root.if_contains(parts.front());
  for (std::size_t i = 1; i < parts.size() && found; ++i) found = found->is_object() ? found->get_object().if_contains(parts[i]) : nullptr;
  return found;
}

// Nothing: it is none that can be shown.
std::optional<std::string> scalar(const json::value* value) {
  if (!value) return std::nullopt;
  switch (value->kind()) {
    case json::kind::string: return std::string(value->get_string());
    case json::kind::int64:
    case json::kind::uint64:
    case json::kind::double_:
    case json::kind::bool_: return json::serialize(*value);
    default: return std::nullopt;
  }
}

bool is_empty(const json::value* value) {
  if (!value || value->is_null()) return true;
  if (value->is_array()) return value->get_array().empty();
  if (value->is_object()) return value->get_object().empty();
  if (value->is_bool()) return !value->get_bool();
  return value->is_string() && value->get_string().empty();
}

void expand_into(Pieces& out, const std::vector<Node>& nodes, Context& context, Scopes& scopes);

void expand_with(Pieces& out, const Node& node, Context& context, Scopes& scopes, const json::value& scope) {
  scopes.push_back(&scope);
  expand_into(out, node.inside, context, scopes);
  scopes.pop_back();
}

void expand_section(Pieces& out, const Node& node, Context& context, Scopes& scopes) {
  const auto* value = find(node.text, context, scopes);
  if ((node.what == Node::What::inverse) != is_empty(value)) return;
  if (node.what == Node::What::inverse || !value) return expand_into(out, node.inside, context, scopes);
  if (value->is_array()) {
    for (const auto& entry : value->get_array()) expand_with(out, node, context, scopes, entry);
  } else if (value->is_object()) {
    for (const auto& [key, entry] : value->get_object()) {
      const json::value pair = json::object{{"key", key}, {"value", entry}};
      expand_with(out, node, context, scopes, pair);
    }
  } else {
    expand_with(out, node, context, scopes, *value);
  }
}

void expand_into(Pieces& out, const std::vector<Node>& nodes, Context& context, Scopes& scopes) {
  for (const auto& node : nodes) {
    if (node.what == Node::What::literal) {
      out.push_back({Piece::What::literal, node.text, {}});
    } else if (node.what != Node::What::value) {
      expand_section(out, node, context, scopes);
    } else if (node.text == "user.username" && context.for_many) {
      out.push_back({Piece::What::user, {}, {}});
    } else {
      auto raw = scalar(find(node.text, context, scopes));
      if (!raw) ++context.missing;
      const auto what = node.text == "base_url" ? Piece::What::base : Piece::What::value;
      out.push_back({what, shown(raw.value_or("")), raw.value_or("")});
    }
  }
}

// Controls, what turns the direction of writing, and what has no width.
bool is_unseen(char32_t c) {
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0xAD || c == 0x061C || (c >= 0x200B && c <= 0x200F) || (c >= 0x202A && c <= 0x202E) ||
         (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF || (c >= 0xE0000 && c <= 0xE007F);
}

char32_t code_point(std::string_view character) {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(character[at]); };
  switch (character.size()) {
    case 1: return byte(0);
    case 2: return (byte(0) & 0x1Fu) << 6 | (byte(1) & 0x3Fu);
    case 3: return (byte(0) & 0x0Fu) << 12 | (byte(1) & 0x3Fu) << 6 | (byte(2) & 0x3Fu);
    default: return (byte(0) & 0x07u) << 18 | (byte(1) & 0x3Fu) << 12 | (byte(2) & 0x3Fu) << 6 | (byte(3) & 0x3Fu);
  }
}

}  // namespace

Result<Template> Template::parse(std::string_view text) {
  TRY(nodes, parse_nodes(text, {}));
  Template made;
  made.nodes_ = std::make_shared<const std::vector<Node>>(std::move(nodes));
  return made;
}

std::string shown(std::string_view value) {
  std::string out;
  std::size_t characters = 0, before_last = 0;
  while (!value.empty()) {
    if (value.front() == '\0') {
      value.remove_prefix(1);
      continue;
    }
    auto character = utf8::take_clean(value);
    const auto c = code_point(character);
    if (c == '\r' || c == '\n' || c == 0x2028 || c == 0x2029)
      character = " ";
    else if (is_unseen(c))
      continue;
    if (++characters > kMostShown) return out.substr(0, before_last) + "\u2026";
    before_last = out.size();
    out += character;
  }
  return out;
}

namespace detail {

Pieces expand(const std::vector<Node>& nodes, Context& context) {
  Pieces out;
  Scopes scopes;
  expand_into(out, nodes, context, scopes);
  return out;
}

}  // namespace detail

}  // namespace slipway::notifications
