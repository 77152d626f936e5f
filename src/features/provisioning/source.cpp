#include "aio/event.hpp"
#include "api/gen/versions.hpp"
#include "api/init_script.hpp"
#include "base/log.hpp"
#include "crypto/token.hpp"
#include "features/agents/agents.hpp"
#include "features/jobs/jobs.hpp"
#include "features/organizations/gen/organizations_sql.hpp"
#include "features/provisioning/gen/provisioning_sql.hpp"
#include "features/provisioning/provisioning.hpp"
#include "features/quotas/quotas.hpp"
#include "features/templates/templates.hpp"
#include "features/workspaces/workspaces.hpp"
#include "provisioner/engine.hpp"

#include <boost/json.hpp>
#include <unistd.h>

namespace slipway::provisioning {

namespace {

using Duty = rbac::Duty;
using Handle = store::DutyStore<Duty::provisioner_daemon>;

struct Input {
  TemplateVersionId version;
  BuildId build;
  std::vector<api::VariableValue> variables;
  std::vector<provisioner::NamedValue> parameters;  // of a dry run
  std::string workspace_name;
  std::string log_level;
};

template <class T>
std::vector<T> values_in(const boost::json::object& input, const char* key) {
  std::vector<T> out;
  const auto* list = input.if_contains(key);
  if (!list || !list->is_array()) return out;
  for (const auto& item : list->as_array())
    if (const auto* object = item.if_object(); object && object->contains("name") && object->contains("value"))
      out.push_back(T{std::string(std::string_view(object->at("name").as_string())), std::string(std::string_view(object->at("value").as_string()))});
  return out;
}

Input read_input(const std::string& text) {
  Input out;
  boost::system::error_code ec;
  const auto parsed = boost::json::parse(text, ec);
  if (ec || !parsed.is_object()) return out;
  const auto& input = parsed.as_object();
  const auto text_of = [&input](const char* key) {
    const auto* value = input.if_contains(key);
    return value && value->is_string() ? std::string(std::string_view(value->as_string())) : std::string();
  };
  out.version = TemplateVersionId::parse(text_of("template_version_id")).value_or(TemplateVersionId{});
  out.build = BuildId::parse(text_of("workspace_build_id")).value_or(BuildId{});
  out.variables = values_in<api::VariableValue>(input, "user_variable_values");
  out.parameters = values_in<provisioner::NamedValue>(input, "rich_parameter_values");
  out.workspace_name = text_of("workspace_name");
  out.log_level = text_of("log_level");
  return out;
}

std::map<std::string, std::string> agent_scripts() {
  std::map<std::string, std::string> scripts;
  for (const auto& platform : api::agent_platforms())
    scripts[fmt::format("{}_{}", platform.os, platform.arch)] = api::init_script(platform.os, platform.arch);
  return scripts;
}

class StoreSource final : public provisioner::JobSource {
 public:
  StoreSource(http::Home& home, SourceOptions options)
      : home_(home), options_(std::move(options)), posted_(home.executor), scripts_(agent_scripts()) {
    subscription_ = home_.db.listener().subscribe(home_.executor, std::string(jobs::kPosted), [this](const pg::Wake&) { posted_.notify(); });
  }

  Task<Result<std::optional<provisioner::JobInput>>> acquire(const std::string& daemon, Milliseconds patience) override {
    CO_TRY(worker, co_await worker_id(daemon));
    for (auto waited = Milliseconds(0);; waited += Milliseconds(2000)) {
      CO_TRY(input, co_await try_acquire(worker));
      if (input || waited >= patience) co_return std::move(input);
      co_await posted_.wait_for(std::min(patience, Milliseconds(2000)));
    }
  }

  Task<Result<provisioner::Orders>> heartbeat(const JobId& job) override {
    auto duty = home_.db.duty<Duty::provisioner_daemon>();
    CO_TRY(canceled, co_await jobs::sql::heartbeat(duty, duty.now(), job, running_[job].worker));
    co_return !canceled ? provisioner::Orders::abandon : *canceled ? provisioner::Orders::cancel : provisioner::Orders::go_on;
  }

