#include "api/gen/deployment.hpp"
#include "base/version.hpp"
#include "cli/coder.hpp"
#include "cli/command.hpp"
#include "cli/commands.hpp"
#include "cli/completion.hpp"
#include "cli/print.hpp"
#include "cli/session.hpp"
#include "cli/table.hpp"

namespace slipway::cli {

namespace {

void add_version(Command root) {
  auto flags = std::make_shared<TableFlags>();
  auto command = root.sub("version", "Print the version of this program and of the server", "slipway version --output json");
  command.option("-o,--output", flags->output, "How to print: table or json");
  command.run([flags](Session& session) -> Result<int> {
    if (flags->output == "json") {
      print_json(fmt::format(R"({{"version":"{}"}})", kVersion));
      return 0;
    }
    if (flags->output != "table") return fail_field("There is no such output.", "output", "is one of: table, json");
    print("slipway {}\n", kVersion);
    if (const auto url = session.url())
      if (const auto info = session.get<api::BuildInfoResponse>("/api/v2/buildinfo")) print("server  {} ({})\n", info->version, *url);
    return 0;
  });
}

void add_completion(Command root) {
  auto shell = std::make_shared<std::string>();
  auto command = root.sub("completion", "Print what makes a shell complete commands and flags",
                          "source <(slipway completion bash)\n"
                          "slipway completion zsh > \"${fpath[1]}/_slipway\"\n"
                          "slipway completion fish > ~/.config/fish/completions/slipway.fish");
  command.argument("shell", *shell, "bash, zsh or fish");
  command.run([shell](Session&) -> Result<int> {
    TRY(script, completion_script(*shell));
    print("{}", script);
    return 0;
  });
}

}  // namespace

void add_program(Command root, Program&) {
  if (root.face().coder)
    add_coder_version(root);
  else
    add_version(root);
  add_completion(root);
}

void add_commands(Program& program) {
  auto root = program.root();
  const bool coder = program.face().coder;
  if (coder)
    add_coder_login(root);
  else
    add_login(root);
  add_whoami(root);
  add_templates(root);
  add_workspaces(root);
  add_lifecycle(root);
  add_schedule(root);
  add_logs(root);
  if (coder)
    add_coder_ssh(root);
  else
    add_ssh(root);
  add_measure(root);
  add_netcheck(root);
  add_stat(root);
  add_sync(root);
  add_port_forward(root);
  add_open(root);
  if (!coder) add_ports(root);
  add_share(root);
  if (coder)
    add_coder_config_ssh(root);
  else
    add_config_ssh(root);
  add_dotfiles(root);
  add_external_auth(root);
  add_public_key(root);
  add_support(root);
  add_state(root);
  add_users(root);
  add_groups(root);
  add_organizations(root);
  if (!coder) add_roles(root);
  add_prebuilds(root);
  if (!coder) add_quota(root);
  add_tokens(root);
  add_provisioner(root);
  if (!coder) add_proxies(root);
  add_identity(root);
  if (!coder) {
    add_why(root);
    add_audit(root);
  }
  add_notifications(root);
  add_program(root, program);
}

}  // namespace slipway::cli
