#include "features/inbox/filter.hpp"

#include "base/text.hpp"
#include "http/credentials.hpp"
#include "net/url.hpp"

#include <algorithm>
#include <array>

namespace slipway::inbox {

namespace {

class Reader {
 public:
  explicit Reader(const http::Call& call) : call_(call) {}

  // Nothing else may be asked for; the session may be told where a header cannot be set.
  void only(std::initializer_list<std::string_view> known) {
    for (const auto& [name, value] : net::parse_query(call_.request().query))
      if (std::ranges::find(known, name) == known.end() && name != http::kSessionCookie) wrong(name, "is none that this can be asked by");
  }

  std::vector<Uuid> uuids(std::string_view name) {
    std::vector<Uuid> out;
    const auto text = call_.query(name).value_or("");
    for (const auto word : text::words(text, ",")) {
      const auto id = Uuid::parse(text::trim(word));
      if (id) out.push_back(*id);
      if (!id) wrong(name, fmt::format("must be a list of UUIDs with commas between them, which \"{}\" is not", word));
    }
    return out;
  }

  std::optional<Uuid> uuid(std::string_view name) {
    const auto text = call_.query(name).value_or("");
    if (text.empty()) return std::nullopt;
    const auto id = Uuid::parse(text);
    if (!id) wrong(name, "must be a valid UUID");
    return id ? std::optional(*id) : std::nullopt;
  }

  // The one of `words` that is asked for; the first when nothing is.
  std::string choice(std::string_view name, std::initializer_list<std::string_view> words) {
    const auto text = call_.query(name).value_or("");
    if (text.empty()) return std::string(*words.begin());
    if (std::ranges::find(words, text) == words.end()) wrong(name, fmt::format("must be one of {}", fmt::join(words, ", ")));
    return text;
  }

  Result<Filter> done(Filter filter) {
    if (!faults_.empty())
      return std::unexpected(Error{.code = Code::invalid, .say = "Query parameters have invalid values.", .fields = std::move(faults_)});
    return filter;
  }

 private:
  void wrong(std::string_view name, std::string_view why) {
    faults_.push_back({std::string(name), fmt::format("Query param \"{}\" {}.", name, why)});
  }

  const http::Call& call_;
  std::vector<FieldError> faults_;
};

// What lists and streams have in common.
Filter common(Reader& reader) {
  Filter filter;
  filter.targets = reader.uuids("targets");
  filter.templates = reader.uuids("templates");
  const auto status = reader.choice("read_status", {"all", "read", "unread"});
  if (status != "all") filter.is_read = status == "read";
  return filter;
}

bool holds(const std::vector<Uuid>& all, const Uuid& one) { return std::ranges::find(all, one) != all.end(); }

}  // namespace

Result<Filter> list_filter(const http::Call& call) {
  Reader reader(call);
  reader.only({"targets", "templates", "read_status", "starting_before"});
  auto filter = common(reader);
  filter.before = reader.uuid("starting_before");
  return reader.done(std::move(filter));
}

Result<Filter> watch_filter(const http::Call& call) {
  Reader reader(call);
  reader.only({"targets", "templates", "read_status", "format"});
  auto filter = common(reader);
  filter.plain = reader.choice("format", {"markdown", "plaintext"}) == "plaintext";
  return reader.done(std::move(filter));
}

bool wants(const Filter& filter, const api::InboxNotification& line) {
  if (filter.is_read.value_or(false)) return false;  // nobody has read what is new
  if (!filter.templates.empty() && !holds(filter.templates, line.template_id)) return false;
  return std::ranges::all_of(filter.targets, [&](const Uuid& target) { return holds(line.targets, target); });
}

}  // namespace slipway::inbox
