// The public face of the wire: to_json, from_json, and the Writer and Reader that generated converters (gen/*.cpp) use.
// Writing appends straight to a string; reading parses once with Boost.JSON, then takes each field by its type and
// names the fields at fault. Nothing here is shared between threads.
//
// How a wire type becomes a C++ type: contract/README.md has the wire's rules, tools/apigen/README.md the mapping.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"

namespace boost::json {
class value;
}

namespace slipway::api::json {

using Value = boost::json::value;

// JSON that is passed on verbatim. Must hold one complete JSON value.
struct Raw {
  std::string text = "null";
  bool operator==(const Raw&) const = default;
};

// An optional T for members of T itself; compares by value.
template <class T>
struct Box {
  std::shared_ptr<const T> held;
  explicit operator bool() const { return held != nullptr; }
  bool operator==(const Box& other) const { return held && other.held ? *held == *other.held : held == other.held; }
};

class Writer {
 public:
  explicit Writer(std::string& out) : out_(out) {}

  void open() { out_ += '{'; }
  void close() { out_ += '}'; }
  // Takes the key quoted and with its colon, as in "\"id\":".
  void key(std::string_view quoted) {
    if (out_.back() != '{') out_ += ',';
    out_ += quoted;
  }
  void raw(std::string_view text) { out_ += text; }
  void null() { out_ += "null"; }
  // Escapes <, > and & too; U+2028, U+2029 and bytes that are no UTF-8 as \u....
  void string(std::string_view text);
  void boolean(bool value) { out_ += value ? "true" : "false"; }
  void integer(std::int64_t value);
  void number(double value);
  void uuid(const Uuid& id);
  void time(Time time);

 private:
  std::string& out_;
};

// Whether a name that the contract does not list is an error (requests) or kept (answers of a newer server).
enum class Enums { any, known };

class Reader {
 public:
  explicit Reader(Enums enums) : enums_(enums) {}

  // The member, unless absent. Null members come back like any other.
  const Value* find(const Value& object, std::string_view name) const;
  bool is_null(const Value& value) const;
  bool is_object(const Value& value);                    // records what is wrong when it is none
  std::optional<std::size_t> array(const Value& value);  // its length; likewise
  const Value& item(const Value& array, std::size_t index) const;
  std::optional<std::size_t> object(const Value& value);  // its number of members; likewise
  std::pair<std::string_view, const Value*> member(const Value& object, std::size_t index) const;

  void string(const Value& value, std::string& out);
  void boolean(const Value& value, bool& out);
  void integer(const Value& value, std::int64_t& out);
  void number(const Value& value, double& out);
  void uuid(const Value& value, Uuid& out);
  void time(const Value& value, Time& out);
  void raw(const Value& value, Raw& out);
  void known(std::string_view text, bool is_known, std::span<const std::string_view> all);

  void wrong(std::string detail);  // at the present place
  template <class T>
  void field(const Value& object, std::string_view name, T& out);
  // As field, for names of an enum: `Enum::kAll` lists them. T is a string or holds strings.
  template <class Enum, class T>
  void choice(const Value& object, std::string_view name, T& out);

  struct Step {  // one step down, for as long as it lives
    Step(Reader& reader, std::variant<std::string_view, std::size_t> where) : reader_(reader) { reader_.path_.push_back(where); }
    ~Step() { reader_.path_.pop_back(); }
    Step(const Step&) = delete;
    Step& operator=(const Step&) = delete;

   private:
    Reader& reader_;
  };

  std::vector<FieldError> errors;

 private:
  Enums enums_;
  std::vector<std::variant<std::string_view, std::size_t>> path_;
};

// A parsed text. Depth is limited to 32; the caller has limited the size.
class Document {
 public:
  static Result<Document> parse(std::string_view text);
  Document(Document&&) noexcept;
  Document& operator=(Document&&) noexcept;
  ~Document();
  const Value& root() const { return *root_; }

