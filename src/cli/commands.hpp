// Each noun adds its commands; one file a noun.
#pragma once

namespace slipway::cli {

class Command;
class Program;

void add_login(Command root);  // login, logout
void add_whoami(Command root);
void add_templates(Command root);
void add_workspaces(Command root);  // create, list, show, rename
void add_lifecycle(Command root);   // start, stop, restart, update, cancel, delete
void add_schedule(Command root);    // schedule show|start|stop|extend, favorite, unfavorite
void add_logs(Command root);
void add_ssh(Command root);
void add_measure(Command root);  // ping, speedtest
void add_netcheck(Command root);
void add_stat(Command root);
void add_sync(Command root);  // exp sync
void add_port_forward(Command root);
void add_open(Command root);
void add_ports(Command root);
void add_share(Command root);
void add_config_ssh(Command root);
void add_dotfiles(Command root);
void add_external_auth(Command root);
void add_public_key(Command root);
void add_support(Command root);  // support bundle
void add_users(Command root);
void add_groups(Command root);
void add_organizations(Command root);
void add_roles(Command root);
void add_prebuilds(Command root);
void add_quota(Command root);
void add_tokens(Command root);
void add_identity(Command root);
void add_why(Command root);
void add_audit(Command root);
void add_notifications(Command root);
void add_state(Command root);
void add_provisioner(Command root);
void add_proxies(Command root);
void add_program(Command root, Program& program);  // version, completion

// All that there is, as the program's face has it.
void add_commands(Program& program);

}  // namespace slipway::cli
