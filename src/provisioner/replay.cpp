// The `replay` engine: a template archive that carries recordings of what Terraform would have said. No child process.
//
//   replay/import.json            `show -json` of a plan: what an import or a dry run reads
//   replay/<start|stop|delete>.plan.json, .state.json    of a build; a start without them falls back to import.json
//   replay/<import|start|stop|delete>.log.ndjson, replay/log.ndjson    {"stage","level","output","delay_ms"} a line
//   replay/options.json {"delay_ms","log_lines","log_bytes","fail","error_code","fail_on":["start"],"ignore_cancel"}
//
// A build parameter named replay_delay_ms, replay_log_lines or replay_fail overrides the option of that name.
// ${slipway.workspace_id}, ${slipway.workspace_name} and ${slipway.owner_name} are filled in before reading.
#include "aio/blocking.hpp"
#include "aio/task.hpp"
#include "formats/archive.hpp"
#include "provisioner/json_read.hpp"
#include "provisioner/news.hpp"
#include "provisioner/plan_reader.hpp"

#include <charconv>
#include <map>

namespace slipway::provisioner {
namespace {

using Files = std::map<std::string, std::string, std::less<>>;

struct Options {
  Milliseconds delay{0};
  std::int64_t log_lines = 0;
  std::int64_t log_bytes = 80;
  std::string fail;
  std::string error_code;
  bool ignore_cancel = false;
};

constexpr std::int64_t kMostDelay = 24LL * 3600 * 1000;
constexpr std::int64_t kMostLines = 1'000'000;

std::int64_t digits(std::string_view text) {
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::string_view act_of(const JobInput& input) { return input.kind == JobKind::build ? to_string(input.workspace.transition) : "import"; }

Result<Options> options_of(const Files& files, const JobInput& input) {
  Options out;
  if (const auto file = files.find("replay/options.json"); file != files.end()) {
    TRY(value, parse_json(file->second, "replay/options.json", 1 << 20));
    const auto* object = value.if_object();
    if (!object) return fail(Code::invalid, "replay/options.json is not an object.");
    out.delay = Milliseconds(std::clamp<std::int64_t>(number(*object, "delay_ms"), 0, kMostDelay));
    out.log_lines = number(*object, "log_lines");
    out.log_bytes = std::clamp<std::int64_t>(number(*object, "log_bytes", 80), 1, 1 << 20);
    out.error_code = text(*object, "error_code");
    out.ignore_cancel = truth(*object, "ignore_cancel");
    const auto* acts = array_field(*object, "fail_on");
    const bool now = !acts || std::ranges::any_of(*acts, [&](const json::value& v) { return as_text(v) == act_of(input); });
    if (now) out.fail = text(*object, "fail");
  }
  for (const auto& parameter : input.parameters) {
    if (parameter.name == "replay_delay_ms") out.delay = Milliseconds(std::clamp<std::int64_t>(digits(parameter.value), 0, kMostDelay));
    if (parameter.name == "replay_log_lines") out.log_lines = digits(parameter.value);
    if (parameter.name == "replay_fail") out.fail = parameter.value;
  }
  out.log_lines = std::clamp<std::int64_t>(out.log_lines, 0, kMostLines);
  return out;
}

Result<Files> files_of(const std::string& archive) {
  Files out;
  TRY_OK(formats::read_archive(archive, {}, [&](formats::ArchiveEntry entry) -> Result<void> {
    if (!entry.directory && (entry.path.starts_with("replay/") || entry.path == "README.md"))
      out.emplace(std::move(entry.path), std::move(entry.bytes));
    return {};
  }));
  return out;
}

void fill_in(std::string& text, std::string_view name, std::string_view value) {
  auto quoted = json::serialize(json::string_view(value.data(), value.size()));
  quoted = quoted.substr(1, quoted.size() - 2);
  const auto mark = fmt::format("${{slipway.{}}}", name);
  for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark, at + quoted.size())) text.replace(at, mark.size(), quoted);
}

std::string recording(const Files& files, const JobInput& input, std::string_view name) {
  const auto found = files.find(fmt::format("replay/{}", name));
  if (found == files.end()) return "";
  auto text = found->second;
  fill_in(text, "workspace_id", input.workspace.id);
  fill_in(text, "workspace_name", input.workspace.name);
  fill_in(text, "owner_name", input.workspace.owner.name);
  return text;
}

// Many workspaces share a recording: everything that must be one of a kind is made anew.
void renew(Outcome& outcome, const JobInput& input) {
  std::map<std::string, std::string> app_ids;
  std::size_t kept = 0;
  const auto renew_app = [&](App& app) {
    const auto before = std::exchange(app.id, Uuid::random().str());
    if (!before.empty()) app_ids[before] = app.id;
  };
  for (auto& resource : outcome.resources) {
    for (auto& agent : resource.agents) {
      agent.id = Uuid::random().str();
      const auto& running = input.workspace.running_agent_tokens;
      if (agent.auth == "token") agent.token = kept < running.size() ? running[kept++].token : Secret(Uuid::random().str());
      std::ranges::for_each(agent.apps, renew_app);
      for (auto& container : agent.devcontainers) {
        container.id = Uuid::random().str();
        container.subagent_id = Uuid::random().str();
        std::ranges::for_each(container.apps, renew_app);
      }
    }
  }
  if (const auto found = app_ids.find(outcome.ai_task_app_id); found != app_ids.end()) outcome.ai_task_app_id = found->second;
}

std::string_view stage_of(const JobInput& input) {
  if (input.kind == JobKind::import) return stage::kPersistent;
  if (input.kind == JobKind::dry_run) return stage::kPlan;
  switch (input.workspace.transition) {
    case Transition::start: return stage::kStart;
    case Transition::stop: return stage::kStop;
    case Transition::destroy: return stage::kDelete;
  }
  return stage::kStart;
}

Result<Outcome> read_recordings(const Files& files, const JobInput& input) {
  const auto act = act_of(input);
  auto plan = recording(files, input, fmt::format("{}.plan.json", act));
  auto state = recording(files, input, fmt::format("{}.state.json", act));
  const bool starts = input.kind != JobKind::build || input.workspace.transition == Transition::start;
  if (plan.empty() && state.empty() && starts) plan = recording(files, input, "import.json");
  if (plan.empty() && state.empty() && starts)
    return fail(Code::invalid, "The archive has no replay/import.json, which the replay engine answers from.");
  const ReadInput from{.plan = plan, .state = state, .transition = input.workspace.transition, .claim = input.workspace.prebuild == Prebuild::claim};
  TRY(outcome, read(from));
  renew(outcome, input);
  if (input.kind != JobKind::build) {
    outcome.plan_json = pack(plan);
  } else if (input.workspace.transition == Transition::start) {
    outcome.state = pack(state.empty() ? plan : state);
  } else if (input.workspace.transition == Transition::stop) {
    outcome.state = input.state;
  }
  if (const auto readme = files.find("README.md"); readme != files.end()) outcome.readme = readme->second;
  return outcome;
}

Failure cancelled() { return {"The job was cancelled.", "", true}; }

// Sleeps; false when the job was told to stop meanwhile.
Task<bool> pause(Milliseconds time, const Options& options, Cancel& cancel) {
  using namespace asio::experimental::awaitable_operators;
  if (time.count() > 0) {
    if (options.ignore_cancel)
      co_await (aio::sleep(time) || cancel.when_forced());
    else
      co_await (aio::sleep(time) || cancel.when_asked());
  }
  co_return !(options.ignore_cancel ? cancel.forced() : cancel.asked());
}

Task<bool> play_log(const Files& files, const JobInput& input, const Options& options, News& news, Cancel& cancel) {
  auto log = files.find(fmt::format("replay/{}.log.ndjson", act_of(input)));
  if (log == files.end()) log = files.find("replay/log.ndjson");
  std::string_view rest = log == files.end() ? std::string_view() : std::string_view(log->second);
  while (!rest.empty()) {
    const auto end = std::min(rest.find('\n'), rest.size());
    const auto line = parse_json(rest.substr(0, end), "a replay log line", 1 << 20);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    const auto* object = line ? line->if_object() : nullptr;
    if (!object) continue;
    if (!co_await pause(Milliseconds(std::clamp<std::int64_t>(number(*object, "delay_ms"), 0, kMostDelay)), options, cancel)) co_return false;
    if (auto name = text(*object, "stage"); !name.empty()) news.stage(name);
    news.line(parse_log_level(text(*object, "level")).value_or(LogLevel::info), text(*object, "output"));
  }
  for (std::int64_t i = 0; i < options.log_lines; ++i) {
    auto output = fmt::format("line {} of {} ", i + 1, options.log_lines);
    output.resize(std::max(output.size(), static_cast<std::size_t>(options.log_bytes)), '.');
    news.line(LogLevel::info, output);
    if (i % 1000 == 999 && !co_await pause(Milliseconds(1), options, cancel)) co_return false;
  }
  co_return true;
}

class Replay : public Engine {
 public:
  std::string_view name() const override { return "replay"; }

