// From pieces to a tree, and from the tree to plain text, Markdown and HTML.
#include "features/notifications/render.hpp"

#include "base/check.hpp"
#include "base/text.hpp"
#include "features/notifications/template.hpp"
#include "http/page.hpp"
#include "net/url.hpp"

#include <algorithm>

namespace slipway::notifications {

namespace detail {

namespace {

constexpr std::size_t kMostInUrl = 2000;  // bytes of one value

// The lines of what a template gave; only its own line ends are ends.
std::vector<Pieces> lines_of(const Pieces& pieces) {
  std::vector<Pieces> lines(1);
  for (const auto& piece : pieces) {
    if (piece.what != Piece::What::literal) {
      lines.back().push_back(piece);
      continue;
    }
    const auto parts = text::split(piece.text, '\n');
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (i > 0) lines.emplace_back();
      if (!parts[i].empty()) lines.back().push_back({Piece::What::literal, std::string(parts[i]), {}});
    }
  }
  return lines;
}

bool is_blank(const Pieces& line) {
  return std::ranges::all_of(line, [](const Piece& p) { return p.what != Piece::What::user && text::trim(p.text).empty(); });
}

// Takes a mark off the beginning of a line.
bool takes(Pieces& line, std::string_view mark) {
  if (line.front().what != Piece::What::literal || !line.front().text.starts_with(mark)) return false;
  line.front().text.erase(0, mark.size());
  return true;
}

class Marks {
 public:
  std::vector<Run> runs(const Pieces& pieces) {
    for (const auto& piece : pieces) {
      if (piece.what == Piece::What::literal)
        literal(piece.text);
      else
        (in_url_ ? url_ : run_.pieces).push_back(piece);
    }
    end(Run::What::text);
    return std::move(runs_);
  }

 private:
  void literal(std::string_view text) {
    std::size_t from = 0;
    for (std::size_t at = 0; at < text.size();) {
      const auto length = mark_at(text, at);
      if (length == 0) {
        ++at;
        continue;
      }
      put(text.substr(from, at - from));
      apply(text.substr(at, length));
      from = at += length;
    }
    put(text.substr(from));
  }
  // How long the mark is that stands there; 0: none.
  std::size_t mark_at(std::string_view text, std::size_t at) const {
    const auto rest = text.substr(at);
    if (in_url_) return rest.starts_with(')') ? 1 : 0;
    if (rest.starts_with("**") || rest.starts_with("](")) return 2;
    return rest.starts_with('`') || rest.starts_with('[') ? 1 : 0;
  }
  void put(std::string_view text) {
    if (!text.empty()) (in_url_ ? url_ : run_.pieces).push_back({Piece::What::literal, std::string(text), {}});
  }
  void apply(std::string_view mark) {
    if (mark == "**") return end(run_.what == Run::What::strong ? Run::What::text : Run::What::strong);
    if (mark == "`") return end(run_.what == Run::What::code ? Run::What::text : Run::What::code);
    if (mark == "[") return end(Run::What::link);
    in_url_ = mark == "](";
    if (in_url_) return;
    run_.url = url_of(url_);
    url_.clear();
    if (run_.url.empty()) run_.what = Run::What::text;
    end(Run::What::text);
  }
  void end(Run::What next) {
    if (!run_.pieces.empty()) runs_.push_back(std::move(run_));
    run_ = {.what = next};
  }

