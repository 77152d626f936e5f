// A build job as the provisioner sees it: what goes in, what comes out, and nothing about where either is kept.
// Plain values: owned by whoever holds them, home: any thread.
#pragma once

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "base/secret.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::provisioner {

enum class JobKind { import, dry_run, build };
enum class Transition { start, stop, destroy };
enum class Prebuild { none, create, claim };

std::string_view to_string(JobKind kind);           // template_version_import, template_version_dry_run, workspace_build
std::string_view to_string(Transition transition);  // start, stop, delete
std::optional<Transition> parse_transition(std::string_view text);

struct NamedValue {
  std::string name;
  std::string value;
  bool operator==(const NamedValue&) const = default;
};

// A template variable's value; Terraform reads it as it reads `-var`.
struct VariableValue {
  std::string name;
  std::string value;
  bool sensitive = false;
};

struct RoleOf {
  std::string name;
  std::string organization;  // id, or empty for a site role
};

struct Owner {
  std::string id;
  std::string name;  // the user name
  std::string full_name;
  std::string email;
  std::string login_type;
  std::vector<std::string> groups;
  std::vector<RoleOf> roles;
  std::string ssh_public_key;
  Secret ssh_private_key;
  Secret session_token;
  Secret oidc_access_token;
};

struct ExternalAuthToken {
  std::string id;
  Secret access_token;
};

struct RunningAgentToken {
  std::string agent_id;
  Secret token;
};

struct Workspace {
  std::string id;
  std::string name;
  std::string template_id;
  std::string template_name;
  std::string template_version;
  std::string build_id;
  std::int64_t build_number = 1;
  Transition transition = Transition::start;
  Prebuild prebuild = Prebuild::none;
  Owner owner;
  std::vector<ExternalAuthToken> external_auth;
  std::vector<RunningAgentToken> running_agent_tokens;  // a claim keeps the agents' tokens
  std::string task_id;
  std::string task_prompt;
};

struct JobInput {
  JobId id;
  JobKind kind = JobKind::build;
  std::string engine = "terraform";  // or "replay"
  std::string organization = {};     // whose job it is: builds of one organization share an account and caches
  std::string archive;               // tar or zip bytes of the template
  std::vector<VariableValue> variables;
  std::vector<NamedValue> parameters;
  std::vector<NamedValue> previous_parameters;  // of the last build, for monotonic rules
  Workspace workspace;                          // dry runs fill it too; imports have defaults
  std::string state;                            // packed (pack()), empty on the first build
  std::string access_url;
  std::string agent_url;  // what agents dial; empty: access_url
  // Keyed "linux_amd64": other scripts than our own for a coder_agent of that system and architecture.
  std::map<std::string, std::string> agent_scripts;
  std::string log_level;    // "debug" passes Terraform's own trace lines on
  bool check_plan = false;  // Sink::planned must agree before apply (quota)
};

enum class LogSource { provisioner_daemon, provisioner };
enum class LogLevel { trace, debug, info, warn, error };
std::string_view to_string(LogSource source);
std::string_view to_string(LogLevel level);
std::optional<LogLevel> parse_log_level(std::string_view text);

struct LogLine {
  Time created_at;
  LogSource source = LogSource::provisioner;
  LogLevel level = LogLevel::info;
  std::string stage;
  std::string output;
};

// ---- what comes out ----

struct Healthcheck {
  std::string url;
  std::int32_t interval = 0;  // seconds
  std::int32_t threshold = 0;
};

struct App {
  std::string id;  // from the state; empty in a plan
  std::string slug;
  std::string display_name;
  std::string command;
  std::string url;
  std::string icon;
  std::string group;
  std::string tooltip;
  std::string share = "owner";  // owner, authenticated, organization, public
  std::string open_in = "slim-window";
  bool subdomain = false;
  bool external = false;
  bool hidden = false;
  std::int64_t order = 0;
  std::optional<Healthcheck> healthcheck;
};

struct Script {
  std::string display_name;
  std::string icon;
  std::string script;
  std::string cron;
  std::string log_path;
  std::int64_t timeout_seconds = 0;
  bool start_blocks_login = false;
  bool run_on_start = false;
  bool run_on_stop = false;
};

struct AgentMetadata {
  std::string key;
  std::string display_name;
  std::string script;
  std::int64_t interval_seconds = 0;
  std::int64_t timeout_seconds = 0;
  std::int64_t order = 0;
};

struct Devcontainer {
  std::string id;
  std::string name;
  std::string workspace_folder;
  std::string config_path;
  std::string subagent_id;
  std::vector<App> apps;
  std::vector<Script> scripts;
  std::vector<NamedValue> environment;
};

struct VolumeMonitor {
  std::string path;
  bool enabled = false;
  std::int32_t threshold = 0;
};

struct MemoryMonitor {
  bool enabled = false;
  std::int32_t threshold = 0;
};