  Task<Result<void>> logs(const JobId& job, std::vector<provisioner::LogLine> batch) override {
    jobs::sql::InsertLogsArgs args{.now = home_.db.clock().now(), .id = job};
    for (auto& line : batch) {
      args.bytes += static_cast<std::int32_t>(line.output.size());
      args.created_at.push_back(line.created_at);
      args.source.emplace_back(provisioner::to_string(line.source));
      args.level.emplace_back(provisioner::to_string(line.level));
      args.stage.push_back(std::move(line.stage));
      args.output.push_back(std::move(line.output));
    }
    auto duty = home_.db.duty<Duty::provisioner_daemon>();
    auto body = [&](store::DutyTx<Duty::provisioner_daemon>& tx) -> Task<Result<void>> {
      CO_CHECK(co_await jobs::sql::insert_logs(tx, args));
      co_return co_await store::notify(tx, std::string(jobs::kNews), job.str());
    };
    co_return co_await duty.tx(body);
  }

  Task<Result<std::optional<provisioner::Failure>>> commit_quota(const JobId& job, std::int64_t daily_cost) override {
    co_return co_await quotas::commit(home_, job, daily_cost);
  }

  Task<Result<void>> complete(const JobId& job, provisioner::Outcome outcome) override { co_return co_await end(job, std::move(outcome), std::nullopt); }

  Task<Result<void>> fail(const JobId& job, provisioner::Failure failure, provisioner::Outcome partial) override {
    co_return co_await end(job, std::move(partial), std::move(failure));
  }

 private:
  struct Running {
    DaemonId worker;
    std::string type;
    Input input;
  };

  Task<Result<DaemonId>> worker_id(const std::string& daemon) {
    auto duty = home_.db.duty<Duty::provisioner_daemon>();
    auto known = daemons_.find(daemon);
    if (known != daemons_.end()) {
      if (duty.now() - seen_ > Seconds(15)) {
        seen_ = duty.now();
        std::vector<DaemonId> ids;
        for (const auto& [name, id] : daemons_) ids.push_back(id);
        CO_CHECK(co_await jobs::sql::daemon_seen(duty, duty.now(), ids));
      }
      co_return known->second;
    }
    auto open = home_.db.open();
    CO_TRY(organization, co_await organizations::sql::default_id(open));
    char host[256] = "";
    ::gethostname(host, sizeof host - 1);
    const ProvisionerKeyId built_in{*Uuid::parse("00000000-0000-0000-0000-000000000001")};
    const jobs::sql::SaveDaemonArgs args{.daemon_id = DaemonId::random(), .organization_id = organization, .key_id = built_in, .name = fmt::format("{}-{}-{}", host, ::getpid(), daemon),
                                         .provisioners = options_.engines, .tags = {jobs::to_json(jobs::complete_tags({}))}, .version = options_.version,
                                         .api_version = "1.0", .replica_id = {}, .now = duty.now()};
    CO_TRY(id, co_await jobs::sql::save_daemon(duty, args));
    daemons_[daemon] = id;
    co_return id;
  }

  Task<Result<std::optional<provisioner::JobInput>>> try_acquire(DaemonId worker) {
    auto duty = home_.db.duty<Duty::provisioner_daemon>();
    const jobs::sql::AcquireArgs args{.now = duty.now(), .worker_id = worker, .organization_id = {}, .provisioners = options_.engines, .tags = {jobs::to_json(jobs::complete_tags({}))}};
    CO_TRY(job, co_await jobs::sql::acquire(duty, args));
    if (!job) co_return std::optional<provisioner::JobInput>();
    running_[job->id] = {.worker = worker, .type = job->type, .input = read_input(job->input.text)};
    auto input = co_await gather(duty, *job);
    if (!input) {
      log::error("a job could not be prepared", {{"job", job->id.str()}, {"why", input.error().why}, {"say", input.error().say}});
      CO_CHECK(co_await fail(job->id, {.say = "The job could not be prepared: " + input.error().say, .code = {}, .cancelled = false}, {}));
      co_return std::optional<provisioner::JobInput>();
    }
    co_await tell_watchers(*job);
    co_return std::optional(std::move(*input));
  }

