#include "base/text.hpp"
#include "formats/hcl.hpp"
#include "formats/hcl_scan.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <utility>

namespace slipway::formats::hcl {
namespace {

constexpr auto kNone = std::string_view::npos;

std::string number_text(double number) {
  return std::floor(number) == number && std::abs(number) < 1e15 ? fmt::format("{}", static_cast<std::int64_t>(number)) : fmt::format("{}", number);
}

std::optional<bool> truth(const Value& value) {
  if (const auto* plain = std::get_if<bool>(&value)) return *plain;
  const auto* text = std::get_if<std::string>(&value);
  if (text && *text == "true") return true;
  if (text && *text == "false") return false;
  return std::nullopt;
}

void append_utf8(std::string& out, std::uint32_t c) {
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xc0 | c >> 6);
    out += static_cast<char>(0x80 | (c & 0x3f));
  } else {
    out += static_cast<char>(0xe0 | (c >> 12 & 0x0f));
    out += static_cast<char>(0x80 | (c >> 6 & 0x3f));
    out += static_cast<char>(0x80 | (c & 0x3f));
  }
}

// By recursive descent; what is not understood is Unknown, what is no expression an error.
class Reader {
 public:
  Reader(std::string_view text, const Lookup& lookup, int depth) : text_(text), lookup_(lookup), depth_(depth) {}

  Result<Value> whole() {
    TRY(value, choice());
    space();
    if (at_ < text_.size()) return Value(Unknown{});  // an operator that is not known here
    return value;
  }

 private:
  static std::unexpected<Error> wrong() { return fail(Code::invalid, "This is no expression that can be worked out."); }

