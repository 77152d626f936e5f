#include "provisioner/terraform_environment.hpp"

#include "api/init_script.hpp"
#include "crypto/hash.hpp"
#include "provisioner/json_read.hpp"

#include <unistd.h>

#include <algorithm>

namespace slipway::provisioner {
namespace {

constexpr std::size_t kLongestEntry = 131071;  // the kernel's bound for one string

std::string hex_sha256(std::string_view text) { return crypto::sha256_hex(text); }

std::string groups_json(const std::vector<std::string>& groups) {
  json::array out;
  for (const auto& group : groups) out.emplace_back(group);
  return json::serialize(out);
}

std::string roles_json(const std::vector<RoleOf>& roles) {
  json::array out;
  for (const auto& role : roles) out.push_back(json::object{{"name", role.name}, {"org_id", role.organization}});
  return json::serialize(out);
}

// Provider and Terraform read an empty variable as a set one: leave those out that say nothing.
void set_known(aio::Environment& into, std::string_view name, std::string_view value) {
  if (!value.empty()) into.set(name, value);
}

void add_owner(aio::Environment& into, const Owner& owner) {
  set_known(into, "CODER_WORKSPACE_OWNER_ID", owner.id);
  set_known(into, "CODER_WORKSPACE_OWNER", owner.name);
  set_known(into, "CODER_WORKSPACE_OWNER_NAME", owner.full_name);
  set_known(into, "CODER_WORKSPACE_OWNER_EMAIL", owner.email);
  set_known(into, "CODER_WORKSPACE_OWNER_LOGIN_TYPE", owner.login_type);
  set_known(into, "CODER_WORKSPACE_OWNER_SSH_PUBLIC_KEY", owner.ssh_public_key);
  set_known(into, "CODER_WORKSPACE_OWNER_SSH_PRIVATE_KEY", owner.ssh_private_key.reveal());
  set_known(into, "CODER_WORKSPACE_OWNER_SESSION_TOKEN", owner.session_token.reveal());
  set_known(into, "CODER_WORKSPACE_OWNER_OIDC_ACCESS_TOKEN", owner.oidc_access_token.reveal());
  into.set("CODER_WORKSPACE_OWNER_GROUPS", groups_json(owner.groups));
  into.set("CODER_WORKSPACE_OWNER_RBAC_ROLES", roles_json(owner.roles));
}

std::string_view transition_word(Transition transition) { return transition == Transition::destroy ? "destroy" : to_string(transition); }

void add_workspace(aio::Environment& into, const JobInput& input) {
  const auto& workspace = input.workspace;
  const bool build = input.kind == JobKind::build;
  into.set("CODER_WORKSPACE_TRANSITION", build ? transition_word(workspace.transition) : "start");
  set_known(into, "CODER_WORKSPACE_ID", workspace.id);
  set_known(into, "CODER_WORKSPACE_NAME", workspace.name);
  set_known(into, "CODER_WORKSPACE_TEMPLATE_ID", workspace.template_id);
  set_known(into, "CODER_WORKSPACE_TEMPLATE_NAME", workspace.template_name);
  set_known(into, "CODER_WORKSPACE_TEMPLATE_VERSION", workspace.template_version);
  // With a build id the provider demands the template's fields, which an import does not have.
  if (build) set_known(into, "CODER_WORKSPACE_BUILD_ID", workspace.build_id);
  if (workspace.prebuild == Prebuild::create) into.set("CODER_WORKSPACE_IS_PREBUILD", "true");
  if (workspace.prebuild == Prebuild::claim) into.set("CODER_WORKSPACE_IS_PREBUILD_CLAIM", "true");
  set_known(into, "CODER_TASK_ID", workspace.task_id);
  set_known(into, "CODER_TASK_PROMPT", workspace.task_prompt);
  for (const auto& auth : workspace.external_auth) into.set("CODER_EXTERNAL_AUTH_ACCESS_TOKEN_" + auth.id, auth.access_token.reveal());
  const bool alone = workspace.running_agent_tokens.size() == 1;  // the provider asks with an empty key
  for (const auto& running : workspace.running_agent_tokens)
    into.set("CODER_RUNNING_WORKSPACE_AGENT_TOKEN_" + hex_sha256(alone ? "" : running.agent_id), running.token.reveal());
  add_owner(into, workspace.owner);
}

}  // namespace

std::string parameter_variable(std::string_view name) { return "CODER_PARAMETER_" + hex_sha256(name); }

EnvironmentEntries own_environment() {
  EnvironmentEntries out;
  for (char** entry = ::environ; *entry; ++entry) {
    const std::string_view text(*entry);
    const auto equals = text.find('=');
    if (equals != std::string_view::npos) out.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  return out;
}

bool may_pass(std::string_view name, const std::vector<std::string>& extra) {
  static constexpr std::string_view kNames[] = {"PATH",
                                                "HOME",
                                                "USER",
                                                "LOGNAME",
                                                "SHELL",
                                                "TMPDIR",
                                                "TZ",
                                                "LANG",
                                                "LC_ALL",
                                                "LC_CTYPE",
                                                "HTTP_PROXY",
                                                "HTTPS_PROXY",
                                                "NO_PROXY",
                                                "ALL_PROXY",
                                                "http_proxy",
                                                "https_proxy",
                                                "no_proxy",
                                                "all_proxy",
                                                "SSL_CERT_FILE",
                                                "SSL_CERT_DIR",
                                                "KUBECONFIG",
                                                "SSH_AUTH_SOCK",
                                                "GIT_SSH_COMMAND",
                                                "GIT_ASKPASS",
                                                "GIT_SSL_CAINFO",
                                                "NETRC",
                                                "XDG_CONFIG_HOME",
                                                "XDG_RUNTIME_DIR",
                                                "TF_REGISTRY_DISCOVERY_RETRY",
                                                "TF_REGISTRY_CLIENT_TIMEOUT"};
  static constexpr std::string_view kPrefixes[] = {
      "AWS_", "ECS_",   "EC2_",        "GOOGLE_", "GCLOUD_",   "CLOUDSDK_",      "GCE_",          "ARM_",     "AZURE_",
      "MSI_", "KUBE_",  "KUBERNETES_", "HELM_",   "DOCKER_",   "CONTAINER_HOST", "DIGITALOCEAN_", "HCLOUD_",  "LINODE_",
      "OS_",  "VAULT_", "NOMAD_",      "CONSUL_", "VSPHERE_",  "PROXMOX_",       "PM_",           "LIBVIRT_", "INCUS_",
      "LXD_", "FLY_",   "SCW_",        "OVH_",    "TF_TOKEN_", "EQUINIX_",       "METAL_",        "VULTR_",   "HARVESTER_"};
  if (name.starts_with("CODER_") || name.starts_with("SLIPWAY_")) return false;
  // What steers the tool itself is the job's own: no prefix lets it in.
  if (name.starts_with("TF_") && !name.starts_with("TF_TOKEN_") && !name.starts_with("TF_REGISTRY_")) return false;
  if (std::ranges::find(kNames, name) != std::end(kNames)) return true;
  const auto starts = [&](std::string_view prefix) { return !prefix.empty() && name.starts_with(prefix); };
  return std::ranges::any_of(kPrefixes, starts) || std::ranges::any_of(extra, starts);
}

Result<aio::Environment> environment_of(const JobInput& input, const EnvironmentEntries& own, const std::vector<std::string>& extra) {
  aio::Environment out;
  for (const auto& [name, value] : own)
    if (may_pass(name, extra)) out.set(name, value);
  if (!out.get("PATH")) out.set("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
  out.set("TF_IN_AUTOMATION", "1");
  out.set("TF_INPUT", "0");
  out.set("CHECKPOINT_DISABLE", "1");
  out.set("CODER_AGENT_URL", input.agent_url.empty() ? input.access_url : input.agent_url);
  for (const auto& [os, arch] : api::agent_platforms()) out.set(api::init_script_variable(os, arch), api::init_script(os, arch));
  for (const auto& [platform, script] : input.agent_scripts) out.set("CODER_AGENT_SCRIPT_" + platform, script);
  add_workspace(out, input);
  for (const auto& parameter : input.parameters) out.set(parameter_variable(parameter.name), parameter.value);
  for (const auto& parameter : input.previous_parameters) out.set("CODER_PARAMETER_PREVIOUS_" + hex_sha256(parameter.name), parameter.value);
  for (const auto& variable : input.variables) out.set("TF_VAR_" + variable.name, variable.value);
  for (const auto& entry : out.entries()) {
    if (entry.size() > kLongestEntry)
      return fail(Code::invalid,
                  fmt::format("The value handed to the template as {} is too long: at most 128 KiB fit.", entry.substr(0, entry.find('='))));
    if (entry.find('\0') != std::string::npos)
      return fail(Code::invalid, fmt::format("The value handed to the template as {} has a zero byte.", entry.substr(0, entry.find('='))));
  }
  return out;
}

}  // namespace slipway::provisioner