struct Agent {
  std::string id;  // from the state; empty in a plan
  std::string name;
  std::string operating_system;
  std::string architecture;
  std::string directory;
  std::string auth = "token";  // or <cloud>-instance-identity
  Secret token;                // of auth "token"
  std::string instance_id;     // of the others, when known
  std::string api_key_scope = "all";
  std::string troubleshooting_url;
  std::string motd_file;
  std::int32_t connection_timeout_seconds = 120;
  std::int64_t order = 0;
  std::vector<NamedValue> environment;    // coder_env merged in, by its strategy
  std::vector<std::string> display_apps;  // vscode, vscode_insiders, web_terminal, ssh_helper, port_forwarding_helper
  std::vector<AgentMetadata> metadata;
  std::vector<App> apps;        // by order, then slug
  std::vector<Script> scripts;  // the agent's own first
  std::vector<Devcontainer> devcontainers;
  std::optional<MemoryMonitor> memory_monitor;
  std::vector<VolumeMonitor> volume_monitors;
};

struct ResourceMetadata {
  std::string key;
  std::string value;
  bool sensitive = false;
  bool is_null = false;
};

struct Resource {
  std::string address;  // docker_container.workspace[0]
  std::string type;
  std::string name;
  std::string icon;
  std::string instance_type;
  std::string module_path;  // empty for the root module
  bool hide = false;
  std::int32_t daily_cost = 0;
  std::vector<ResourceMetadata> metadata;
  std::vector<Agent> agents;
};

struct ParameterOption {
  std::string name;
  std::string description;
  std::string value;
  std::string icon;
};

struct Parameter {
  std::string name;
  std::string display_name;
  std::string description;
  std::string type;  // string, number, bool, list(string)
  std::string form_type;
  std::string styling = "{}";
  std::string default_value;
  std::string icon;
  std::vector<ParameterOption> options;
  std::string validation_regex;
  std::string validation_error;
  std::string validation_monotonic;  // empty, increasing, decreasing
  std::optional<std::int32_t> validation_min;
  std::optional<std::int32_t> validation_max;
  bool mutable_ = false;
  bool required = false;
  bool ephemeral = false;
  std::int32_t order = 0;
};

struct PresetSchedule {
  std::string cron;
  std::int32_t instances = 0;
};

struct Preset {
  std::string name;
  std::string description;
  std::string icon;
  bool is_default = false;
  std::vector<NamedValue> parameters;
  std::optional<std::int32_t> prebuild_instances;
  std::int32_t prebuild_ttl_seconds = 0;
  std::string schedule_timezone;
  std::vector<PresetSchedule> schedules;
};

struct Variable {
  std::string name;
  std::string description;
  std::string type;           // string, number, bool, or the expression for the rest
  std::string default_value;  // as JSON unless a string
  bool required = false;
  bool sensitive = false;
};

struct ExternalAuth {
  std::string id;
  bool optional = false;
};

struct Timing {
  std::string stage;   // init, plan, graph, apply
  std::string source;  // terraform, or the provider
  std::string action;  // read, create, update, delete, initializing ...
  std::string resource;
  Time started_at;
  Time ended_at;
};

struct Replacement {
  std::string resource;
  std::vector<std::string> paths;
};

struct Module {
  std::string source;
  std::string version;
  std::string key;
};

struct Outcome {
  std::vector<Resource> resources;
  std::vector<Parameter> parameters;  // by order, then name
  std::vector<Preset> presets;
  std::vector<Variable> variables;
  std::vector<ExternalAuth> external_auth;
  std::vector<NamedValue> workspace_tags;
  std::vector<Module> modules;
  std::vector<Replacement> replacements;  // of a claim; of an import: what a claim would replace
  std::vector<Timing> timings;
  std::string readme;     // README.md of the archive's root
  std::string state;      // packed; empty when nothing exists any more
  std::string plan_json;  // packed `show -json` text of an import
  bool has_ai_task = false;
  bool has_external_agent = false;
  std::string ai_task_app_id;
  std::int64_t daily_cost() const;
};

// Why a job failed: `say` is for the person who started it; `code` is one of the contract's job error codes or empty.
struct Failure {
  std::string say;
  std::string code;
  bool cancelled = false;
};
inline constexpr std::string_view kMissingVariables = "REQUIRED_TEMPLATE_VARIABLES";
inline constexpr std::string_view kInsufficientQuota = "INSUFFICIENT_QUOTA";

// What the server says of a planned cost: lines for the job's log and, where it is too much, why the job ends here.
struct Verdict {
  std::optional<Failure> failure;
  std::vector<LogLine> lines = {};
};

// What a job leaves on disk, its state among it, until somebody else has that. It stays unless it is dropped. Any thread; drop() blocks.
class Kept {
 public:
  virtual ~Kept() = default;
  virtual void drop() = 0;
};

// A failed apply still leaves resources and a state that must be kept: then both are set.
struct Finished {
  Outcome outcome;
  std::optional<Failure> failure;
  std::shared_ptr<Kept> kept = {};  // null: nothing is on disk
  bool ok() const { return !failure; }
};

}  // namespace slipway::provisioner