  void space() { at_ = skip_space(text_, at_, true); }
  bool takes(std::string_view word) {
    space();
    if (!text_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }
  bool sees(char c) {
    space();
    return at_ < text_.size() && text_[at_] == c;
  }

  Result<Value> choice() {
    if (++depth_ > kDeepest) return wrong();
    TRY(condition, either());
    if (!takes("?")) {
      --depth_;
      return condition;
    }
    TRY(yes, choice());
    if (!takes(":")) return wrong();
    TRY(no, choice());
    --depth_;
    const auto decided = truth(condition);
    if (!decided) return Value(Unknown{});
    return *decided ? yes : no;
  }

  Result<Value> either() {
    TRY(left, both());
    while (takes("||")) {
      TRY(right, both());
      const auto a = truth(left), b = truth(right);
      left = a && b ? Value(*a || *b) : Value(Unknown{});
    }
    return left;
  }

  Result<Value> both() {
    TRY(left, compared());
    while (takes("&&")) {
      TRY(right, compared());
      const auto a = truth(left), b = truth(right);
      left = a && b ? Value(*a && *b) : Value(Unknown{});
    }
    return left;
  }

  Result<Value> compared() {
    TRY(left, denied());
    for (;;) {
      const bool equal = takes("=="), different = !equal && takes("!=");
      if (!equal && !different) return left;
      TRY(right, denied());
      left = left.is_known() && right.is_known() ? Value(same(left, right) == equal) : Value(Unknown{});
    }
  }

  static bool same(const Value& a, const Value& b) {
    const auto x = a.text(), y = b.text();
    return a.index() == b.index() && x == y && (x || std::holds_alternative<std::nullptr_t>(a));
  }

  Result<Value> denied() {
    space();
    if (!text_.substr(at_).starts_with("!=") && takes("!")) {
      if (++depth_ > kDeepest) return wrong();
      TRY(value, denied());
      --depth_;
      const auto known = truth(value);
      return known ? Value(!*known) : Value(Unknown{});
    }
    return followed();
  }

  // A value and the members that are asked of it.
  Result<Value> followed() {
    TRY(value, plain());
    for (;;) {
      if (at_ + 1 < text_.size() && text_[at_] == '.' && is_name_start(text_[at_ + 1])) {
        ++at_;
        TRY(next, member(value, word()));
        value = std::move(next);
      } else if (at_ < text_.size() && text_[at_] == '[') {
        ++at_;
        TRY(key, choice());
        if (!takes("]")) return wrong();
        const auto name = key.text();
        if (!name) return Value(Unknown{});
        TRY(next, member(value, *name));
        value = std::move(next);
      } else {
        return value;
      }
    }
  }

  static Result<Value> member(const Value& of, const std::string& name) {
    if (!of.is_known()) return of;
    if (const auto* members = std::get_if<Members>(&of))
      for (const auto& one : *members)
        if (one.key.text() == name) return one.value;
    const auto* elements = std::get_if<Elements>(&of);
    const auto place = text::number<std::size_t>(name);
    if (elements && place && *place < elements->size()) return (*elements)[*place];
    return fail(Code::invalid, fmt::format("There is no member \"{}\".", name));
  }

  Result<Value> plain() {
    space();
    if (at_ >= text_.size()) return wrong();
    const char c = text_[at_];
    if (c == '"') return quoted();
    if (c == '{') return object();
    if (c == '[') return tuple();
    if (c == '-' || (c >= '0' && c <= '9')) return number();
    if (is_name_start(c)) return reference();
    if (c == '(') {
      ++at_;
      TRY(inner, choice());
      if (!takes(")")) return wrong();
      return inner;
    }
    if (const auto end = heredoc_end(text_, at_); end != at_) {
      at_ = end;
      return Value(Unknown{});
    }
    return wrong();
  }

  Result<Value> number() {
    double value = 0;
    const auto [end, fault] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), value);
    if (fault != std::errc() || !std::isfinite(value)) return wrong();
    at_ = static_cast<std::size_t>(end - text_.data());
    return Value(value);
  }

  std::string word() {
    const auto end = name_end(text_, at_);
    std::string out(text_.substr(at_, end - at_));
    at_ = end;
    return out;
  }

  Result<Value> reference() {
    std::vector<std::string> steps{word()};
    if (steps[0] == "true" || steps[0] == "false") return Value(steps[0] == "true");
    if (steps[0] == "null") return Value(nullptr);
    if (sees('(')) {  // a function
      at_ = expression_end(text_, at_ + 1);
      for (; at_ != kNone && at_ < text_.size() && text_[at_] != ')'; at_ = expression_end(text_, at_ + 1)) {
      }
      if (at_ == kNone || at_ >= text_.size()) return wrong();
      ++at_;
      return Value(Unknown{});
    }
    while (at_ + 1 < text_.size() && text_[at_] == '.' && is_name_start(text_[at_ + 1])) {
      ++at_;
      steps.push_back(word());
    }
    TRY(found, lookup_(steps));
    for (auto i = found.taken; i < steps.size(); ++i) {
      TRY(next, member(found.value, steps[i]));
      found.value = std::move(next);
    }
    return std::move(found.value);
  }

  Result<Value> object() {
    if (++depth_ > kDeepest) return wrong();
    ++at_;
    Members out;
    for (; !takes("}"); takes(",")) {
      if (at_ >= text_.size()) return wrong();
      const auto begin = at_;
      Value key;
      if (is_name_start(text_[at_])) {
        key = Value(word());
        if (std::get<std::string>(key) == "for") return unknown_to('}', begin);
      } else {
        TRY(worked_out, followed());
        key = std::move(worked_out);
      }
      if (!takes("=") && !takes(":")) return wrong();
      TRY(value, item());
      out.push_back({std::move(key), std::move(value)});
    }
    --depth_;
    return Value(std::move(out));
  }

  Result<Value> tuple() {
    if (++depth_ > kDeepest) return wrong();
    ++at_;
    Elements out;
    for (; !takes("]"); takes(",")) {
      if (at_ >= text_.size()) return wrong();
      if (text_.substr(at_).starts_with("for ")) return unknown_to(']', at_);
      TRY(value, item());
      out.push_back(std::move(value));
    }
    --depth_;
    return Value(std::move(out));
  }

  // One of a list, as far as it goes.
  Result<Value> item() {
    space();
    const auto end = expression_end(text_, at_);
    if (end == kNone) return wrong();
    const auto begin = std::exchange(at_, end);
    return Reader(text_.substr(begin, end - begin), lookup_, depth_).whole();
  }

  // What begins at `from` is not worked out; the bracket that ends it is taken.
  Result<Value> unknown_to(char close, std::size_t from) {
    for (at_ = expression_end(text_, from); at_ != kNone && at_ < text_.size() && text_[at_] != close; at_ = expression_end(text_, at_ + 1)) {
    }
    if (at_ == kNone || at_ >= text_.size()) return wrong();
    ++at_;
    --depth_;
    return Value(Unknown{});
  }

  Result<Value> quoted() {
    const auto end = quote_end(text_, at_);
    if (end == kNone) return wrong();
    const auto inner = text_.substr(at_ + 1, end - at_ - 2);
    at_ = end;
    return filled_in(inner);
  }

  Result<Value> filled_in(std::string_view text) {
    std::string out;
    bool known = true;
    for (std::size_t i = 0; i < text.size();) {
      const auto rest = text.substr(i);
      if (rest.starts_with("$${") || rest.starts_with("%%{")) {
        out.append(rest.substr(1, 2));
        i += 3;
      } else if (rest.starts_with("${") || rest.starts_with("%{")) {
        const auto end = template_end(text, i, depth_);
        if (end == kNone) return wrong();
        auto inner = text.substr(i + 2, end - i - 3);
        if (inner.starts_with('~')) inner.remove_prefix(1);
        if (inner.ends_with('~')) inner.remove_suffix(1);
        const bool alone = i == 0 && end == text.size();
        i = end;
        TRY(value, rest[0] == '%' ? Result<Value>(Unknown{}) : Reader(inner, lookup_, depth_ + 1).whole());
        if (alone) return value;
        const auto part = value.text();
        known = known && part;
        out += part.value_or("");
      } else if (rest[0] == '\\' && rest.size() > 1) {
        i += escape(rest, out);
      } else {
        out += rest[0];
        ++i;
      }
    }
    return known ? Value(std::move(out)) : Value(Unknown{});
  }

  // Returns how much of the text the escape takes.
  static std::size_t escape(std::string_view rest, std::string& out) {
    const char c = rest[1];
    if (c == 'u' && rest.size() >= 6) {
      std::uint32_t point = 0;
      std::from_chars(rest.data() + 2, rest.data() + 6, point, 16);
      append_utf8(out, point);
      return 6;
    }
    out += c == 'n' ? '\n' : c == 't' ? '\t' : c == 'r' ? '\r' : c;
    return 2;
  }

  std::string_view text_;
  const Lookup& lookup_;
  int depth_;
  std::size_t at_ = 0;
};

}  // namespace

std::optional<std::string> Value::text() const {
  if (const auto* text = std::get_if<std::string>(this)) return *text;
  if (const auto* number = std::get_if<double>(this)) return number_text(*number);
  if (const auto* plain = std::get_if<bool>(this)) return std::string(*plain ? "true" : "false");
  return std::nullopt;
}

Result<Value> evaluate(std::string_view expression, const Lookup& lookup) { return Reader(expression, lookup, 0).whole(); }

}  // namespace slipway::formats::hcl
