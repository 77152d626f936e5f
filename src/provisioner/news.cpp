#include "provisioner/news.hpp"

namespace slipway::provisioner {

void News::hide(std::string secret) {
  if (secret.size() >= 4) secrets_.insert(std::move(secret));
}

void News::hide_all_of(const JobInput& input) {
  for (const auto& variable : input.variables)
    if (variable.sensitive) hide(variable.value);
  const auto& owner = input.workspace.owner;
  for (const auto* secret : {&owner.ssh_private_key, &owner.session_token, &owner.oidc_access_token})
    hide(secret->reveal());
  for (const auto& one : input.workspace.external_auth) hide(one.access_token.reveal());
  for (const auto& one : input.workspace.running_agent_tokens) hide(one.token.reveal());
}

void News::stage(std::string_view name) {
  if (stage_ == name) return;
  stage_ = name;
  sink_.log({system_clock().now(), LogSource::provisioner_daemon, LogLevel::info, stage_, std::string()});
}

std::string News::masked(std::string text) const {
  // The longest come last in no particular order; each is replaced wherever it stands.
  for (auto secret = secrets_.rbegin(); secret != secrets_.rend(); ++secret)
    for (auto at = text.find(*secret); at != std::string::npos; at = text.find(*secret, at + 3))
      text.replace(at, secret->size(), "***");
  return text;
}

void News::line(LogLevel level, std::string_view output, LogSource source) {
  sink_.log({system_clock().now(), source, level, stage_, masked(std::string(output))});
}

}  // namespace slipway::provisioner
