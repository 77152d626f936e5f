// support bundle: what somebody needs who is to help and sees neither the server nor the workspace, in one file without secrets.
#include <algorithm>
#include <array>
#include <boost/json.hpp>

#include "base/clock.hpp"
#include "base/private_file.hpp"
#include "base/text.hpp"
#include "base/version.hpp"
#include "cli/archive.hpp"
#include "cli/coder.hpp"
#include "cli/command.hpp"
#include "cli/commands.hpp"
#include "cli/lookup.hpp"
#include "cli/print.hpp"
#include "cli/terminal.hpp"

namespace slipway::cli {
namespace {

using Files = std::vector<std::pair<std::string, std::string>>;

constexpr std::string_view kHidden = "***";

struct Options {
  std::string workspace, file;
  bool yes = false;
};

bool names_a_secret(std::string_view key) {
  constexpr std::array<std::string_view, 6> kWords{"token", "secret", "password", "private_key", "api_key", "credential"};
  const auto small = text::lower(key);
  return std::ranges::any_of(kWords, [&](std::string_view word) { return small.find(word) != small.npos; });
}

void hide_text(boost::json::value& value) {
  if (value.is_string() && !value.get_string().empty()) value = kHidden;
}

// What may be a secret: by its name, as a variable of somebody's programs, or where a template says so.
void hide_secrets(boost::json::value& value) {
  if (auto* list = value.if_array())
    for (auto& one : *list) hide_secrets(one);
  auto* object = value.if_object();
  if (!object) return;
  const auto* sensitive = object->if_contains("sensitive");
  const bool hidden = sensitive && sensitive->is_bool() && sensitive->get_bool();
  for (auto& [key, one] : *object) {
    if (names_a_secret(key) || (hidden && key == "value")) hide_text(one);
    if (auto* variables = key == "environment_variables" ? one.if_object() : nullptr)
      for (auto& [name, text] : *variables) hide_text(text);
    hide_secrets(one);
  }
}

std::string readable(std::string_view json) {
  boost::system::error_code bad;
  auto value = boost::json::parse(json, bad);
  if (bad) return std::string(json);
  hide_secrets(value);
  return boost::json::serialize(value) + "\n";
}

// What cannot be had is told in its place: that is news, too.
void fetch(Session& session, const std::string& path, const std::string& name, Files& into) {
  const auto body = session.call("GET", path, {});
  if (body)
    into.emplace_back(name + ".json", readable(*body));
  else
    into.emplace_back(name + ".error.txt", fmt::format("{} {}\n{}\n", body.error().say, body.error().detail, path));
}

Result<void> about_workspace(Session& session, const std::string& named, Files& into) {
  TRY(target, find_target(session, named));
  const auto& workspace = target.workspace;
  const auto& build = workspace.latest_build;
  fetch(session, "/api/v2/workspaces/" + workspace.id.str(), "workspace/workspace", into);
  fetch(session, fmt::format("/api/v2/workspacebuilds/{}/logs", build.id.str()), "workspace/build_logs", into);
  fetch(session, "/api/v2/templates/" + workspace.template_id.str(), "workspace/template", into);
  fetch(session, "/api/v2/templateversions/" + build.template_version_id.str(), "workspace/template_version", into);
  for (const auto& resource : build.resources)
    for (const auto& agent : resource.agents) {
      if (!target.agent.empty() && agent.name != target.agent) continue;
      const auto path = "/api/v2/workspaceagents/" + agent.id.str();
      fetch(session, path, fmt::format("agent/{}", agent.name), into);
      fetch(session, path + "/logs", fmt::format("agent/{}_logs", agent.name), into);
      fetch(session, path + "/listening-ports", fmt::format("agent/{}_listening_ports", agent.name), into);
    }
  return {};
}

Result<int> bundle(Session& session, const Options& options) {
  TRY(url, session.url());
  TRY_OK(session.token());
  if (!options.yes && can_ask())
    tell(
        "The file will hold what this server says of itself, and the state and logs of the workspace. What looks like a secret is left out;\n"
        "look it through before you give it away.\n");
  TRY_OK(agreed(options.yes, "Write it?", "Nothing was written."));
  const auto now = system_clock().now();
  Files files{{"README.txt", fmt::format("Of {}, by {} {}, at {}.\nWhat could not be had is in *.error.txt.\n", url, session.face().program, kVersion,
                                         to_rfc3339(now))}};
  fetch(session, "/api/v2/users/me", "deployment/me", files);
  for (const char* name : {"buildinfo", "experiments", "entitlements", "regions", "appearance"})
    fetch(session, fmt::format("/api/v2/{}", name), fmt::format("deployment/{}", name), files);
  for (const char* name : {"config", "stats", "ssh"})
    fetch(session, fmt::format("/api/v2/deployment/{}", name), fmt::format("deployment/{}", name), files);
  if (const auto network = network_report(session)) files.emplace_back("network/netcheck.json", readable(network->json));
  if (!options.workspace.empty()) TRY_OK(about_workspace(session, options.workspace, files));
  TRY(zip, zip_of(files));
  const auto seconds = std::chrono::duration_cast<Seconds>(now.time_since_epoch()).count();
  const auto path = options.file.empty() ? fmt::format("{}-support-{}.zip", session.face().program, seconds) : options.file;
  if (const auto written = replace_private(path, zip); !written)
    return fail(Code::invalid, fmt::format("Cannot write {}.", path), written.error().why);
  tell("Wrote {} files to {}.\n", files.size(), path);
  return 0;
}

}  // namespace

void add_support(Command root) {
  auto options = std::make_shared<Options>();
  auto group = root.sub("support", "Help others to help you");
  auto command = group.sub("bundle", "Write what is known of the server and of a workspace into one file",
                           "slipway support bundle dev\n"
                           "slipway support bundle dev --output-file dev.zip --yes");
  command.optional_argument("workspace", options->workspace, "Its name, owner/name, or name.agent");
  command.option("-O,--output-file", options->file, "Where to, if not <program>-support-<time>.zip here");
  command.flag("-y,--yes", options->yes, "Do not ask");
  command.run([options](Session& session) { return bundle(session, *options); });
}

}  // namespace slipway::cli
