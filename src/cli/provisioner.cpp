#include "api/gen/provisioners.hpp"
#include "api/gen/response.hpp"
#include "base/text.hpp"
#include "cli/command.hpp"
#include "cli/commands.hpp"
#include "cli/lookup.hpp"
#include "cli/parameters.hpp"
#include "cli/print.hpp"
#include "cli/table.hpp"
#include "cli/terminal.hpp"

namespace slipway::cli {
namespace {

constexpr const char* kDaemonColumns = "name, status, job, tags, key, last seen, version, engines, created at, id";
constexpr const char* kKeyColumns = "name, tags, created at, id";
constexpr const char* kJobColumns = "id, type, status, queue, about, tags, worker, created at, error";

struct Options {
  std::string organization = "default", name;
  std::vector<std::string> tags, statuses;
  std::int64_t limit = 0;
  bool yes = false, offline = false;
  TableFlags flags;
};
using Shared = std::shared_ptr<Options>;

std::string path_of(const Options& options, std::string_view what) {
  return fmt::format("/api/v2/organizations/{}/{}", segment(options.organization), what);
}

// Without the two that every job and daemon has.
std::string text_of(const std::map<std::string, std::string>& tags) {
  std::string out;
  for (const auto& [name, value] : tags)
    if (name != "scope" && name != "owner") out += fmt::format("{}{}={}", out.empty() ? "" : " ", name, value);
  return out;
}

std::string second(Time time) { return to_rfc3339(std::chrono::floor<Seconds>(time)); }

Result<std::map<std::string, std::string>> tags_of(const Options& options) {
  std::map<std::string, std::string> out;
  for (const auto& text : options.tags) {
    TRY(tag, parse_parameter(text));
    out[tag.name] = tag.value;
  }
  return out;
}

Result<std::string> query_of(const Options& options) {
  TRY(tags, tags_of(options));
  std::string out = fmt::format("?limit={}", options.limit);
  if (!tags.empty()) out += "&tags=" + segment(api::to_json(tags));
  if (!options.statuses.empty()) out += fmt::format("&status={}", segment(text::joined(options.statuses, ",")));
  if (options.offline) out += "&offline=true";
  return out;
}

Result<int> create_key(Session& session, const Options& options) {
  TRY(tags, tags_of(options));
  const api::CreateProvisionerKeyRequest ask{.name = options.name, .tags = std::move(tags)};
  TRY(made, session.send<api::CreateProvisionerKeyResponse>("POST", path_of(options, "provisionerkeys"), ask));
  print("{}\n", made.key);
  if (stdout_is_terminal()) tell("Keep it: it is shown only once. Use it on another machine: slipwayd provisioner --url URL --key-file FILE\n");
  return 0;
}

Result<int> list_keys(Session& session, const Options& options) {
  TRY(keys, session.get<std::vector<api::ProvisionerKey>>(path_of(options, "provisionerkeys")));
  Table table({"name", "tags", "created at", "id"}, 3);
  for (const auto& key : keys) table.add({key.name, text_of(key.tags), second(key.created_at), key.id.str()});
  return table.print(options.flags, api::to_json(keys), "There is no provisioner key. Make one with: slipway provisioner keys create NAME");
}

Result<int> delete_key(Session& session, const Options& options) {
  if (!options.yes && can_ask()) {
    TRY(sure, ask_yes(fmt::format("Delete key {}? Jobs that its provisioners run now will fail.", options.name)));
    if (!sure) return fail(Code::cancelled, "Nothing was deleted.");
  }
  TRY_OK(session.call("DELETE", path_of(options, "provisionerkeys/") + segment(options.name), {}));
  tell("Deleted provisioner key {}.\n", options.name);
  return 0;
}

Result<int> list_daemons(Session& session, const Options& options) {
  TRY(query, query_of(options));
  TRY(daemons, session.get<std::vector<api::ProvisionerDaemon>>(path_of(options, "provisionerdaemons") + query));
  Table table({"name", "status", "job", "tags", "key", "last seen", "version", "engines", "created at", "id"}, 6);
  const Time now = system_clock().now();
  for (const auto& d : daemons)
    table.add({d.name, d.status.value_or(""), d.current_job ? d.current_job->id.str() : "", text_of(d.tags), d.key_name.value_or(""),
               d.last_seen_at ? ago(*d.last_seen_at, now) : "never", d.version, text::joined(d.provisioners, " "), second(d.created_at), d.id.str()});
  return table.print(options.flags, api::to_json(daemons), "No provisioner is connected. Start one with: slipwayd provisioner");
}

std::string about(const api::ProvisionerJob& job) {
  const auto& what = job.metadata;
  if (!what.workspace_name.empty()) return fmt::format("{} {}", what.workspace_build_transition, what.workspace_name);
  return fmt::format("{} {}", what.template_name, what.template_version_name);
}

Result<int> list_jobs(Session& session, const Options& options) {
  TRY(query, query_of(options));
  TRY(jobs, session.get<std::vector<api::ProvisionerJob>>(path_of(options, "provisionerjobs") + query));
  Table table({"id", "type", "status", "queue", "about", "tags", "worker", "created at", "error"}, 6);
  for (const auto& job : jobs)
    table.add({job.id.str(), job.type, job.status, job.queue_position > 0 ? fmt::format("{}/{}", job.queue_position, job.queue_size) : "",
               harmless(about(job)), text_of(job.tags), job.worker_name, second(job.created_at), harmless(job.error)});
  return table.print(options.flags, api::to_json(jobs), "There is no such job.");
}

// A job is cancelled through what it serves.
Result<int> cancel_job(Session& session, const Options& options) {
  TRY(job, session.get<api::ProvisionerJob>(path_of(options, "provisionerjobs/") + segment(options.name)));
  std::string path;
  if (job.input.workspace_build_id) path = fmt::format("/api/v2/workspacebuilds/{}/cancel", job.input.workspace_build_id->str());
  if (path.empty() && job.input.template_version_id) {
    path = fmt::format("/api/v2/templateversions/{}", job.input.template_version_id->str());
    if (job.type == api::ProvisionerJobType::template_version_dry_run) path += "/dry-run/" + job.id.str();
    path += "/cancel";
  }
  if (path.empty()) return fail(Code::invalid, "This job cannot be cancelled by itself.");
  TRY_OK(session.call("PATCH", path, {}));
  tell("Job {} is being cancelled.\n", job.id.str());
  return 0;
}

template <class F>
Shared with(Command command, F act) {
  auto options = std::make_shared<Options>();
  command.option("-O,--org", options->organization, "Organization; the default one when absent");
  command.run([options, act](Session& session) { return act(session, *options); });
  return options;
}

void add_keys(Command provisioner) {
  auto keys = provisioner.sub("keys", "Keys by which provisioners of their own processes take jobs").alias("key");

  auto creating =
      keys.sub("create", "Create a key and print it", "slipway provisioner keys create eu\nslipway provisioner keys create eu --tag region=eu > key");
  auto create_options = with(creating, create_key);
  creating.argument("name", create_options->name, "To tell it from others");
  creating.option("-t,--tag", create_options->tags, "Take jobs of this tag only, as name=value; repeatable");

  auto listing = keys.sub("list", "List keys", "slipway provisioner keys list --output json").alias("ls");
  auto list_options = with(listing, list_keys);
  list_options->flags.add_to(listing, kKeyColumns);

  auto deleting = keys.sub("delete", "Delete a key; its provisioners are refused at once", "slipway provisioner keys delete eu --yes").alias("rm");
  auto delete_options = with(deleting, delete_key);
  deleting.argument("name", delete_options->name, "Its name");
  deleting.flag("-y,--yes", delete_options->yes, "Do not ask");
}

void add_jobs(Command provisioner) {
  auto jobs = provisioner.sub("jobs", "The queue of builds and imports").alias("job");

  auto listing = jobs.sub("list", "List jobs, the newest first", "slipway provisioner jobs list --status pending,running").alias("ls");
  auto list_options = with(listing, list_jobs);
  listing.option("-s,--status", list_options->statuses, "Only jobs of this status; repeatable");
  listing.option("-t,--tag", list_options->tags, "Only jobs that a provisioner with these tags could take, as name=value; repeatable");
  listing.option("-l,--limit", list_options->limit, "At most so many; 0 is 50");
  list_options->flags.add_to(listing, kJobColumns);

  auto cancelling = jobs.sub("cancel", "Cancel a job", "slipway provisioner jobs cancel 0e8400e2-9b41-4d16-a7c4-46655440000f");
  auto cancel_options = with(cancelling, cancel_job);
  cancelling.argument("job", cancel_options->name, "Its id");
}

}  // namespace

void add_provisioner(Command root) {
  auto provisioner = root.sub("provisioner", "Provisioners: what runs builds, their keys and their queue").alias("provisioners");

  auto listing =
      provisioner.sub("list", "List provisioners", "slipway provisioner list --offline\nslipway provisioner list --tag region=eu").alias("ls");
  auto list_options = with(listing, list_daemons);
  listing.option("-s,--status", list_options->statuses, "busy, idle or offline; repeatable");
  listing.option("-t,--tag", list_options->tags, "Only those that have this tag, as name=value; repeatable");
  listing.option("-l,--limit", list_options->limit, "At most so many; 0 is 50");
  listing.flag("--offline", list_options->offline, "Those too that have not been heard of for a while");
  list_options->flags.add_to(listing, kDaemonColumns);

  add_keys(provisioner);
  add_jobs(provisioner);
}

}  // namespace slipway::cli