  Task<void> tell_watchers(const jobs::sql::Acquired& job) {
    auto duty = home_.db.duty<Duty::provisioner_daemon>();
    auto body = [&](store::DutyTx<Duty::provisioner_daemon>& tx) -> Task<Result<void>> {
      CO_CHECK(co_await store::notify(tx, std::string(jobs::kNews), job.id.str()));
      if (workspace_of_.contains(job.id)) CO_CHECK(co_await store::notify(tx, std::string(agents::kWorkspaceNews), workspace_of_[job.id].str()));
      co_return Result<void>();
    };
    if (auto told = co_await duty.tx(body); !told) log::warn("followers of a job were not told that it began", {{"why", told.error().why}});
  }

  Task<Result<provisioner::JobInput>> gather(Handle& duty, const jobs::sql::Acquired& job) {
    const Input& input = running_[job.id].input;
    provisioner::JobInput out;
    out.id = job.id;
    out.engine = job.provisioner;
    out.access_url = options_.access_url;
    out.agent_url = options_.agent_url;
    out.agent_scripts = scripts_;
    out.log_level = input.log_level;
    CO_TRY(archive, co_await sql::archive_of(duty, job.id));
    out.archive = std::move(archive.data);
    if (job.type == "workspace_build") {
      CO_CHECK(co_await gather_build(duty, input, out));
      workspace_of_[job.id] = *WorkspaceId::parse(out.workspace.id);
    } else {
      out.kind = job.type == "template_version_import" ? provisioner::JobKind::import : provisioner::JobKind::dry_run;
      CO_CHECK(co_await gather_version(duty, job, input, out));
    }
    co_return out;
  }

  Task<Result<void>> gather_version(Handle& duty, const jobs::sql::Acquired& job, const Input& input, provisioner::JobInput& out) {
    CO_TRY(person, co_await sql::person(duty, job.initiator_id));
    out.workspace.owner = {.id = person.id.str(), .name = person.username, .full_name = person.name, .email = person.email, .login_type = person.login_type};
    out.workspace.name = input.workspace_name.empty() ? "default" : input.workspace_name;
    CO_TRY(version, co_await sql::version_source(duty, input.version));
    out.workspace.template_version = version.version_name;
    out.workspace.template_name = version.template_name;
    if (version.template_id) out.workspace.template_id = version.template_id->str();
    out.parameters = input.parameters;
    for (const auto& value : input.variables) out.variables.push_back({.name = value.name, .value = value.value});
    if (out.kind != provisioner::JobKind::dry_run || !out.variables.empty()) co_return Result<void>();
    CO_TRY(variables, co_await sql::variables_of(duty, input.version));
    for (auto& v : variables) out.variables.push_back({.name = std::move(v.name), .value = std::move(v.value), .sensitive = v.sensitive});
    co_return Result<void>();
  }

  Task<Result<void>> gather_build(Handle& duty, const Input& input, provisioner::JobInput& out) {
    CO_TRY(row, co_await sql::build_source(duty, input.build));
    out.kind = provisioner::JobKind::build;
    auto& w = out.workspace;
    w.id = row.workspace_id.str();
    w.name = row.workspace_name;
    w.template_id = row.template_id.str();
    w.template_name = row.template_name;
    w.template_version = row.version_name;
    w.build_id = row.id.str();
    w.build_number = row.build_number;
    w.transition = provisioner::parse_transition(row.transition).value_or(provisioner::Transition::start);
    w.owner = {.id = row.owner_id.str(), .name = row.username, .full_name = row.full_name, .email = row.email, .login_type = row.login_type, .groups = row.groups,
               .roles = {}, .ssh_public_key = row.public_key, .ssh_private_key = Secret(row.private_key)};
    for (const auto& role : row.rbac_roles) w.owner.roles.push_back({role, ""});
    out.state = std::move(row.state.data);
    out.check_plan = w.transition != provisioner::Transition::destroy && quotas::may_cost(out.archive);
    CO_TRY(variables, co_await sql::variables_of(duty, row.template_version_id));
    for (auto& v : variables) out.variables.push_back({.name = std::move(v.name), .value = std::move(v.value), .sensitive = v.sensitive});
    CO_TRY(parameters, co_await sql::build_parameters(duty, input.build));
    for (auto& p : parameters) out.parameters.push_back({std::move(p.name), std::move(p.value)});
    CO_TRY(previous, co_await sql::previous_parameters(duty, row.workspace_id, row.build_number));
    for (auto& p : previous) out.previous_parameters.push_back({std::move(p.name), std::move(p.value)});
    if (w.transition != provisioner::Transition::start || row.owner_id == kPrebuildsUser) co_return Result<void>();
    CO_TRY(token, co_await owner_token(duty, row));
    w.owner.session_token = std::move(token);
    co_return Result<void>();
  }

