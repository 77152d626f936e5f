#include "provisioner/limits.hpp"

#include "formats/pool_hours.hpp"
#include "provisioner/log_buffer.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <set>

namespace slipway::provisioner {
namespace {

constexpr std::size_t kName = 255;
constexpr std::size_t kAddress = 4096;   // paths and addresses
constexpr std::size_t kText = 64 << 10;  // descriptions, values, icons with their picture inside
constexpr std::size_t kScript = 1 << 20;
constexpr std::size_t kPresetDescription = 128;
constexpr std::size_t kPresetIcon = 256;
constexpr std::int32_t kLeastExpiry = 3600;  // seconds that a prebuilt workspace may wait for somebody
constexpr std::int32_t kMostExpiry = 365 * 24 * 3600;
constexpr std::size_t kMostItems = 10'000;  // of one list
constexpr std::int64_t kMostNumber = std::numeric_limits<std::int32_t>::max();

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

// Remembers the first fault; what comes after it is not looked at.
class Check {
 public:
  // Where in the result: each name is kept for sentences.
  explicit Check(std::string where) : where_(std::move(where)) {}

  Check& text(std::string_view what, std::string_view value, std::size_t most = kName) {
    if (!result_) return *this;
    if (!is_text(value)) return fault("{} of {} is not text: it has a NUL character or is not UTF-8.", what);
    if (const auto length = characters(value); length > most)
      return fault("{} of {} has {} characters (\"{}\"): at most {} are allowed.", what, length, quotable(value), most);
    return *this;
  }
  Check& number(std::string_view what, std::int64_t value, std::int64_t least = -kMostNumber) {
    if (result_ && (value < least || value > kMostNumber)) fault("{} of {} is {}: it must be from {} to {}.", what, value, least, kMostNumber);
    return *this;
  }
  Check& count(std::string_view what, std::size_t items, std::size_t most = kMostItems) {
    if (result_ && items > most) fault("{} of {} are {}: at most {} are allowed.", what, items, most);
    return *this;
  }
  template <std::size_t N>
  Check& one_of(std::string_view what, std::string_view value, const std::array<std::string_view, N>& words) {
    if (result_ && std::ranges::find(words, value) == words.end())
      fault("{} of {} is \"{}\": it must be one of {}.", what, quotable(value), fmt::format("{}", fmt::join(words, ", ")));
    return *this;
  }
  Check& holds(bool claim, std::string sentence) {
    if (result_ && !claim) result_ = fail(Code::invalid, std::move(sentence));
    return *this;
  }
  Check& also(Result<void> other) {
    if (result_ && !other) result_ = std::move(other);
    return *this;
  }
  Result<void> result() const { return result_; }

 private:
  template <class... Rest>
  Check& fault(fmt::format_string<std::string_view&, std::string&, Rest&...> text, std::string_view what, Rest... rest) {
    result_ = fail(Code::invalid, fmt::format(text, what, where_, rest...));
    return *this;
  }

