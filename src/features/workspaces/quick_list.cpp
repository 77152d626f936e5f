// The list at the cost of what changed: one statement says which rows, under which stamps; the rows themselves are kept, or read if not.
#include "crypto/hash.hpp"
#include "features/jobs/jobs.hpp"
#include "features/resources/resources.hpp"
#include "features/workspaces/list.hpp"
#include "http/etag.hpp"

namespace slipway::workspaces {

namespace {

// The kinds of rows that {listed_things} gives; whatever is beyond is a thing and its mark.
enum Kind : std::int32_t { kRow = 0, kTotal = 1, kBeat = 2 };

struct Beat {
  std::optional<Time> last_connected_at, disconnected_at;
};

struct Page {
  std::vector<sql::Listed> rows;  // in order
  std::int64_t total = 0;
  std::unordered_map<Uuid, Beat> beats;
  std::unordered_map<Uuid, std::int64_t> marks;
};

Page page_of(std::vector<sql::Listed> listed) {
  Page page;
  for (auto& row : listed) {
    if (row.kind == kRow)
      page.rows.push_back(std::move(row));
    else if (row.kind == kTotal)
      page.total = row.mark;
    else if (row.kind == kBeat)
      page.beats.emplace(row.id, Beat{row.at, row.gone});
    else
      page.marks.emplace(row.id, row.mark);
  }
  if (!std::ranges::is_sorted(page.rows, {}, &sql::Listed::mark)) std::ranges::sort(page.rows, {}, &sql::Listed::mark);
  return page;
}

template <class Args>
Args same_page(const sql::ListArgs& given) {
  auto args = filter_of<Args>(given);
  args.viewer = given.viewer;
  args.most = given.most;
  args.skip = given.skip;
  return args;
}

Task<Result<std::vector<sql::Listed>>> listed(http::Call& call, const sql::ListArgs& given) {
  if (asks_for_all(given)) co_return co_await sql::listed(call.store(), given.viewer, given.most, given.skip, is_part(given));
  if (given.owner_id) {
    const auto args = same_page<sql::ListedOfOwnerArgs>(given);
    co_return co_await sql::listed_of_owner(call.store(), args);
  }
  const auto args = same_page<sql::ListedMatchingArgs>(given);
  co_return co_await sql::listed_matching(call.store(), args);
}

// Was the piece made of what is there now?
bool stands(const Piece& piece, const sql::Listed& row, const Page& page) {
  if (!row.stamp || piece.stamp != *row.stamp) return false;
  return std::ranges::all_of(piece.things, [&page](const Thing& thing) {
    if (thing.id.is_nil()) return true;
    const auto mark = page.marks.find(thing.id);
    return (mark == page.marks.end() ? 0 : mark->second) == thing.mark;
  });
}

// An agent's times as its last heartbeat left them. Nothing: it is none of the page's.
std::optional<resources::ConnectionTimes> times_now(const Piece::Agent& agent, const Page& page) {
  const auto beat = page.beats.find(agent.id.uuid);
  if (beat == page.beats.end()) return std::nullopt;
  auto times = agent.times;
  times.last_connected_at = beat->second.last_connected_at;
  times.disconnected_at = beat->second.disconnected_at;
  return times;
}

// The place in the queue of a row that waits for a provisioner.
struct Place {
  std::int64_t position, size;
};

// Whether the text says what clock, heartbeats, uses and queue would have it say. Nothing: there is an agent that the page does not know.
std::optional<bool> is_current(const Piece& piece, const sql::Listed& row, const Page& page, std::optional<Place> place, Time now) {
  bool current = row.at == piece.last_used_at;
  if (place && (place->position != piece.waiting->position || place->size != piece.waiting->size)) current = false;
  for (const auto& agent : piece.agents) {
    const auto times = times_now(agent, page);
    if (!times) return std::nullopt;
    const auto shown = resources::connection_of(*times, now);
    current = current && times->last_connected_at == agent.times.last_connected_at && shown.status == agent.status &&
              shown.disconnected_at == agent.disconnected_at;
  }
  return current;
}

// The same row with what these have changed. Null: its text cannot be read.
PiecePtr renewed(const Piece& piece, const sql::Listed& row, const Page& page, std::optional<Place> place, Time now) {
  auto shown = api::from_json<api::Workspace>(piece.text);
  if (!shown) return nullptr;
  shown->last_used_at = row.at.value_or(shown->last_used_at);
  if (place) {
    shown->latest_build.job.queue_position = place->position;
    shown->latest_build.job.queue_size = place->size;
  }
  auto agent = piece.agents.begin();  // in the order of the text
  for (auto& resource : shown->latest_build.resources)
    for (auto& written : resource.agents) {
      if (agent == piece.agents.end()) return nullptr;
      const auto times = times_now(*agent++, page);
      if (!times) return nullptr;
      resources::show_connection(written, *times, now);
    }
  shown->health = health_of(shown->latest_build);
  return std::make_shared<const Piece>(piece.stamp, piece.things, std::move(*shown));
}

// The answer in the making: a piece for each row of the page; null: to be read.
struct Answer {
  Page page;
  std::vector<WorkspaceId> ids;
  std::vector<PiecePtr> pieces;
};

// The places of those that wait: they change with every job that is taken, whatever workspace it is of.
Task<Result<jobs::ById>> queue_of(http::Call& call, const Answer& answer) {
  std::vector<JobId> waiting;
  for (const auto& piece : answer.pieces)
    if (piece && piece->waiting) waiting.push_back(piece->waiting->job);
  if (waiting.empty()) co_return jobs::ById{};
  co_return co_await jobs::load_visible(call.store(), std::move(waiting));
}

// Takes what is kept as far as it is still so.
Task<Result<void>> take_kept(http::Call& call, Kept& kept, Answer& answer) {
  answer.pieces = kept.find(answer.ids);
  for (std::size_t i = 0; i < answer.ids.size(); ++i)
    if (answer.pieces[i] && !stands(*answer.pieces[i], answer.page.rows[i], answer.page)) answer.pieces[i] = nullptr;
  CO_TRY(queue, co_await queue_of(call, answer));
  const Time now = call.now();
  for (std::size_t i = 0; i < answer.ids.size(); ++i) {
    auto& piece = answer.pieces[i];
    if (!piece) continue;
    const auto& row = answer.page.rows[i];
    std::optional<Place> place;
    if (piece->waiting) {
      const auto job = queue.find(piece->waiting->job);
      if (job != queue.end() && job->second.status == api::ProvisionerJobStatus::pending)
        place = Place{job->second.queue_position, job->second.queue_size};
    }
    const auto current = piece->waiting && !place ? std::optional<bool>() : is_current(*piece, row, answer.page, place, now);
    if (current && *current) {
      kept.kept.add();
      continue;
    }
    piece = current ? renewed(*piece, row, answer.page, place, now) : nullptr;
    if (!piece) continue;
    kept.renewed.add();
    kept.put(answer.ids[i], piece);
  }
  co_return Result<void>();
}

std::array<Thing, 6> things_of(const sql::Shown& row) {
  return {{{row.organization_id.uuid, row.organization_mark},
           {row.owner_id.uuid, row.owner_mark},
           {row.initiator_id.uuid, row.initiator_mark},
           {row.template_id.uuid, row.template_mark},
           {row.template_version_id.uuid, row.version_mark},
           {row.worker_id ? row.worker_id->uuid : Uuid{}, row.worker_mark}}};
}

// Reads these rows as they are now, and keeps them. The stamp is read no later than what it stands for: a change in between makes another.
// Who may see a row was asked with it; its parts are then read by that one proof, so that what is kept is whole, whoever asked for it first.
Task<Result<std::unordered_map<WorkspaceId, PiecePtr>>> read_anew(http::Call& call, Kept& kept, std::vector<WorkspaceId> ids) {
  std::unordered_map<WorkspaceId, PiecePtr> pieces;
  CO_TRY(rows, co_await sql::shown(call.store(), ids));
  if (rows.empty()) co_return pieces;
  CO_TRY(may, (call.store().permit<rbac::Action::read, rbac::Resource::workspace>(sql::object_of(rows.front()))));
  std::vector<JobId> job_ids;
  for (const auto& row : rows) job_ids.push_back(row.job_id);
  CO_TRY(jobs, co_await jobs::load(call.store(), may, job_ids));
  CO_TRY(resources, co_await resources::load_resources(call.store(), may, job_ids));
  for (const auto& row : rows) {
    const auto job = jobs.find(row.job_id);
    if (job == jobs.end()) continue;
    auto shown = assemble(call, row, std::move(job->second), std::move(resources[row.job_id]));
    auto piece = std::make_shared<const Piece>(row.stamp, things_of(row), std::move(shown));
    kept.read.add();
    kept.put(row.id, piece);
    pieces.emplace(row.id, std::move(piece));
  }
  co_return pieces;
}

// What is missing is read; what cannot be read any more is left out.
Task<Result<void>> complete(http::Call& call, Kept& kept, Answer& answer) {
  std::vector<WorkspaceId> missing;
  for (std::size_t i = 0; i < answer.ids.size(); ++i)
    if (!answer.pieces[i]) missing.push_back(answer.ids[i]);
  if (missing.empty()) co_return Result<void>();
  CO_TRY(pieces, co_await read_anew(call, kept, std::move(missing)));
  for (std::size_t i = 0; i < answer.ids.size(); ++i) {
    if (answer.pieces[i]) continue;
    if (const auto piece = pieces.find(answer.ids[i]); piece != pieces.end()) answer.pieces[i] = piece->second;
  }
  co_return Result<void>();
}

constexpr std::string_view kHead = "{\"workspaces\":[", kTail = "],\"count\":", kTrue = "true", kFalse = "false";

std::string body_of(const Answer& answer, std::int64_t total) {
  std::size_t size = kHead.size() + kTail.size() + 24;
  for (const auto& piece : answer.pieces) size += piece ? piece->text.size() + 1 : 0;
  std::string body;
  body.reserve(size);
  body += kHead;
  for (std::size_t i = 0; i < answer.pieces.size(); ++i) {
    if (!answer.pieces[i]) continue;
    const std::string_view text = answer.pieces[i]->text;
    if (body.size() > kHead.size()) body += ',';
    if (!answer.page.rows[i].favorite) {
      body += text;
      continue;
    }
    body += text.substr(0, answer.pieces[i]->favorite_at);
    body += kTrue;
    body += text.substr(answer.pieces[i]->favorite_at + kFalse.size());
  }
  body += kTail;
  body += std::to_string(total);
  body += '}';
  return body;
}

// Of the bytes that would be sent, whichever server sends them; weak, since they may be compressed on their way (http/packing.hpp).
std::string etag_of(const Answer& answer, std::int64_t total) {
  std::string told;
  for (std::size_t i = 0; i < answer.pieces.size(); ++i) {
    if (!answer.pieces[i]) continue;
    told += answer.pieces[i]->digest;
    told += answer.page.rows[i].favorite ? '1' : '0';
  }
  told += std::to_string(total);
  return "W/\"" + crypto::hex(crypto::sha256(told).substr(0, 16)) + "\"";
}

}  // namespace

Task<Result<http::Raw>> list_quickly(http::Call& call, const sql::ListArgs& args, Kept& kept) {
  CO_TRY(found, co_await listed(call, args));
  Answer answer{.page = page_of(std::move(found)), .ids = {}, .pieces = {}};
  for (const auto& row : answer.page.rows) answer.ids.push_back(WorkspaceId{row.id});
  if (!answer.ids.empty()) {
    CO_CHECK(co_await take_kept(call, kept, answer));
    CO_CHECK(co_await complete(call, kept, answer));
  }
  const auto total = is_part(args) ? answer.page.total
                                   : static_cast<std::int64_t>(std::ranges::count_if(answer.pieces, [](const PiecePtr& p) { return p != nullptr; }));
  const auto etag = etag_of(answer, total);
  net::Response response{.status = 304, .headers = {}, .body = {}};
  if (http::names_etag(call.request().headers.get("If-None-Match"), etag))
    kept.unchanged.add();
  else
    response = http::json(200, body_of(answer, total));
  response.headers.set("ETag", etag);
  response.headers.set("Cache-Control", "private, no-cache");  // it may be kept, and is asked for all the same
  co_return http::Raw{std::move(response)};
}

}  // namespace slipway::workspaces
