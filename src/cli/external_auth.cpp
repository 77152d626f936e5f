// external-auth access-token: what a person let this deployment have of another service, for scripts of their workspace.
#include <boost/json.hpp>

#include "api/gen/agent_me.hpp"
#include "base/private_file.hpp"
#include "base/text.hpp"
#include "cli/coder.hpp"
#include "cli/command.hpp"
#include "cli/commands.hpp"
#include "cli/lookup.hpp"
#include "cli/print.hpp"
#include "cli/session.hpp"

namespace slipway::cli {
namespace {

struct Options {
  std::string id, extra, output = "text";
  std::string agent_url, agent_token;
};

// Inside a workspace its agent is who asks, whoever is logged in there.
Result<void> as_agent(Session& session, const Options& options) {
  const auto url = options.agent_url.empty() ? environment({"CODER_AGENT_URL"}).value_or("") : options.agent_url;
  const auto token = options.agent_token.empty() ? environment({"CODER_AGENT_TOKEN"}).value_or("") : options.agent_token;
  if (url.empty() || token.empty())
    return fail(Code::invalid, "CODER_AGENT_URL and CODER_AGENT_TOKEN are not set.", "This works inside a workspace, in its scripts and shells.");
  TRY(address, server_url(url));
  session.use(address, token);
  return {};
}

// What lies at "a.b" in what the service said besides the token, as text.
Result<std::string> extra_of(const boost::json::value* at, const std::string& path) {
  if (!at || !at->is_object() || at->get_object().empty()) return fail(Code::not_found, "no extra properties found for token");
  for (const auto name : text::split(path, '.')) {
    at = at->is_object() ? at->get_object().if_contains(name) : nullptr;
    if (!at) return fail(Code::not_found, fmt::format("There is no \"{}\" beside the token.", path));
  }
  return at->is_string() ? std::string(at->get_string()) : boost::json::serialize(*at);
}

Result<int> access_token(Session& session, const Options& options) {
  TRY_OK(one_of(options.output, {"text", "json"}));
  TRY_OK(as_agent(session, options));
  TRY(body, session.call("GET", "/api/v2/workspaceagents/me/external-auth?id=" + segment(options.id), {}));
  TRY(answer, api::from_json<api::AgentExternalAuthResponse>(body));
  if (options.output == "json") {
    print_json(body);
  } else if (!answer.url.empty()) {
    print("{}\n", answer.url);
  } else if (!options.extra.empty()) {
    const auto whole = boost::json::parse(body);
    TRY(told, extra_of(whole.get_object().if_contains("token_extra"), options.extra));
    print_bytes(told);
  } else {
    print_bytes(answer.access_token);
  }
  return answer.url.empty() ? 0 : 1;
}

}  // namespace

void add_external_auth(Command root) {
  auto group = root.sub("external-auth", "Use what you signed in to elsewhere, inside a workspace");
  auto options = std::make_shared<Options>();
  auto command = group.sub("access-token", "Print the token; or, with exit code 1, the address at which to sign in first",
                           "slipway external-auth access-token github\n"
                           "slipway external-auth access-token slack --extra authed_user.id");
  command.argument("provider", options->id, "Which, by its id");
  command.option("--extra", options->extra, "In place of the token, what the service said besides it: a path such as user.id");
  command.option("-o,--output", options->output, "text or json");
  command.hidden("--agent-url", options->agent_url);
  command.hidden("--agent-token", options->agent_token);
  command.run([options](Session& session) { return access_token(session, *options); });
}

}  // namespace slipway::cli
