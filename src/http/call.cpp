#include "http/call.hpp"

#include "base/text.hpp"
#include "net/url.hpp"

namespace slipway::http {

Call::Call(net::Exchange& exchange, Home& home, std::vector<PathValue> path, PrincipalPtr principal, std::shared_ptr<store::Cost> cost,
           store::OriginPtr origin)
    : exchange_(exchange),
      home_(home),
      path_(std::move(path)),
      principal_(std::move(principal)),
      cost_(std::move(cost)),
      origin_(std::move(origin)),
      store_(home.db.store_for(principal_->actor, cost_, origin_)) {}

std::string Call::access_url() const { return home_.site->access_url; }

std::string_view Call::path(std::string_view name) const {
  for (const auto& value : path_)
    if (value.name == name) return value.value;
  return {};
}

Result<Uuid> Call::path_uuid(std::string_view name) const {
  if (const auto id = Uuid::parse(path(name))) return *id;
  return fail(Code::invalid, fmt::format("Invalid UUID \"{}\" for path parameter \"{}\".", path(name), name));
}

std::optional<std::string> Call::query(std::string_view name) const { return net::query_value(request().query, name); }

bool Call::has_query(std::string_view name) const { return query(name).has_value(); }

Result<std::int64_t> Call::query_int(std::string_view name, std::int64_t fallback, std::int64_t least) const {
  const auto text = query(name);
  if (!text || text->empty()) return fallback;
  const auto value = text::number<std::int64_t>(*text);
  if (!value || *value < least || *value > 2147483647)
    return fail_field("Query parameters have invalid values.", std::string(name),
                      fmt::format("Query param \"{}\" must be a whole number of at least {}, not \"{}\".", name, least, *text));
  return *value;
}

Result<bool> Call::query_bool(std::string_view name, bool fallback) const {
  const auto text = query(name);
  if (!text) return fallback;
  if (*text == "true" || *text == "1" || text->empty()) return true;
  if (*text == "false" || *text == "0") return false;
  return fail_field("Query parameters have invalid values.", std::string(name),
                    fmt::format("Query param \"{}\" must be true or false, not \"{}\".", name, *text));
}

Result<std::optional<Uuid>> Call::query_uuid(std::string_view name) const {
  const auto text = query(name);
  if (!text || text->empty()) return std::optional<Uuid>();
  if (const auto id = Uuid::parse(*text)) return std::optional<Uuid>(*id);
  return fail_field("Query parameters have invalid values.", std::string(name), fmt::format("Query param \"{}\" must be a valid UUID.", name));
}

}  // namespace slipway::http
