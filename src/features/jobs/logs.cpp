// A job's log: all lines so far, or followed until the job ends.
#include "base/text.hpp"
#include "features/jobs/jobs.hpp"
#include "http/answer.hpp"
#include "http/live.hpp"

namespace slipway::jobs {

namespace {

constexpr std::size_t kPage = 1000;  // what one statement brings

api::ProvisionerJobLog to_wire(const sql::Log& row) {
  return {.id = row.id, .created_at = row.created_at, .log_source = row.source, .log_level = row.level, .stage = row.stage, .output = row.output};
}

// The number of a line. Older clients send a time in milliseconds as `before`, which is beyond every line.
Result<std::int64_t> line_number(const http::Call& call, std::string_view name, std::int64_t fallback) {
  const auto text = call.query(name).value_or("");
  if (text.empty()) return fallback;
  if (const auto value = text::number<std::int64_t>(text); value && *value >= fallback) return *value;
  return fail_field("Query parameters have invalid values.", std::string(name),
                    fmt::format("{} must be the number of a line, not \"{}\".", name, text));
}

bool ended(std::string_view status) { return status == "succeeded" || status == "failed" || status == "canceled"; }

// Sends what there is after `last`; true while more may come.
Task<Result<bool>> push_new(http::Call& call, const MayRead& may, JobId job, http::Live& live, std::int64_t& last) {
  // The status is read first: lines are written before the end of the job is, so that none is missed.
  CO_TRY(status, co_await sql::state_of(call.store(), may, job));
  CO_TRY(lines, co_await sql::logs(call.store(), may, job, last, std::int64_t{0}));
  for (const auto& line : lines) {
    last = line.id;
    if (!co_await live.send(api::to_json(to_wire(line)))) co_return false;
  }
  co_return status && (!ended(*status) || !lines.empty());
}

Task<Result<void>> follow(http::Call& call, const MayRead& may, JobId job, std::int64_t last, http::Standing right) {
  http::LiveOptions options{.topics = {{std::string(kNews), job.str()}}};
  http::Live live(call, std::move(right), std::move(options));
  CO_CHECK(co_await live.open(http::Frames::plain));
  auto more = co_await push_new(call, may, job, live, last);
  while (more && *more && co_await live.next() != http::Live::Why::over) more = co_await push_new(call, may, job, live, last);
  co_await live.close(more ? net::close_code::normal : net::close_code::internal);
  co_return Result<void>();
}

// All of it, however long: a page at a time is in memory, and leaves before the next one is read.
Task<Result<void>> send_all(http::Call& call, const MayRead& may, JobId job, std::int64_t after, std::int64_t before) {
  net::Response head{.status = 200, .headers = {{"Content-Type", "application/json"}}, .body = "["};
  for (bool first = true;; first = false) {
    CO_TRY(rows, co_await sql::logs(call.store(), may, job, after, before));
    std::string page = first ? std::exchange(head.body, {}) : std::string();
    for (const auto& row : rows) {
      if (page != "[") page += ',';
      page += api::to_json(to_wire(row));
      after = row.id;
    }
    const bool last = rows.size() < kPage;
    if (last) page += "]\n";
    if (first) {
      http::complete(head.headers, *call.home().site, call.id());
      head.body = std::move(page);
      CO_CHECK(co_await call.exchange().begin(std::move(head)));
    } else {
      CO_CHECK(co_await call.exchange().write(page));
    }
    if (last) co_return co_await call.exchange().finish();
  }
}

}  // namespace

Task<Result<http::Handled>> answer_logs(http::Call& call, const MayRead& may, JobId job, http::Standing right) {
  CO_TRY(after, line_number(call, "after", -1));
  CO_TRY(before, line_number(call, "before", 0));
  if (call.has_query("follow") && call.exchange().wants_websocket()) {
    CO_CHECK(co_await follow(call, may, job, after, std::move(right)));
    co_return http::Handled{};
  }
  CO_CHECK(co_await send_all(call, may, job, after, before));
  co_return http::Handled{};
}

}  // namespace slipway::jobs