  std::string where_;
  Result<void> result_;
};

template <class List, class Each>
Result<void> each(const List& list, Each judge) {
  for (const auto& one : list) TRY_OK(judge(one));
  return {};
}

std::string called(std::string_view what, std::string_view name) { return fmt::format("{} \"{}\"", what, quotable(name)); }

Result<void> values(std::string_view what, const std::vector<NamedValue>& list) {
  return each(list, [&](const NamedValue& value) {
    return Check(called(what, value.name)).text("The name", value.name).text("The value", value.value, kScript).result();
  });
}

Result<void> app(const App& one) {
  constexpr std::array<std::string_view, 4> kShares = {"owner", "authenticated", "organization", "public"};
  constexpr std::array<std::string_view, 2> kWays = {"slim-window", "tab"};
  Check check(called("the app", one.slug));
  check.text("The slug", one.slug, 63)
      .holds(valid_slug(one.slug),
             fmt::format("The app slug \"{}\" must be lower-case letters and digits, with single hyphens between them.", quotable(one.slug)))
      .text("The display name", one.display_name, 64)
      .text("The command", one.command, kScript)
      .text("The URL", one.url, kText)
      .text("The icon", one.icon, kText)
      .text("The group", one.group, 64)
      .text("The tooltip", one.tooltip, 2048)
      .one_of("The share", one.share, kShares)
      .one_of("The open_in", one.open_in, kWays)
      .number("The order", one.order);
  if (one.healthcheck)
    check.text("The URL of the health check", one.healthcheck->url, kAddress)
        .number("The interval of the health check", one.healthcheck->interval, 0)
        .number("The threshold of the health check", one.healthcheck->threshold, 0);
  return check.result();
}

Result<void> script(const Script& one) {
  return Check(called("the script", one.display_name))
      .text("The display name", one.display_name)
      .text("The icon", one.icon, kText)
      .text("The text", one.script, kScript)
      .text("The cron", one.cron)
      .text("The log path", one.log_path, kAddress)
      .number("The timeout", one.timeout_seconds)
      .result();
}

Result<void> metadata(const AgentMetadata& one) {
  return Check(called("the metadata", one.key))
      .text("The key", one.key, 127)
      .text("The display name", one.display_name, 127)
      .text("The script", one.script, kScript)
      .number("The interval", one.interval_seconds)
      .number("The timeout", one.timeout_seconds)
      .number("The order", one.order)
      .result();
}

Result<void> devcontainer(const Devcontainer& one) {
  return Check(called("the dev container", one.name))
      .text("The name", one.name)
      .text("The folder", one.workspace_folder, kAddress)
      .text("The configuration's path", one.config_path, kAddress)
      .also(each(one.apps, app))
      .also(each(one.scripts, script))
      .also(values("the environment variable", one.environment))
      .result();
}

Result<void> agent(const Agent& one) {
  return Check(called("the agent", one.name))
      .text("The name", one.name, 64)
      .holds(valid_agent_name(one.name),
             fmt::format("The agent name \"{}\" must be letters and digits, with single hyphens between them.", quotable(one.name)))
      .text("The operating system", one.operating_system, 64)
      .text("The architecture", one.architecture, 64)
      .text("The folder (dir)", one.directory, 4096)
      .text("The instance's id", one.instance_id, kAddress)
      .text("The troubleshooting URL", one.troubleshooting_url, kAddress)
      .text("The path of the message of the day", one.motd_file, kAddress)
      .number("The connection timeout", one.connection_timeout_seconds)
      .number("The order", one.order)
      .count("The apps", one.apps.size())
      .count("The scripts", one.scripts.size())
      .count("The metadata", one.metadata.size())
      .count("The volumes to watch", one.volume_monitors.size(), 100)
      .also(each(one.volume_monitors,
                 [](const VolumeMonitor& watched) { return Check("the agent").text("The path of a volume", watched.path, 4096).result(); }))
      .also(values("the environment variable", one.environment))
      .also(each(one.display_apps, [](const std::string& name) { return Check("the agent").text("A display app", name).result(); }))
      .also(each(one.metadata, metadata))
      .also(each(one.apps, app))
      .also(each(one.scripts, script))
      .also(each(one.devcontainers, devcontainer))
      .result();
}

Result<void> resource(const Resource& one) {
  const auto item = [](const ResourceMetadata& said) {
    return Check(called("the metadata", said.key)).text("The key", said.key).text("The value", said.value, kText).result();
  };
  return Check(called("the resource", one.address.empty() ? one.name : one.address))
      .text("The type", one.type)
      .text("The name", one.name)
      .text("The icon", one.icon, kText)
      .text("The instance type", one.instance_type)
      .count("The metadata", one.metadata.size(), 1000)
      .also(each(one.metadata, item))
      .also(each(one.agents, agent))
      .result();
}

Result<void> parameter(const Parameter& one) {
  const auto option = [](const ParameterOption& choice) {
    return Check(called("the option", choice.name))
        .text("The name", choice.name)
        .text("The description", choice.description, kText)
        .text("The value", choice.value, kText)
        .text("The icon", choice.icon, kText)
        .result();
  };
  return Check(called("the parameter", one.name))
      .text("The name", one.name)
      .text("The display name", one.display_name)
      .text("The description", one.description, kText)
      .text("The type", one.type)
      .text("The form type", one.form_type)
      .text("The styling", one.styling, kText)
      .text("The default", one.default_value, kScript)
      .text("The icon", one.icon, kText)
      .text("The validation's pattern", one.validation_regex, kText)
      .text("The validation's message", one.validation_error, kText)
      .count("The options", one.options.size())
      .also(each(one.options, option))
      .result();
}

// The words of these are those that the template language's own check has: a daemon need not have made it.
Result<void> pool(const Preset& one) {
  if (!one.prebuild_instances) return {};
  if (*one.prebuild_instances < 0) return fail(Code::invalid, fmt::format("\"instances\" must be at least 0, got {}", *one.prebuild_instances));
  const auto ttl = one.prebuild_ttl_seconds;
  if (ttl != 0 && (ttl < kLeastExpiry || ttl > kMostExpiry))
    return fail(Code::invalid, fmt::format("\"ttl\" must be 0 or between {} and {}, got {}", kLeastExpiry, kMostExpiry, ttl));
  std::vector<formats::PoolHours> hours;
  for (const auto& line : one.schedules) hours.push_back({.cron = line.cron, .instances = line.instances});
  return formats::valid_pool_hours(one.schedule_timezone, hours);
}

Result<void> preset_set(const std::vector<Preset>& presets) {
  std::set<std::string_view> names;
  for (const auto& one : presets)
    if (!names.insert(one.name).second)
      return fail(Code::invalid, fmt::format("coder_workspace_preset names must be unique but \"{}\" appears multiple times", quotable(one.name)));
  const auto defaults = std::ranges::count(presets, true, &Preset::is_default);
  if (defaults > 1)
    return fail(Code::invalid, fmt::format("a maximum of 1 coder_workspace_preset can be marked as default, but {} are set", defaults));
  return {};
}

Result<void> preset(const Preset& one) {
  return Check(called("the preset", one.name))
      .holds(!one.name.empty(), "A preset has no name: give each coder_workspace_preset one.")
      .text("The name", one.name)
      .text("The description", one.description, kPresetDescription)
      .text("The icon", one.icon, kPresetIcon)
      .text("The time zone", one.schedule_timezone)
      .also(values("the preset's parameter", one.parameters))
      .also(each(one.schedules, [](const PresetSchedule& at) { return Check("the preset's schedule").text("The cron", at.cron).result(); }))
      .also(pool(one))
      .result();
}

Result<void> variable(const Variable& one) {
  return Check(called("the variable", one.name))
      .text("The name", one.name)
      .text("The description", one.description, kText)
      .text("The type", one.type, kText)
      .text("The default", one.default_value, kScript)
      .result();
}

Result<void> replacement(const Replacement& one) {
  Check check(called("the replacement of", one.resource));
  check.text("The resource", one.resource, kAddress).count("The attributes", one.paths.size());
  for (const auto& path : one.paths) check.text("An attribute", path, kAddress);
  return check.result();
}

Result<void> timing(const Timing& one) {
  return Check(called("the timing of", one.resource))
      .text("The stage", one.stage)
      .text("The source", one.source, kAddress)
      .text("The action", one.action)
      .text("The resource", one.resource, kAddress)
      .result();
}

bool in_groups(std::string_view name, bool (*allowed)(char)) {
  if (name.empty() || name.front() == '-' || name.back() == '-' || name.find("--") != std::string_view::npos) return false;
  return std::ranges::all_of(name, [&](char c) { return c == '-' || allowed(c); });
}

bool is_lower(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

}  // namespace

Result<void> storable(const Outcome& outcome) {
  return Check("the template")
      .count("The resources", outcome.resources.size())
      .count("The parameters", outcome.parameters.size())
      .count("The presets", outcome.presets.size())
      .count("The variables", outcome.variables.size())
      .text("The readme", outcome.readme, kScript)
      .also(each(outcome.resources, resource))
      .also(each(outcome.parameters, parameter))
      .also(each(outcome.presets, preset))
      .also(preset_set(outcome.presets))
      .also(each(outcome.variables, variable))
      .also(each(outcome.external_auth, [](const ExternalAuth& one) { return Check("an external authentication").text("The id", one.id).result(); }))
      .also(values("the workspace tag", outcome.workspace_tags))
      .count("The replacements", outcome.replacements.size())
      .also(each(outcome.replacements, replacement))
      .also(each(outcome.timings, timing))
      .result();
}

bool valid_agent_name(std::string_view name) {
  return name.size() <= 64 && in_groups(name, [](char c) { return is_lower(c) || (c >= 'A' && c <= 'Z'); });
}

bool valid_slug(std::string_view slug) { return slug.size() <= 63 && in_groups(slug, is_lower); }

std::string quotable(std::string_view text, std::size_t most) {
  auto out = clean_line(text.substr(0, most + 4), most + 4);
  for (auto& c : out)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  if (text.size() <= most) return out;
  std::size_t cut = std::min(most, out.size());
  while (cut > 0 && (static_cast<unsigned char>(out[cut]) & 0xc0) == 0x80) --cut;
  return out.substr(0, cut) + "…";
}

}  // namespace slipway::provisioner
