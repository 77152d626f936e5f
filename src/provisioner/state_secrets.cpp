#include "provisioner/state_secrets.hpp"

#include "crypto/hash.hpp"
#include "provisioner/json_read.hpp"

#include <map>

namespace slipway::provisioner {
namespace {

struct Place {
  std::string_view mode, type, attribute;
};
// The data sources are read anew by every plan; an agent keeps its token for as long as it lives.
constexpr Place kPlaces[] = {{"data", "coder_workspace_owner", "session_token"},
                             {"data", "coder_workspace_owner", "ssh_private_key"},
                             {"data", "coder_workspace_owner", "oidc_access_token"},
                             {"data", "coder_external_auth", "access_token"},
                             {"managed", "coder_agent", "token"}};
constexpr std::string_view kAgentToken = "coder_agent.token";
constexpr std::string_view kBegin = "(hidden ";
constexpr std::size_t kDigits = 16;
constexpr std::size_t kShortest = 8;  // of what is looked for: less would be found everywhere
constexpr int kLevels = 3;            // in clear, as JSON writes it in a string, and that in a string once more

struct Found {
  std::string text;  // as it stands in the state
  std::string mark;
};

std::string escaped(std::string_view text) {
  auto quoted = json::serialize(json::string_view(text.data(), text.size()));
  return quoted.substr(1, quoted.size() - 2);
}

void add(std::vector<Found>& out, const Place& place, const std::string& secret) {
  if (secret.size() < kShortest || secret.starts_with(kBegin)) return;
  const auto digest = crypto::sha256_hex(secret).substr(0, kDigits);
  std::string text = secret;
  for (int level = 0; level < kLevels; ++level) {
    out.push_back({text, fmt::format("{}{}.{} {} {})", kBegin, place.type, place.attribute, digest, level)});
    auto next = escaped(text);
    if (next == text) return;
    text = std::move(next);
  }
}

void add_resource(std::vector<Found>& out, const json::object& resource) {
  const auto mode = text(resource, "mode"), type = text(resource, "type");
  const auto* instances = array_field(resource, "instances");
  if (!instances) return;
  for (const auto& place : kPlaces) {
    if (mode != place.mode || type != place.type) continue;
    for (const auto& instance : *instances)
      if (const auto* object = instance.if_object())
        if (const auto* attributes = object_field(*object, "attributes")) add(out, place, text(*attributes, place.attribute));
  }
}

// The longest first, so that none is taken for a part of another.
Result<std::vector<Found>> secrets_of(std::string_view state) {
  std::vector<Found> out;
  if (state.empty()) return out;
  TRY(parsed, parse_json(state, "The state", 256 << 20));
  const auto* root = parsed.if_object();
  const auto* resources = root ? array_field(*root, "resources") : nullptr;
  if (!resources) return out;
  for (const auto& resource : *resources)
    if (const auto* object = resource.if_object()) add_resource(out, *object);
  std::ranges::sort(out, [](const Found& a, const Found& b) { return a.text.size() > b.text.size(); });
  return out;
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) text.replace(at, from.size(), to);
}

}  // namespace

Result<std::string> without_secrets(std::string_view state) {
  TRY(secrets, secrets_of(state));
  std::string out(state);
  for (const auto& secret : secrets) replace_all(out, secret.text, secret.mark);
  return out;
}

Result<std::string> with_secrets(std::string_view shown, const std::vector<std::string>& stored) {
  std::string out(shown);
  if (out.find(kBegin) == std::string::npos) return out;
  for (const auto& state : stored) {
    const auto secrets = secrets_of(state);
    if (!secrets) continue;  // what cannot be read was never shown
    for (const auto& secret : *secrets) replace_all(out, secret.mark, secret.text);
  }
  if (out.find(fmt::format("{}{}", kBegin, kAgentToken)) != std::string::npos)
    return fail(Code::invalid, "The state has the mark of an agent's token that none of the workspace's last builds had.",
                "Give back a state that was read from this workspace, or write the token in its place.");
  return out;
}

}  // namespace slipway::provisioner