 private:
  explicit Document(std::unique_ptr<Value> root);
  std::unique_ptr<Value> root_;
};

Result<void> validated(Reader& reader);  // "Validation failed." with all that went wrong, or nothing

// Says which required texts of a request are empty: require({{"name", ask.name}, {"password", ask.password}}).
struct Required {
  std::string_view field;
  std::string_view value;
};
Result<void> require(std::initializer_list<Required> fields);

inline void write(Writer& to, const std::string& value) { to.string(value); }
inline void write(Writer& to, bool value) { to.boolean(value); }
inline void write(Writer& to, std::int64_t value) { to.integer(value); }
inline void write(Writer& to, double value) { to.number(value); }
inline void write(Writer& to, const Uuid& value) { to.uuid(value); }
inline void write(Writer& to, Time value) { to.time(value); }
inline void write(Writer& to, const Raw& value) { to.raw(value.text); }
template <class T>
void write(Writer& to, const std::vector<T>& values);
template <class T>
void write(Writer& to, const std::map<std::string, T>& values);
template <class T>
void write(Writer& to, const std::optional<T>& value) {
  value ? write(to, *value) : to.null();
}
template <class T>
void write(Writer& to, const Box<T>& value) {
  value ? write(to, *value.held) : to.null();
}
template <class T>
void write(Writer& to, const std::vector<T>& values) {
  char before = '[';
  if (values.empty()) to.raw("[");
  for (const auto& value : values) {
    to.raw({&before, 1});
    before = ',';
    write(to, static_cast<const T&>(value));
  }
  to.raw("]");
}
template <class T>
void write(Writer& to, const std::map<std::string, T>& values) {
  to.open();
  char before = 0;
  for (const auto& [key, value] : values) {
    if (before) to.raw({&before, 1});
    before = ',';
    to.string(key);
    to.raw(":");
    write(to, value);
  }
  to.close();
}

inline void read(Reader& in, const Value& from, std::string& to) { in.string(from, to); }
inline void read(Reader& in, const Value& from, bool& to) { in.boolean(from, to); }
inline void read(Reader& in, const Value& from, std::int64_t& to) { in.integer(from, to); }
inline void read(Reader& in, const Value& from, double& to) { in.number(from, to); }
inline void read(Reader& in, const Value& from, Uuid& to) { in.uuid(from, to); }
inline void read(Reader& in, const Value& from, Time& to) { in.time(from, to); }
inline void read(Reader& in, const Value& from, Raw& to) { in.raw(from, to); }
template <class T>
void read(Reader& in, const Value& from, std::vector<T>& to);
template <class T>
void read(Reader& in, const Value& from, std::map<std::string, T>& to);
template <class T>
void read(Reader& in, const Value& from, std::optional<T>& to) {
  if (in.is_null(from)) return to.reset();
  read(in, from, to.emplace());
}
template <class T>
void read(Reader& in, const Value& from, Box<T>& to) {
  if (in.is_null(from)) return to.held.reset();
  auto made = std::make_shared<T>();
  read(in, from, *made);
  to.held = std::move(made);
}
template <class T>
void read(Reader& in, const Value& from, std::vector<T>& to) {
  to.clear();
  const auto size = in.array(from);
  for (std::size_t i = 0; size && i < *size; ++i) {
    Reader::Step step(in, i);
    T item{};
    read(in, in.item(from, i), item);
    to.push_back(std::move(item));
  }
}
template <class T>
void read(Reader& in, const Value& from, std::map<std::string, T>& to) {
  to.clear();
  const auto size = in.object(from);
  for (std::size_t i = 0; size && i < *size; ++i) {
    const auto [key, value] = in.member(from, i);
    Reader::Step step(in, key);
    read(in, *value, to[std::string(key)]);
  }
}

template <class T>
void Reader::field(const Value& object, std::string_view name, T& out) {
  const Value* found = find(object, name);
  if (!found) return;
  Step step(*this, name);
  read(*this, *found, out);
}

// Calls each(text) for every text in a string, a list of strings, or an optional one of these.
template <class T, class Each>
void each_name(const T& names, Each each) {
  if constexpr (std::is_same_v<T, std::string>) {
    each(names);
  } else if constexpr (requires { names.has_value(); }) {
    if (names) each_name(*names, each);
  } else {
    for (const std::string& name : names) each(name);
  }
}

template <class Enum, class T>
void Reader::choice(const Value& object, std::string_view name, T& out) {
  field(object, name, out);
  if (enums_ == Enums::any) return;
  Step step(*this, name);
  each_name(out, [this](const std::string& text) { known(text, Enum::is_known(text), Enum::kAll); });
}

template <class T>
Result<T> parse_as(std::string_view text, Enums enums) {
  TRY(document, Document::parse(text));
  Reader reader(enums);
  T out{};
  read(reader, document.root(), out);
  TRY_OK(validated(reader));
  return out;
}

}  // namespace slipway::api::json

namespace slipway::api {

// Also for vectors and maps of wire types.
template <class T>
std::string to_json(const T& value) {
  std::string out;
  json::Writer writer(out);
  write(writer, value);
  return out;
}

// For answers: names of enums are taken as they are. Errors: invalid, with the fields at fault.
template <class T>
Result<T> from_json(std::string_view text) {
  return json::parse_as<T>(text, json::Enums::any);
}

// For requests: as from_json, and a name that the contract does not list is the caller's error. Empty text is no name.
template <class T>
Result<T> from_request(std::string_view text) {
  return json::parse_as<T>(text, json::Enums::known);
}

}  // namespace slipway::api
