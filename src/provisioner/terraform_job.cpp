#include "provisioner/terraform_job.hpp"

#include "aio/blocking.hpp"
#include "aio/task.hpp"
#include "base/log.hpp"
#include "base/private_file.hpp"
#include "formats/archive.hpp"
#include "provisioner/advice.hpp"
#include "provisioner/cli_configuration.hpp"
#include "provisioner/json_read.hpp"
#include "provisioner/plan_reader.hpp"
#include "provisioner/terraform_environment.hpp"

#include <filesystem>

namespace slipway::provisioner {

namespace {

constexpr auto kQueryLimit = std::chrono::minutes(5);  // of a show or a graph
constexpr std::size_t kQueryBytes = 256 << 20;
constexpr std::size_t kLongestEvent = 4 << 20;

Failure cancelled() { return {"The job was cancelled.", "", true}; }

// Away from the loop: plans may be as large as kQueryBytes.
Task<Result<std::vector<Variable>>> variables_in(const std::string& shown) {
  const auto parse = [&shown] { return read_variables(shown); };
  co_return co_await aio::blocking(parse);
}

// A timer that is cut short because its coroutine is cancelled answers like one that has run out: this tells them
// apart.
Task<bool> being_cancelled() {
  const auto state = co_await asio::this_coro::cancellation_state;
  co_return state.cancelled() != asio::cancellation_type::none;
}

std::string_view stage_of(Transition transition) {
  switch (transition) {
    case Transition::start: return stage::kStart;
    case Transition::stop: return stage::kStop;
    case Transition::destroy: return stage::kDelete;
  }
  return stage::kStart;
}

}  // namespace

Task<std::string> packed(const std::string& plain) {
  const auto compress = [&plain] { return pack(plain); };
  co_return co_await aio::blocking(compress);
}

#define CO_STEP(...)                                                 \
  do {                                                               \
    auto step_ = (__VA_ARGS__);                                      \
    if (!step_) co_return std::unexpected(std::move(step_).error()); \
  } while (false)

Task<Finished> TerraformJob::run() {
  news_.hide_all_of(input_);
  Finished done;
  auto step = co_await work();
  done.outcome = std::move(outcome_);
  done.outcome.timings = std::move(timings_);
  if (!step) done.failure = std::move(step).error();
  if (is_build() && !(done.ok() && is_delete())) done.outcome.state = state_.empty() ? input_.state : co_await packed(state_);
  if (is_build() && folder_) done.kept = keep(std::move(*folder_));
  news_.stage(stage::kCleanUp);
  co_return done;
}

Task<TerraformJob::Step> TerraformJob::work() {
  news_.stage(stage::kSetup);
  CO_STEP(co_await prepare());
  if (is_delete() && state_.empty()) {
    news_.stage(stage::kDelete);
    news_.line(LogLevel::info, "There is no state: nothing was built, so nothing is to be deleted.");
    co_return Step{};
  }
  CO_STEP(co_await init());
  CO_STEP(co_await learn_secrets());
  CO_STEP(stop_if_asked());
  news_.stage(input_.kind == JobKind::import ? stage::kPersistent : stage::kPlan);
  CO_STEP(co_await plan());
  if (!is_build()) co_return co_await read_plan();
  CO_STEP(co_await explain_claim());
  if (input_.check_plan) {
    CO_STEP(co_await read_plan());
    auto refused = co_await sink_.planned(outcome_);
    outcome_ = {};  // nothing of the plan exists yet
    if (refused) co_return std::unexpected(std::move(*refused));
  }
  CO_STEP(stop_if_asked());
  news_.stage(stage_of(input_.workspace.transition));
  co_return co_await apply();
}

TerraformJob::Step TerraformJob::stop_if_asked() const {
  if (cancel_.asked()) return std::unexpected(cancelled());
  return {};
}

Task<TerraformJob::Step> TerraformJob::prepare() {
  const auto lay_out = [this]() -> Result<void> {
    TRY(folder, WorkFolder::create(quarter_.folder, input_, quarter_.passage));
    folder_ = std::move(folder);
    TRY_OK(formats::extract_archive(input_.archive, folder_->template_folder()));
    // What a template ships of Terraform's own files would shadow ours.
    std::error_code ignored;
    for (const auto* name : {"/.terraform", "/terraform.tfstate", "/terraform.tfstate.backup", "/errored.tfstate", "/.terraform.tfstate.lock.info"})
      std::filesystem::remove_all(folder_->template_folder() + name, ignored);
    outcome_.readme = read_whole(folder_->template_folder() + "/README.md", 1 << 20);
    declares_secrets_ = configuration_mentions(folder_->template_folder(), "sensitive");
    return {};
  };
  if (auto laid = co_await aio::blocking(lay_out); !laid) co_return failed(laid.error());
  auto environment = environment_of(input_, own_environment(), options_.pass_prefixes);
  if (!environment) co_return failed(environment.error());
  environment_ = std::move(*environment);
  move_in(environment_);
  const auto configure = [this]() -> Result<void> {
    TRY_OK(write_configuration());
    cache_.emplace(quarter_, input_, folder_->template_folder(), fmt::format("{} {} {}", tool_.program, tool_.version, configuration_));
    return {};
  };
  if (auto written = co_await aio::blocking(configure); !written) co_return failed(written.error());
  if (is_build()) CO_STEP(co_await take_up_state());
  // From here on the folders are the builds': what the server wants of them it asks for with care.
  const auto hand_over = [this]() -> Result<void> {
    TRY_OK(Quarters::give(folder_->out_folder(), quarter_));
    return Quarters::give(folder_->template_folder(), quarter_);
  };
  if (auto given = co_await aio::blocking(hand_over); !given) co_return failed(given.error());
  co_return Step{};
}

// What the environment says of the account that a program runs under. Builds of an account or a place of their own have neither the
// server's home nor what lies in it.
void TerraformJob::move_in(aio::Environment& environment) const {
  const auto usable = [](std::string_view folder) { return ::access(std::string(folder).c_str(), W_OK | X_OK) == 0; };
  const bool apart = quarters_.kind() != Isolation::off;
  if (apart || !usable(environment.get("HOME").value_or(""))) environment.set("HOME", quarter_.home());
  if (apart || !usable(environment.get("TMPDIR").value_or("/tmp"))) environment.remove("TMPDIR");
  if (!apart) return;
  for (const auto* name : {"XDG_CONFIG_HOME", "XDG_RUNTIME_DIR", "SSH_AUTH_SOCK", "SHELL"}) environment.remove(name);
  if (quarter_.account.empty()) return;
  for (const auto* name : {"USER", "LOGNAME"}) environment.set(name, quarter_.account);
}

// A configuration of the job's own; blocks. An operator's that cannot be read is left out: it must not stop builds that need none.
Result<void> TerraformJob::write_configuration() {
  CliSources sources{.mirror = find_mirror(options_.mirror_directory, tool_.path),
                     .mirrored = {},
                     .operators = options_.cli_config_file.empty() ? "" : read_whole(options_.cli_config_file, 1 << 20),
                     .plugin_cache = quarter_.plugins()};
  sources.mirrored = providers_in(sources.mirror);
  mirror_ = sources.mirror;
  coder_is_mirrored_ = has_coder_provider(sources.mirrored);
  auto text = cli_configuration(sources);
  if (!text) {
    log::warn("the CLI configuration is left out", {{"file", options_.cli_config_file}, {"why", text.error().say}});
    sources.operators.clear();
    text = cli_configuration(sources);
  }
  if (!text) return std::unexpected(std::move(text).error());
  configuration_ = std::move(*text);
  TRY_OK(write_private(folder_->out_folder() + "/tofurc", configuration_));
  environment_.set("TF_CLI_CONFIG_FILE", folder_->out_folder() + "/tofurc");
  return {};
}

Task<TerraformJob::Step> TerraformJob::take_up_state() {
  const auto open = [this] { return unpack(input_.state); };
  auto plain_state = co_await aio::blocking(open);
  if (!plain_state) co_return failed(plain_state.error());
  state_ = std::move(*plain_state);
  const auto look = [this] { return leftover_state(quarter_.folder, input_, state_); };
  auto leftover = co_await aio::blocking(look);
  if (leftover.busy)
    news_.line(LogLevel::warn, "An interrupted build of this workspace is still ending; waiting for it.", LogSource::provisioner_daemon);
  const auto until = std::chrono::steady_clock::now() + options_.graceful_limit;
  while (leftover.busy) {
    if (cancel_.asked()) co_return std::unexpected(cancelled());
    if (std::chrono::steady_clock::now() > until)
      co_return std::unexpected(
          Failure{"An interrupted build of this workspace is still running on this provisioner; try again when it has ended.", "", false});
    co_await aio::sleep(Milliseconds(200));
    leftover = co_await aio::blocking(look);
  }
  if (leftover.state) {
    news_.line(LogLevel::warn, "An interrupted build left a newer state behind: this build goes on from it.", LogSource::provisioner_daemon);
    state_ = std::move(*leftover.state);
  }
  if (state_.empty()) co_return Step{};
  const auto put = [this]() -> Result<void> {
    TRY_OK(write_private(folder_->state_file(), state_));
    return {};
  };
  if (auto done = co_await aio::blocking(put); !done) co_return failed(done.error());
  const auto seek = [this] { return secrets_in(state_); };
  for (const auto& secret : co_await aio::blocking(seek)) news_.hide(secret);
  co_return Step{};
}

aio::ProcessOptions TerraformJob::command(std::vector<std::string> arguments) const {
  aio::ProcessOptions out;
  out.argv = {tool_.path};
  out.argv.insert(out.argv.end(), arguments.begin(), arguments.end());
  out.environment = environment_;
  out.directory = folder_->template_folder();
  // A server that dies leaves a Terraform that goes on: salvage() asks it to end. A signal at its parent's death would come once for
  // each thread that dies, and the second interrupt ends Terraform at once, without its state.
  out.outlives_reader = true;
  std::vector<std::string> readable = {tool_.path};
  if (!mirror_.empty()) readable.push_back(mirror_);
  quarters_.settle(out, quarter_, {folder_->template_folder(), folder_->out_folder()}, readable);
  return out;
}

// Interrupts the process when the job is cancelled or over its time, kills its group when that takes too long. Never
// ends by itself: whoever awaits the process ends it.
Task<void> TerraformJob::guard(aio::Process& process) {
  using namespace asio::experimental::awaitable_operators;
  const auto left = std::chrono::duration_cast<Milliseconds>(begun_ + options_.job_limit - std::chrono::steady_clock::now());
  asio::steady_timer limit(co_await aio::executor(), std::max(left, Milliseconds(0)));
  const auto first = co_await (cancel_.when_asked() || limit.async_wait(aio::tuple));
  if (co_await being_cancelled()) co_return;
  over_time_ = first.index() == 1;
  news_.line(LogLevel::warn, over_time_ ? "The job takes too long: interrupting it." : "The job is being cancelled: interrupting it.",
             LogSource::provisioner_daemon);
  process.signal(SIGINT);
  limit.expires_after(options_.graceful_limit);
  const auto second = co_await (cancel_.when_forced() || limit.async_wait(aio::tuple));
  if (co_await being_cancelled()) co_return;
  news_.line(LogLevel::warn, second.index() == 0 ? "Ending it by force." : "It did not end in time: ending it by force.",
             LogSource::provisioner_daemon);
  process.signal(SIGKILL);
  while (true) co_await aio::sleep(std::chrono::hours(1));
}

// Runs one act whose output is a log, and may be interrupted.
Task<Result<aio::Exit>> TerraformJob::speak(std::vector<std::string> arguments, EventReader& reader) {
  using namespace asio::experimental::awaitable_operators;
  auto process = aio::Process::start(co_await aio::executor(), command(std::move(arguments)));
  if (!process) co_return std::unexpected(std::move(process).error());
  note_process(*folder_, process->pid());
  const bool verbose = input_.log_level == "debug" || input_.log_level == "trace";
  const aio::LineSink sink = [&](aio::Channel channel, std::string_view line) {
    if (channel == aio::Channel::errors) {
      if (auto text = plain(line); !text.empty()) news_.line(LogLevel::error, text);
      return;
    }
    for (const auto& spoken : reader.read(line))
      if (verbose || spoken.level >= LogLevel::info) news_.line(spoken.level, spoken.text);
  };
  const aio::StopPolicy policy{SIGINT, options_.graceful_limit};
  auto ended = co_await (aio::follow(*process, sink, policy, kLongestEvent) || guard(*process));
  co_return std::get<0>(ended);
}

Task<Result<std::string>> TerraformJob::query(std::vector<std::string> arguments) {
  CO_TRY(done, co_await aio::run(command(std::move(arguments)), {}, kQueryLimit, kQueryBytes));
  if (!done.exit.ok()) {
    auto error = fail(Code::invalid, fmt::format("{} could not show what it planned: {}", tool_.program, plain(done.errors.substr(0, 2000))));
    co_return error;
  }
  if (done.cut) co_return fail(Code::too_large, "What the template makes is too large to be read.");
  co_return std::move(done.output);
}

Failure TerraformJob::failure_of(const EventReader& reader, const aio::Exit& exit, std::string_view act) const {
  if (over_time_)
    return {fmt::format("The job took longer than {} minutes and was ended.",
                        std::chrono::duration_cast<std::chrono::minutes>(options_.job_limit).count()),
            "", false};
  if (cancel_.asked()) return cancelled();
  if (auto summary = reader.summary(); !summary.empty()) {
    // What to do comes first: the tool's own words are long and name what it tried.
    const auto advice = advice_for(summary, coder_is_mirrored_);
    return {news_.masked(advice.empty() ? std::move(summary) : fmt::format("{} {}", advice, summary)), "", false};
  }
  return {fmt::format("{} {} failed with {}: see the log.", tool_.program, act, exit.describe()), "", false};
}

// Whether the shell command, run as builds are, did its work.
Task<bool> TerraformJob::carry(std::vector<std::string> shell) {
  auto process = command({});
  process.argv = std::move(shell);
  const auto done = co_await aio::run(std::move(process), {}, kQueryLimit);
  co_return done.has_value() && done->exit.ok();
}

Task<TerraformJob::Step> TerraformJob::init() {
  const auto begun = system_clock().now();
  const auto seek = [this] { return cache_->present(); };
  const bool restored = co_await aio::blocking(seek) && co_await carry(cache_->restore_command());
  if (!restored) {
    EventReader reader("init");
    std::vector<std::string> arguments = {"init", "-input=false", "-no-color"};
    if (tool_.at_least(1, 9)) arguments.emplace_back("-json");
    auto exit = co_await speak(arguments, reader);
    if (!exit) co_return failed(exit.error());
    if (!exit->ok()) co_return std::unexpected(failure_of(reader, *exit, "init"));
    co_await carry(cache_->keep_command());
    const auto tidy = [this] { cache_->tidy(); };
    co_await aio::blocking(tidy);
  } else {
    news_.line(LogLevel::info, "Providers and modules come from the cache of this template version.");
  }
  timings_.push_back({"init", "terraform", restored ? "reusing terraform" : "initializing terraform", "state file", begun, system_clock().now()});
  co_return Step{};
}

// Whoever gives values with an import does not say which of them are secret: the template does. Where the tool cannot be asked
// before it plans, all that was given is treated as secret.
Task<TerraformJob::Step> TerraformJob::learn_secrets() {
  if (is_build() || !declares_secrets_) co_return Step{};
  if (auto shown = tool_.program == "OpenTofu" ? co_await query({"show", "-json", "-config"}) : Result<std::string>(fail(Code::invalid, ""))) {
    if (const auto declared = co_await variables_in(*shown)) {
      news_.hide_sensitive(*declared, input_);
      co_return Step{};
    }
  }
  for (const auto& variable : input_.variables) news_.hide(variable.value);
  co_return Step{};
}

Task<Failure> TerraformJob::plan_failure(const EventReader& reader, const aio::Exit& exit) {
  const auto missing = reader.missing_variables();
  if (missing.empty()) co_return failure_of(reader, exit, "plan");
  // The person is asked for values: say what is declared, as far as the tool can be asked.
  if (auto shown = tool_.program == "OpenTofu" ? co_await query({"show", "-json", "-config"}) : Result<std::string>(fail(Code::invalid, "")))
    if (auto variables = co_await variables_in(*shown)) outcome_.variables = std::move(*variables);
  if (outcome_.variables.empty())
    for (const auto& name : missing) outcome_.variables.push_back({.name = name, .type = "string", .required = true});
  std::string names;
  for (const auto& name : missing) names += (names.empty() ? "" : ", ") + name;
  auto say = fmt::format(
      "required template variables need values: {}. Import the version again with them: slipway templates push --variable name=value", names);
  co_return Failure{std::move(say), std::string(kMissingVariables), false};
}

Task<TerraformJob::Step> TerraformJob::plan() {
  EventReader reader("plan");
  std::vector<std::string> arguments = {"plan", "-input=false", "-json", "-out=" + folder_->plan_file()};
  if (is_delete()) arguments.emplace_back("-destroy");
  auto exit = co_await speak(arguments, reader);
  if (!exit) co_return failed(exit.error());
  std::ranges::move(reader.take_timings(), std::back_inserter(timings_));
  if (!exit->ok()) co_return std::unexpected(co_await plan_failure(reader, *exit));
  if (cancel_.asked()) co_return std::unexpected(cancelled());
  if (!wants_plan()) co_return Step{};
  auto shown = co_await query({"show", "-json", folder_->plan_file()});
  if (!shown) co_return failed(shown.error());
  plan_json_ = std::move(*shown);
  co_return co_await know_configuration();
}

// A claim that must replace a machine is slow: the log shows which attribute forces it.
Task<TerraformJob::Step> TerraformJob::explain_claim() {
  if (input_.workspace.prebuild != Prebuild::claim || input_.workspace.transition != Transition::start) co_return Step{};
  auto shown = co_await query({"show", "-no-color", folder_->plan_file()});
  if (!shown) co_return Step{};
  aio::LineSplitter lines;
  const aio::LineSplitter::Sink log = [this](std::string_view line) {
    news_.line(line.find("# forces replacement") == std::string_view::npos ? LogLevel::info : LogLevel::warn, line);
  };
  lines.feed(*shown, log);
  lines.finish(log);
  co_return Step{};
}

// The template's configuration, and its graph where that says more, are the same for every build of a version: they
// are kept beside its init, so that a build need not ask for them again.
Task<TerraformJob::Step> TerraformJob::know_configuration() {
  if (plan_json_.empty()) {
    const auto recall = [this] { return std::pair(cache_->note("configuration.json"), cache_->note("graph.dot")); };
    std::tie(plan_json_, graph_) = co_await aio::blocking(recall);
    if (!plan_json_.empty()) co_return Step{};
    auto shown = co_await query({"show", "-json", folder_->plan_file()});
    if (!shown) co_return failed(shown.error());
    plan_json_ = std::move(*shown);
  }
  const auto digest = [this]() -> Result<std::pair<bool, std::string>> {
    TRY(parsed, parse_json(plan_json_, "Terraform's plan"));
    const auto* object = parsed.if_object();
    const auto* configuration = object ? field(*object, "configuration") : nullptr;
    json::object kept{{"format_version", "1.2"}};
    if (configuration) kept["configuration"] = *configuration;
    return std::pair(needs_graph(plan_json_), json::serialize(kept));
  };
  auto digested = co_await aio::blocking(digest);
  if (!digested) co_return failed(digested.error());
  graph_ = cache_->note("graph.dot");
  if (digested->first && graph_.empty()) {
    if (auto graph = co_await query({"graph", "-type=plan"})) graph_ = std::move(*graph);
  }
  const auto keep = [this, &digested] {
    if (!graph_.empty()) cache_->keep_note("graph.dot", graph_);
    cache_->keep_note("configuration.json", digested->second);
  };
  co_await aio::blocking(keep);
  co_return Step{};
}

Task<TerraformJob::Step> TerraformJob::read_plan() {
  const bool start = !is_build() || input_.workspace.transition == Transition::start;
  const auto parse = [this, start] {
    return read({.plan = plan_json_, .graph = graph_, .transition = start ? Transition::start : input_.workspace.transition});
  };
  auto outcome = co_await aio::blocking(parse);
  if (!outcome) co_return failed(outcome.error());
  outcome->readme = std::move(outcome_.readme);
  outcome_ = std::move(*outcome);
  if (!is_build()) {
    for (const auto& sentence : advice_on(outcome_)) news_.line(LogLevel::warn, sentence);
    outcome_.plan_json = co_await packed(plan_json_);
  }
  co_await look_ahead();
  co_return Step{};
}

Task<TerraformJob::Step> TerraformJob::apply() {
  using namespace asio::experimental::awaitable_operators;
  EventReader reader("apply");
  // Asking for the configuration does not disturb the apply, so both go at once.
  auto [exit, known] = co_await (speak({"apply", "-input=false", "-json", "-auto-approve", folder_->plan_file()}, reader) && know_configuration());
  if (!exit) co_return failed(exit.error());
  std::ranges::move(reader.take_timings(), std::back_inserter(timings_));
  auto read_back = co_await read_state(!exit->ok());
  if (!exit->ok()) co_return std::unexpected(failure_of(reader, *exit, "apply"));
  if (!known) co_return std::unexpected(std::move(known).error());
  co_return read_back;
}

Task<TerraformJob::Step> TerraformJob::read_state(bool failed_apply) {
  const auto fetch = [this] { return state_left_in(folder_->root()); };
  auto text = co_await aio::blocking(fetch);
  if (!text.empty()) state_ = std::move(text);
  if (is_delete() && !failed_apply) co_return Step{};
  std::string shown = state_;
  const auto parse = [this, &shown] {
    return read({.plan = plan_json_,
                 .state = shown,
                 .graph = graph_,
                 .transition = input_.workspace.transition,
                 .claim = input_.workspace.prebuild == Prebuild::claim});
  };
  auto outcome = co_await aio::blocking(parse);
  if (!outcome && outcome.error().code == Code::invalid && !state_.empty()) {  // encrypted, or of another version: the tool can read it
    if (auto asked = co_await query({"show", "-json"})) {
      shown = std::move(*asked);
      outcome = co_await aio::blocking(parse);
    }
  }
  if (!outcome) co_return failed(outcome.error());
  outcome->readme = std::move(outcome_.readme);
  outcome_ = std::move(*outcome);
  co_return Step{};
}

}  // namespace slipway::provisioner
