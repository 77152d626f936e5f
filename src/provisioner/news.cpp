#include "provisioner/news.hpp"

#include "provisioner/plan_reader.hpp"

namespace slipway::provisioner {

namespace {

constexpr std::size_t kLeastSecret = 4, kLeastLine = 8;

}  // namespace

void News::hide(std::string_view secret) {
  const bool lines = secret.find('\n') != secret.npos;
  while (!secret.empty()) {
    const auto end = std::min(secret.find('\n'), secret.size());
    auto line = secret.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.size() >= (lines ? kLeastLine : kLeastSecret)) secrets_.emplace(line);
    secret.remove_prefix(std::min(end + 1, secret.size()));
  }
}

void News::hide_sensitive(const std::vector<Variable>& declared, const JobInput& input) {
  for (const auto& variable : declared) {
    if (!variable.sensitive) continue;
    const auto given = std::ranges::find(input.variables, variable.name, &VariableValue::name);
    for (const auto& secret : strings_of(given == input.variables.end() ? variable.default_value : given->value)) hide(secret);
  }
}

void News::hide_all_of(const JobInput& input) {
  for (const auto& variable : input.variables)
    if (variable.sensitive)
      for (const auto& secret : strings_of(variable.value)) hide(secret);
  const auto& owner = input.workspace.owner;
  for (const auto* secret : {&owner.ssh_private_key, &owner.session_token, &owner.oidc_access_token}) hide(secret->reveal());
  for (const auto& one : input.workspace.external_auth) hide(one.access_token.reveal());
  for (const auto& one : input.workspace.running_agent_tokens) hide(one.token.reveal());
}

void News::stage(std::string_view name) {
  if (stage_ == name) return;
  stage_ = name;
  sink_.log({system_clock().now(), LogSource::provisioner_daemon, LogLevel::info, stage_, std::string()});
}

std::string News::masked(std::string text) const {
  for (const auto& secret : secrets_)
    for (auto at = text.find(secret); at != std::string::npos; at = text.find(secret, at + 3)) text.replace(at, secret.size(), "***");
  return text;
}

void News::line(LogLevel level, std::string_view output, LogSource source) {
  sink_.log({system_clock().now(), source, level, stage_, masked(std::string(output))});
}

}  // namespace slipway::provisioner
