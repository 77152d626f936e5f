// Query parameters that lists of jobs and daemons share: ids, words of an enum, tags, ages, a limit.
#pragma once

#include "features/jobs/jobs.hpp"

#include <span>

namespace slipway::jobs {

// Comma-separated; empty when absent.
std::vector<std::string> listed(const std::optional<std::string>& text);
// Errors: 400 naming `name` and the word at fault.
Result<std::vector<std::string>> listed_words(http::Call& call, std::string_view name, std::span<const std::string_view> all);
std::unexpected<Error> no_uuid(std::string_view name, std::string_view text);
template <class Id>
Result<std::vector<Id>> listed_ids(http::Call& call, std::string_view name) {
  std::vector<Id> out;
  for (const auto& one : listed(call.query(name))) {
    const auto id = Id::parse(one);
    if (!id) return no_uuid(name, one);
    out.push_back(*id);
  }
  return out;
}
// ?tags={"name":"value"}: nothing when absent or empty.
Result<std::optional<pg::Json>> asked_tags(http::Call& call);
// ?limit: 50 when absent, 1000 at most.
Result<std::int32_t> asked_limit(http::Call& call);
// A span of time as Go writes it ("1h30m", "90s", "250ms"). Errors: 400 naming `name`.
Result<std::optional<Milliseconds>> asked_span(http::Call& call, std::string_view name);

}  // namespace slipway::jobs