  std::vector<Run> runs_;
  Run run_;
  Pieces url_;
  bool in_url_ = false;
};

std::string text_of(const Run& run) {
  std::string out;
  for (const auto& piece : run.pieces) out += piece.text;
  return out;
}

std::string trimmed(std::string text) { return std::string(text::trim(text, " ")); }

bool has_value(const Run& run) {
  return std::ranges::any_of(run.pieces, [](const Piece& piece) { return piece.what != Piece::What::literal; });
}

std::string markdown_of(const Run& run) {
  std::string escaped;
  for (const auto& piece : run.pieces) escaped += piece.what == Piece::What::literal ? piece.text : escape_markdown(piece.text);
  switch (run.what) {
    case Run::What::strong: escaped = trimmed(std::move(escaped)); return escaped.empty() ? escaped : "**" + escaped + "**";
    // Nothing can be escaped in there: a value stays outside.
    case Run::What::code: return has_value(run) || escaped.contains('`') ? escaped : "`" + escaped + "`";
    case Run::What::link: return "[" + escaped + "](" + run.url + ")";
    case Run::What::text: break;
  }
  return escaped;
}

std::string plain_of(const Run& run) { return run.what == Run::What::link ? text_of(run) + " (" + run.url + ")" : text_of(run); }

std::string html_of(const Run& run) {
  const auto text = http::escape_html(text_of(run));
  switch (run.what) {
    case Run::What::strong: return "<strong>" + text + "</strong>";
    case Run::What::code: return "<code>" + text + "</code>";
    case Run::What::link: return "<a href=\"" + http::escape_html(run.url) + "\">" + text + "</a>";
    case Run::What::text: break;
  }
  return text;
}

std::string joined(const Block& block, std::string (*write)(const Run&)) {
  std::string out;
  for (const auto& run : block.runs) out += write(run);
  return trimmed(std::move(out));
}

// Entries of one list stand on lines of their own, all else apart.
std::string written(const Tree& tree, std::string (*write)(const Run&), std::string_view heading) {
  std::string out;
  for (std::size_t i = 0; i < tree.size(); ++i) {
    const bool item = tree[i].what == Block::What::item;
    if (i > 0) out += item && tree[i - 1].what == Block::What::item ? "\n" : "\n\n";
    if (item) out += "- ";
    if (tree[i].what == Block::What::heading) out += heading;
    out += joined(tree[i], write);
  }
  return out;
}

}  // namespace

Tree tree_of(const Pieces& pieces) {
  Tree tree;
  Pieces paragraph;
  const auto end = [&] {
    if (!paragraph.empty()) tree.push_back({Block::What::paragraph, Marks().runs(paragraph)});
    paragraph.clear();
  };
  for (auto& line : lines_of(pieces)) {
    if (is_blank(line)) {
      end();
    } else if (takes(line, "- ")) {
      end();
      tree.push_back({Block::What::item, Marks().runs(line)});
    } else if (takes(line, "# ")) {
      end();
      tree.push_back({Block::What::heading, Marks().runs(line)});
    } else {
      if (!paragraph.empty()) paragraph.push_back({Piece::What::literal, " ", {}});
      paragraph.insert(paragraph.end(), line.begin(), line.end());
    }
  }
  end();
  return tree;
}

std::string url_of(const Pieces& pieces) {
  if (pieces.size() < 2 || pieces[0].what != Piece::What::base || pieces[1].what != Piece::What::literal || !pieces[1].text.starts_with('/'))
    return {};
  std::string below;
  for (std::size_t i = 1; i < pieces.size(); ++i) {
    const auto& piece = pieces[i];
    if (piece.what == Piece::What::literal) {
      below += piece.text;
    } else if (piece.what == Piece::What::user) {
      below += "{user}";
    } else {
      if (piece.raw.empty() || piece.raw.size() > kMostInUrl) return {};
      below += net::percent_encode(piece.raw);
    }
  }
  if (below.starts_with("//")) return {};
  for (const auto part : text::split(std::string_view(below).substr(0, below.find('?')), '/'))
    if (part == "." || part == "..") return {};
  return pieces[0].raw + below;
}

std::string to_plain(const Tree& tree) { return written(tree, plain_of, ""); }
std::string to_markdown(const Tree& tree) { return written(tree, markdown_of, "## "); }

std::string to_html(const Tree& tree) {
  std::string out;
  bool in_list = false;
  for (const auto& block : tree) {
    const bool item = block.what == Block::What::item;
    if (item != in_list) out += item ? "<ul>" : "</ul>";
    in_list = item;
    const std::string_view tag = item ? "li" : block.what == Block::What::heading ? "h2" : "p";
    out += fmt::format("<{0}>{1}</{0}>", tag, joined(block, html_of));
  }
  return out + (in_list ? "</ul>" : "");
}

}  // namespace detail

namespace {

namespace json = boost::json;

struct Parsed {
  Template title, body;
  std::vector<std::pair<std::string, Template>> actions;
};

Result<Parsed> parse(std::string_view title, std::string_view body, const std::vector<Action>& actions) {
  TRY(title_parsed, Template::parse(title));
  TRY(body_parsed, Template::parse(body));
  Parsed made{std::move(title_parsed), std::move(body_parsed), {}};
  for (const auto& action : actions) {
    TRY(url, Template::parse(action.url));
    made.actions.emplace_back(action.label, std::move(url));
  }
  return made;
}

Result<json::object> context_of(const Values& values) {
  json::object root;
  for (const auto& [name, text] : {std::pair("labels", &values.labels), std::pair("data", &values.data)}) {
    boost::system::error_code fault;
    root[name] = json::parse(*text, fault);
    if (fault) return fail_internal(fmt::format("the {} of a notification are no JSON", name));
  }
  root["user"] = json::object{{"name", values.user_name}, {"username", values.user_username}, {"email", values.user_email}};
  root["app_name"] = values.app_name;
  root["base_url"] = values.base_url;
  return root;
}

Text three_ways(const Template& of, detail::Context& context) {
  const auto tree = detail::tree_of(detail::expand(of.nodes(), context));
  return {.plain = detail::to_plain(tree), .markdown = detail::to_markdown(tree), .html = detail::to_html(tree)};
}

Result<Message> render(const Parsed& parsed, const Values& values) {
  TRY(root, context_of(values));
  detail::Context context{root, values.for_many};
  Message out{.title = three_ways(parsed.title, context), .body = three_ways(parsed.body, context), .actions = {}, .dropped = {}};
  for (const auto& [label, url] : parsed.actions) {
    auto made = detail::url_of(detail::expand(url.nodes(), context));
    if (made.empty())
      out.dropped.push_back(label);
    else
      out.actions.push_back({label, std::move(made)});
  }
  out.missing = context.missing;
  return out;
}

std::vector<Parsed> parse_kinds() {
  std::vector<Parsed> all;
  for (const auto& row : kinds()) {
    auto parsed = parse(row.title, row.body, row.actions);
    if (!parsed) die(fmt::format("{}: {}", row.name, parsed.error().say));
    all.push_back(std::move(*parsed));
  }
  return all;
}

}  // namespace

Result<Message> render(Kind kind, const Values& values) {
  static const auto all = parse_kinds();
  return render(all[static_cast<std::size_t>(kind)], values);
}

Result<Message> render(std::string_view title, std::string_view body, const std::vector<Action>& actions, const Values& values) {
  TRY(parsed, parse(title, body, actions));
  return render(parsed, values);
}

std::string escape_markdown(std::string_view value) {
  std::string out;
  for (const char c : value) {
    const bool punctuation = (c >= '!' && c <= '/') || (c >= ':' && c <= '@') || (c >= '[' && c <= '`') || (c >= '{' && c <= '~');
    if (punctuation) out += '\\';
    out += c;
  }
  return out;
}

}  // namespace slipway::notifications
