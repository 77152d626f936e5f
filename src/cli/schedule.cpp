#include "cli/schedule.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>

#include "base/text.hpp"
#include "cli/command.hpp"
#include "cli/commands.hpp"
#include "cli/lookup.hpp"
#include "cli/print.hpp"
#include "cli/table.hpp"
#include "cli/terminal.hpp"

namespace slipway::cli {
namespace {

// None is below zero.
std::optional<int> number(std::string_view text) {
  const auto value = text::number<int>(text);
  return value >= 0 ? value : std::nullopt;
}

// Minutes since midnight.
std::optional<int> time_of_day(std::string text) {
  text = text::lower(text);
  std::erase(text, ' ');
  const bool am = text.ends_with("am"), pm = text.ends_with("pm");
  if (am || pm) text.resize(text.size() - 2);
  const auto colon = text.find(':');
  const auto hour = number(std::string_view(text).substr(0, colon));
  const auto minute = colon == std::string::npos ? std::optional(0) : number(std::string_view(text).substr(colon + 1));
  if (!hour || !minute || *minute > 59 || (colon == std::string::npos && !am && !pm)) return std::nullopt;
  if (!am && !pm) return *hour > 23 ? std::nullopt : std::optional(*hour * 60 + *minute);
  if (*hour < 1 || *hour > 12) return std::nullopt;
  return (*hour % 12 + (pm ? 12 : 0)) * 60 + *minute;
}

bool is_five_fields(std::string_view text) { return std::ranges::count(text, ' ') >= 4 || text.starts_with("CRON_TZ=") || text.starts_with("TZ="); }

constexpr std::string_view kDays = "sunmontuewedthufrisat";

// "Mon-Fri", "monday,wed", "1-5": as a schedule's last field.
Result<std::string> weekdays(std::string_view text) {
  std::string out, word;
  const auto finish = [&] {
    if (number(word)) return out += word, true;
    const auto at = word.size() < 3 ? std::string::npos : kDays.find(word.substr(0, 3));
    if (at == std::string::npos || at % 3 != 0) return false;
    out += std::to_string(at / 3);
    return true;
  };
  for (const char c : text::lower(text) + ',') {
    if (c != ',' && c != '-') {
      word += c;
      continue;
    }
    if (!finish()) return fail_field("These are no days of the week.", "days", "are such as Mon-Fri, Sat,Sun or *");
    out += c;
    word.clear();
  }
  out.pop_back();
  return out;
}

struct Options {
  std::string name, time, days = "*", zone, span, search = "owner:me";
  bool all = false;
  TableFlags flags;
};
using Shared = std::shared_ptr<Options>;

std::string when(const std::optional<Time>& time, Time now) {
  if (!time || *time <= kUnsetTime) return "";
  const auto left = std::chrono::duration_cast<Seconds>(std::max(*time - now, Microseconds(0)));
  return fmt::format("{} (in {})", to_rfc3339(std::chrono::floor<Seconds>(*time)), duration(left));
}

Result<int> show(Session& session, const Options& options) {
  std::vector<api::Workspace> found;
  if (!options.name.empty()) {
    TRY(one, find_workspace(session, options.name));
    found.push_back(std::move(one));
  } else {
    TRY(answer, session.get<api::WorkspacesResponse>(options.all ? "/api/v2/workspaces" : "/api/v2/workspaces?q=" + segment(options.search)));
    found = std::move(answer.workspaces);
  }
  Table table({"workspace", "starts at", "starts next", "stops after", "stops next"});
  const Time now = system_clock().now();
  for (const auto& one : found)
    table.add({one.owner_name + '/' + one.name, one.autostart_schedule, when(one.next_start_at, now),
               one.ttl_ms && *one.ttl_ms > 0 ? duration(Milliseconds(*one.ttl_ms)) : "",
               one.latest_build.status == "running" ? when(one.latest_build.deadline, now) : ""});
  return table.print(options.flags, api::to_json(found), "No workspace found.");
}

Result<int> start(Session& session, const Options& options) {
  TRY(workspace, find_workspace(session, options.name));
  if (workspace.is_prebuild) return fail(Code::conflict, "autostart configuration is not supported for prebuilt workspaces");
  api::UpdateWorkspaceAutostartRequest ask;
  if (options.time != "manual") {
    TRY(schedule, weekly_schedule(options.time, options.days, options.zone.empty() ? local_zone() : options.zone));
    ask.schedule = schedule;
  }
  TRY_OK(session.call("PUT", fmt::format("/api/v2/workspaces/{}/autostart", workspace.id.str()), api::to_json(ask)));
  if (!ask.schedule)
    tell("Workspace {} starts only when somebody starts it.\n", workspace.name);
  else
    tell("Workspace {} starts by the schedule {}.\n", workspace.name, *ask.schedule);
  return 0;
}

Result<int> stop(Session& session, const Options& options) {
  TRY(workspace, find_workspace(session, options.name));
  if (workspace.is_prebuild) return fail(Code::conflict, "autostop configuration is not supported for prebuilt workspaces");
  api::UpdateWorkspaceTTLRequest ask;
  if (options.span != "manual") {
    TRY(span, span_of(std::string_view(options.span), "duration"));
    ask.ttl_ms = span;
  }
  TRY_OK(session.call("PUT", fmt::format("/api/v2/workspaces/{}/ttl", workspace.id.str()), api::to_json(ask)));
  if (!ask.ttl_ms || *ask.ttl_ms == 0)
    tell("Workspace {} runs until somebody stops it.\n", workspace.name);
  else
    tell("Workspace {} stops {} after its start; this counts from the next start on.\n", workspace.name, duration(Milliseconds(*ask.ttl_ms)));
  return 0;
}

Result<int> extend(Session& session, const Options& options) {
  TRY(workspace, find_workspace(session, options.name));
  TRY(span, span_of(std::string_view(options.span), "duration"));
  const api::PutExtendWorkspaceRequest ask{.deadline = std::chrono::floor<Seconds>(system_clock().now() + Milliseconds(span))};
  TRY_OK(session.call("PUT", fmt::format("/api/v2/workspaces/{}/extend", workspace.id.str()), api::to_json(ask)));
  tell("Workspace {} stops in {}, at {}.\n", workspace.name, duration(Milliseconds(span)), to_rfc3339(ask.deadline));
  return 0;
}

Result<int> favorite(Session& session, const Options& options, bool add) {
  TRY(workspace, find_workspace(session, options.name));
  TRY_OK(session.call(add ? "PUT" : "DELETE", fmt::format("/api/v2/workspaces/{}/favorite", workspace.id.str()), {}));
  tell("Workspace {} {}.\n", workspace.name, add ? "comes first in your lists" : "is no favorite any more");
  return 0;
}

template <class F>
Shared with(Command command, F act) {
  auto options = std::make_shared<Options>();
  command.run([options, act](Session& session) { return act(session, *options); });
  return options;
}

}  // namespace

Result<std::string> weekly_schedule(std::string_view time, std::string_view days, const std::string& zone) {
  if (is_five_fields(time)) return std::string(time);
  const auto minutes = time_of_day(std::string(time));
  if (!minutes)
    return fail_field("That is no time of day.", "time",
                      "is such as 9:30AM, 17:00, manual, or a schedule such as \"CRON_TZ=Europe/Berlin 30 9 * * 1-5\"");
  const std::string every = "*";
  TRY(on, days == every ? Result<std::string>(every) : weekdays(days));
  return fmt::format("CRON_TZ={} {} {} * * {}", zone, *minutes % 60, *minutes / 60, on);
}

std::string local_zone() {
  if (const char* zone = std::getenv("TZ"); zone && *zone && *zone != ':') return zone;
  std::error_code ec;
  const auto link = std::filesystem::read_symlink("/etc/localtime", ec).string();
  constexpr std::string_view kFolder = "zoneinfo/";
  const auto at = link.find(kFolder);
  return ec || at == std::string::npos ? "UTC" : link.substr(at + kFolder.size());
}

Result<std::int64_t> span_of(std::string_view text, std::string_view field) {
  std::int64_t sum = 0;
  bool good = !text.empty();
  if (text == "0") return 0;
  for (std::string_view rest = text; good && !rest.empty();) {
    std::int64_t value = 0;
    const auto [end, fault] = std::from_chars(rest.data(), rest.data() + rest.size(), value);
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
    const char unit = rest.empty() ? ' ' : rest.front();
    const std::int64_t size = unit == 's' ? 1000 : unit == 'm' ? 60000 : unit == 'h' ? 3600000 : unit == 'd' ? 86400000 : 0;
    good = fault == std::errc() && size > 0 && value >= 0 && value < 1000000;
    if (good) rest.remove_prefix(1);
    sum += good ? value * size : 0;
  }
  if (!good) return fail_field("That is no span of time.", std::string(field), "is such as 90m, 8h, 1h30m, 2d, or 0");
  return sum;
}

Result<std::optional<std::int64_t>> span_of(const std::optional<std::string>& text, std::string_view field) {
  if (!text) return std::nullopt;
  TRY(span, span_of(std::string_view(*text), field));
  return span;
}

void add_schedule(Command root) {
  auto schedule = root.sub("schedule", "When workspaces start and stop by themselves");

  auto showing = schedule.sub("show", "Show schedules", "slipway schedule show\nslipway schedule show dev");
  auto show_options = with(showing, show);
  showing.optional_argument("workspace", show_options->name, "Its name, or owner/name; your own ones when absent");
  showing.option("--search", show_options->search, "Filter, as in slipway list");
  showing.flag("-a,--all", show_options->all, "Of every owner");
  show_options->flags.add_to(showing, "workspace, starts at, starts next, stops after, stops next");

  auto starting = schedule.sub("start", "Start a workspace by a schedule",
                               "slipway schedule start dev 9:30AM Mon-Fri Europe/Berlin\nslipway schedule start dev "
                               "17:00\nslipway schedule start dev manual");
  auto start_options = with(starting, start);
  starting.argument("workspace", start_options->name, "Its name, or owner/name");
  starting.argument("time", start_options->time, "Such as 9:30AM or 17:00; manual ends the schedule");
  starting.optional_argument("days", start_options->days, "Such as Mon-Fri or Sat,Sun; every day when absent");
  starting.optional_argument("zone", start_options->zone, "Such as Europe/Berlin; this machine's when absent");

  auto stopping =
      schedule.sub("stop", "Stop a workspace some time after each start", "slipway schedule stop dev 8h\nslipway schedule stop dev manual");
  auto stop_options = with(stopping, stop);
  stopping.argument("workspace", stop_options->name, "Its name, or owner/name");
  stopping.argument("duration", stop_options->span, "Such as 8h or 1h30m; manual lets it run");

  auto extending =
      schedule.sub("extend", "Move the end of a running workspace to some time from now", "slipway schedule extend dev 90m").alias("override-stop");
  auto extend_options = with(extending, extend);
  extending.argument("workspace", extend_options->name, "Its name, or owner/name");
  extending.argument("duration", extend_options->span, "From now: such as 90m");

  auto adding = root.sub("favorite", "Put a workspace at the head of your lists", "slipway favorite dev").alias("fav");
  auto add_options = with(adding, [](Session& session, const Options& options) { return favorite(session, options, true); });
  adding.argument("workspace", add_options->name, "Its name, or owner/name");
  auto dropping = root.sub("unfavorite", "Take a workspace from the head of your lists", "slipway unfavorite dev").alias("unfav");
  auto drop_options = with(dropping, [](Session& session, const Options& options) { return favorite(session, options, false); });
  dropping.argument("workspace", drop_options->name, "Its name, or owner/name");
}

}  // namespace slipway::cli