  // The token by which a template may act for its owner. One a workspace: a new build's replaces the last one's.
  Task<Result<Secret>> owner_token(Handle& duty, const sql::BuildSource& row) {
    const auto key = crypto::make_api_key();
    const sql::ReplaceOwnerTokenArgs args{.id = key.id, .hashed_secret = {key.hash()}, .user_id = row.owner_id, .token_name = row.workspace_id.str() + "_session_token",
                                          .lifetime_seconds = options_.session_lifetime.count(), .now = duty.now(), .expires_at = duty.now() + options_.session_lifetime};
    CO_CHECK(co_await sql::replace_owner_token(duty, args));
    co_return key.text();
  }

  Task<Result<void>> end(const JobId& job, provisioner::Outcome outcome, std::optional<provisioner::Failure> failure) {
    const Running running = running_[job];
    auto duty = home_.db.duty<Duty::provisioner_daemon>();
    const jobs::sql::CompleteArgs args{.now = duty.now(), .error = failure ? failure->say : "", .error_code = failure ? failure->code : "", .id = job, .worker_id = running.worker};
    auto body = [&](store::DutyTx<Duty::provisioner_daemon>& tx) -> Task<Result<void>> {
      CO_TRY(ended, co_await jobs::sql::complete(tx, args));
      if (ended == 0) {
        log::warn("a job had ended before its daemon was done", {{"job", job.str()}});
        co_return Result<void>();
      }
      CO_CHECK(co_await store_outcome(tx, job, running, outcome, !failure));
      co_return co_await store::notify(tx, std::string(jobs::kNews), job.str());
    };
    auto done = co_await aio::shielded(duty.tx(body));
    if (done) {
      running_.erase(job);
      workspace_of_.erase(job);
    }
    co_return done;
  }

  static Task<Result<void>> store_outcome(store::DutyTx<Duty::provisioner_daemon>& tx, JobId job, const Running& running, const provisioner::Outcome& outcome, bool succeeded) {
    std::string transition = "start";
    if (running.type == "template_version_import" && succeeded) CO_CHECK(co_await templates::store_import(tx, running.input.version, outcome, running.input.variables));
    if (running.type == "workspace_build") {
      CO_TRY(stored, co_await workspaces::store_build(tx, running.input.build, outcome, succeeded));
      transition = stored;
    }
    if (!outcome.resources.empty()) CO_CHECK(co_await agents::store_resources(tx, job, transition, outcome.resources));
    if (outcome.timings.empty()) co_return Result<void>();
    jobs::sql::InsertTimingsArgs rows{.id = job};
    for (const auto& t : outcome.timings) {
      rows.stage.push_back(t.stage);
      rows.source.push_back(t.source);
      rows.action.push_back(t.action);
      rows.resource.push_back(t.resource);
      rows.started_at.push_back(t.started_at);
      rows.ended_at.push_back(t.ended_at);
    }
    co_return co_await jobs::sql::insert_timings(tx, rows);
  }

  http::Home& home_;
  SourceOptions options_;
  aio::Event posted_;
  std::map<std::string, std::string> scripts_;
  pg::Listener::Subscription subscription_;
  std::map<std::string, DaemonId> daemons_;
  Time seen_{};
  std::map<JobId, Running> running_;
  std::map<JobId, WorkspaceId> workspace_of_;
};

}  // namespace

std::unique_ptr<provisioner::JobSource> make_store_source(http::Home& home, SourceOptions options) {
  return std::make_unique<StoreSource>(home, std::move(options));
}

}  // namespace slipway::provisioning
