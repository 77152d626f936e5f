#include <boost/json.hpp>

#include "api/gen/proxies.hpp"
#include "api/gen/response.hpp"
#include "base/text.hpp"
#include "cli/command.hpp"
#include "cli/commands.hpp"
#include "cli/lookup.hpp"
#include "cli/measure_stream.hpp"
#include "cli/print.hpp"
#include "cli/proxies_ping.hpp"
#include "cli/table.hpp"
#include "cli/terminal.hpp"

namespace slipway::cli {
namespace {

constexpr const char* kColumns = "name, display name, status, url, wildcard hostname, version, problems, checked at, id";
constexpr const char* kTimeColumns = "name, latency, url, problem";
constexpr const char* kProxies = "/api/v2/workspaceproxies";

struct Options {
  std::string name, display_name, icon;
  std::optional<std::string> new_name, new_display_name, new_icon;
  bool only_token = false, yes = false;
  TableFlags flags;
};
using Shared = std::shared_ptr<Options>;

std::string path_of(const Options& options) { return fmt::format("{}/{}", kProxies, segment(options.name)); }

std::string status_of(const api::WorkspaceProxy& proxy) { return proxy.status ? proxy.status->status : std::string(); }

std::string problems_of(const api::WorkspaceProxy& proxy) {
  if (!proxy.status || !proxy.status->report) return {};
  auto all = proxy.status->report->errors;
  all.insert(all.end(), proxy.status->report->warnings.begin(), proxy.status->report->warnings.end());
  return harmless(text::joined(all, " "));
}

std::string checked_at(const api::WorkspaceProxy& proxy) {
  if (!proxy.status || proxy.status->checked_at == kUnsetTime) return "never";
  return ago(proxy.status->checked_at, system_clock().now());
}

Result<int> list(Session& session, const Options& options) {
  TRY(answer, session.get<api::WorkspaceProxiesResponse>(kProxies));
  Table table({"name", "display name", "status", "url", "wildcard hostname", "version", "problems", "checked at", "id"}, 5);
  for (const auto& one : answer.regions)
    table.add({one.name, harmless(one.display_name), status_of(one), one.path_app_url, one.wildcard_hostname, one.version, problems_of(one),
               checked_at(one), one.id.str()});
  return table.print(options.flags, api::to_json(answer.regions), "There is no server at all.");
}

Result<int> show(Session& session, const Options& options) {
  TRY(one, session.get<api::WorkspaceProxy>(path_of(options)));
  Table table({"name", "display name", "status", "url", "wildcard hostname", "version", "problems", "checked at", "id"}, 8);
  table.add({one.name, harmless(one.display_name), status_of(one), one.path_app_url, one.wildcard_hostname, one.version, problems_of(one),
             checked_at(one), one.id.str()});
  return table.print(options.flags, api::to_json(one), "");
}

std::string as_json(const std::vector<RegionTime>& all) {
  boost::json::array out;
  for (const auto& one : all) {
    boost::json::object each{{"name", one.name}, {"url", one.url}, {"latency_ms", nullptr}, {"error", one.why}};
    if (one.took) each["latency_ms"] = static_cast<double>(one.took->count()) / 1000;
    out.push_back(std::move(each));
  }
  return boost::json::serialize(out);
}

// From this machine; people elsewhere have other ways. 1: not even one answered.
Result<int> ping(Session& session, const Options& options) {
  TRY(answer, session.get<api::RegionsResponse>("/api/v2/regions"));
  const auto all = time_regions(answer.regions);
  Table table({"name", "latency", "url", "problem"});
  for (const auto& one : all) table.add({one.name, one.took ? milliseconds(*one.took) : "", one.url, harmless(one.why)});
  TRY_OK(table.print(options.flags, as_json(all), "There is no server at all."));
  return std::ranges::any_of(all, [](const auto& one) { return one.took.has_value(); }) ? 0 : 1;
}

void tell_token(const Options& options, const api::UpdateWorkspaceProxyResponse& made) {
  print("{}\n", made.proxy_token);
  if (options.only_token || !stdout_is_terminal()) return;
  tell(
      "Keep it: it is shown only once. Start the proxy near its people:\n  slipwayd proxy --primary-access-url URL --access-url ITS-URL "
      "--proxy-session-token-file "
      "FILE\n");
}

Result<int> create(Session& session, const Options& options) {
  api::CreateWorkspaceProxyRequest ask{.name = options.name};
  if (!options.display_name.empty()) ask.display_name = options.display_name;
  if (!options.icon.empty()) ask.icon = options.icon;
  TRY(made, session.send<api::UpdateWorkspaceProxyResponse>("POST", kProxies, ask));
  tell_token(options, made);
  return 0;
}

Result<int> edit(Session& session, const Options& options) {
  if (!options.new_name && !options.new_display_name && !options.new_icon)
    return fail(Code::invalid, "Nothing is to be changed: give --name, --display-name or --icon.");
  const api::PatchWorkspaceProxy ask{.name = options.new_name, .display_name = options.new_display_name, .icon = options.new_icon};
  TRY(changed, session.send<api::UpdateWorkspaceProxyResponse>("PATCH", path_of(options), ask));
  tell("Changed workspace proxy {}.\n", changed.proxy.name);
  return 0;
}

Result<int> regenerate(Session& session, const Options& options) {
  if (!options.yes && can_ask()) {
    TRY(sure, ask_yes(fmt::format("Make a new token for {}? With the old one the proxy is refused at once.", options.name)));
    if (!sure) return fail(Code::cancelled, "Nothing was changed.");
  }
  const api::PatchWorkspaceProxy ask{.regenerate_token = true};
  TRY(changed, session.send<api::UpdateWorkspaceProxyResponse>("PATCH", path_of(options), ask));
  tell_token(options, changed);
  return 0;
}

Result<int> remove(Session& session, const Options& options) {
  if (!options.yes && can_ask()) {
    TRY(sure, ask_yes(fmt::format("Delete workspace proxy {}? Whoever uses apps by it will have to use another.", options.name)));
    if (!sure) return fail(Code::cancelled, "Nothing was deleted.");
  }
  TRY_OK(session.call("DELETE", path_of(options), {}));
  tell("Deleted workspace proxy {}.\n", options.name);
  return 0;
}

template <class F>
Shared with(Command command, F act) {
  auto options = std::make_shared<Options>();
  command.run([options, act](Session& session) { return act(session, *options); });
  return options;
}

void add_reading(Command proxies) {
  auto listing =
      proxies.sub("list", "List the primary and its workspace proxies, and how they are", "slipway proxies list --output json").alias("ls");
  with(listing, list)->flags.add_to(listing, kColumns);

  auto showing = proxies.sub("show", "Show one", "slipway proxies show sydney");
  auto show_options = with(showing, show);
  showing.argument("proxy", show_options->name, "Its name or id");
  show_options->flags.add_to(showing, kColumns);
}

void add_timing(Command proxies) {
  auto timing = proxies.sub("ping", "Time the way from here to the primary and to each workspace proxy, the nearest first", "slipway proxies ping");
  with(timing, ping)->flags.add_to(timing, kTimeColumns);
}

void add_changing(Command proxies) {
  auto creating = proxies.sub("create", "Make one and print its token",
                              "slipway proxies create sydney --display-name Sydney\nslipway proxies create sydney --only-token > token");
  auto create_options = with(creating, create);
  creating.argument("name", create_options->name, "What it is called in addresses and lists");
  creating.option("--display-name", create_options->display_name, "What people see instead");
  creating.option("--icon", create_options->icon, "Address of an image, or a path of this server such as /icon/cloud.svg");
  creating.flag("--only-token", create_options->only_token, "Print nothing but the token");

  auto editing = proxies.sub("edit", "Change its names or its icon", "slipway proxies edit sydney --display-name \"Sydney, Australia\"");
  auto edit_options = with(editing, edit);
  editing.argument("proxy", edit_options->name, "Its name or id");
  editing.option("--name", edit_options->new_name, "What it is to be called");
  editing.option("--display-name", edit_options->new_display_name, "What people see instead");
  editing.option("--icon", edit_options->new_icon, "Address of an image, or a path of this server");
}

void add_ending(Command proxies) {
  auto regenerating = proxies.sub("regenerate-token", "Make a new token and print it; the old one is worth nothing from then on",
                                  "slipway proxies regenerate-token sydney --yes --only-token > token");
  auto token_options = with(regenerating, regenerate);
  regenerating.argument("proxy", token_options->name, "Its name or id");
  regenerating.flag("-y,--yes", token_options->yes, "Do not ask");
  regenerating.flag("--only-token", token_options->only_token, "Print nothing but the token");

  auto deleting = proxies.sub("delete", "Delete one; its token is worth nothing from then on", "slipway proxies delete sydney --yes").alias("rm");
  auto delete_options = with(deleting, remove);
  deleting.argument("proxy", delete_options->name, "Its name or id");
  deleting.flag("-y,--yes", delete_options->yes, "Do not ask");
}

}  // namespace

void add_proxies(Command root) {
  auto proxies = root.sub("proxies", "Workspace proxies: servers elsewhere that carry apps and terminals for the people near them").alias("wsproxy");
  add_reading(proxies);
  add_timing(proxies);
  add_changing(proxies);
  add_ending(proxies);
}

}  // namespace slipway::cli