  Task<Finished> run(const JobInput& input, Sink& sink, Cancel& cancel) override {
    Finished done;
    done.outcome.state = input.state;  // what a failed build keeps
    News news(sink);
    news.hide_all_of(input);
    news.stage(stage::kSetup);
    const auto unpack_files = [&input] { return files_of(input.archive); };
    auto files = co_await aio::blocking(unpack_files);
    if (!files) co_return failed(std::move(done), files.error());
    auto options = options_of(*files, input);
    if (!options) co_return failed(std::move(done), options.error());

    const auto declare = [&] { return read_variables(recording(*files, input, "import.json")); };
    if (const auto declared = co_await aio::blocking(declare)) news.hide_sensitive(*declared, input);

    news.stage(stage_of(input));
    const bool played = co_await play_log(*files, input, *options, news, cancel) && co_await pause(options->delay, *options, cancel);
    if (!played) {
      done.failure = cancelled();
      co_return done;
    }
    if (!options->fail.empty()) {
      news.line(LogLevel::error, options->fail);
      done.failure = Failure{news.masked(options->fail), options->error_code, false};
      co_return done;
    }
    const auto read_them = [&] { return read_recordings(*files, input); };
    auto outcome = co_await aio::blocking(read_them);
    if (!outcome) co_return failed(std::move(done), outcome.error());
    if (input.kind == JobKind::build && input.check_plan) {
      if (auto refused = co_await sink.planned(*outcome)) {
        done.failure = std::move(refused);
        co_return done;
      }
    }
    done.outcome = std::move(*outcome);
    news.stage(stage::kCleanUp);
    co_return done;
  }

 private:
  static Finished failed(Finished done, const Error& error) {
    done.failure = Failure{error.say, "", false};
    return done;
  }
};

}  // namespace

std::unique_ptr<Engine> make_replay_engine() { return std::make_unique<Replay>(); }

}  // namespace slipway::provisioner
