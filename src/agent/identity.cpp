#include "agent/identity.hpp"

#include "agent/files.hpp"
#include "aio/task.hpp"
#include "api/gen/agent_me.hpp"
#include "base/text.hpp"

namespace slipway::agent {

namespace {

constexpr Milliseconds kLimit = Seconds(10);

std::string cloud_of(AuthKind auth) {
  switch (auth) {
    case AuthKind::aws: return "aws";
    case AuthKind::azure: return "azure";
    case AuthKind::google: return "google";
    case AuthKind::token: return {};
  }
  return {};
}

Task<Result<std::string>> ask(net::Client& client, std::string method, std::string url, net::Headers headers) {
  CO_TRY(got, co_await client.request(std::move(method), url, std::move(headers), {}, kLimit));
  if (got.status < 200 || got.status > 299)
    co_return fail(Code::bad_gateway, fmt::format("The metadata service answered {} to {}.", got.status, url));
  co_return std::move(got.body);
}

std::optional<std::string> name_or_nothing(const std::string& name) { return name.empty() ? std::nullopt : std::optional(name); }

Task<Result<std::string>> aws_proof(net::Client& client, std::string base, std::string agent_name) {
  net::Headers wish{{"X-aws-ec2-metadata-token-ttl-seconds", "21600"}};
  CO_TRY(session, co_await ask(client, "PUT", base + "/latest/api/token", std::move(wish)));
  const net::Headers proof{{"X-aws-ec2-metadata-token", session}};
  CO_TRY(signature, co_await ask(client, "GET", base + "/latest/dynamic/instance-identity/signature", proof));
  CO_TRY(document, co_await ask(client, "GET", base + "/latest/dynamic/instance-identity/document", proof));
  co_return api::to_json(api::AWSInstanceIdentityToken{.signature = signature, .document = document, .agent_name = name_or_nothing(agent_name)});
}

Task<Result<std::string>> azure_proof(net::Client& client, std::string base, std::string agent_name) {
  net::Headers wish{{"Metadata", "true"}};
  CO_TRY(body, co_await ask(client, "GET", base + "/metadata/attested/document?api-version=2020-09-01", std::move(wish)));
  CO_TRY(attested, api::from_json<api::AzureInstanceIdentityToken>(body));
  attested.agent_name = name_or_nothing(agent_name);
  co_return api::to_json(attested);
}

Task<Result<std::string>> google_proof(net::Client& client, std::string base, std::string agent_name) {
  net::Headers wish{{"Metadata-Flavor", "Google"}};
  const std::string path = "/computeMetadata/v1/instance/service-accounts/default/identity?audience=coder&format=full";
  CO_TRY(token, co_await ask(client, "GET", base + path, std::move(wish)));
  co_return api::to_json(api::GoogleInstanceIdentityToken{.json_web_token = token, .agent_name = name_or_nothing(agent_name)});
}

}  // namespace

std::string metadata_base(const Options& options, const Environment& environment) {
  std::string out = options.metadata_url;
  if (out.empty() && options.auth == AuthKind::google) {
    const auto host = environment.find("GCE_METADATA_HOST");
    out = "http://" + (host == environment.end() || host->second.empty() ? "metadata.google.internal" : host->second);
  }
  if (out.empty()) out = "http://169.254.169.254";
  while (out.ends_with('/')) out.pop_back();
  return out;
}

Task<Result<std::string>> fetch_proof(net::Client& client, AuthKind auth, const std::string& base, const std::string& agent_name) {
  if (auth == AuthKind::aws) co_return co_await aws_proof(client, base, agent_name);
  if (auth == AuthKind::azure) co_return co_await azure_proof(client, base, agent_name);
  if (auth == AuthKind::google) co_return co_await google_proof(client, base, agent_name);
  co_return fail_internal("token auth has no proof of identity");
}

Task<Result<Secret>> obtain_token(net::Client& client, ControlPlane& server, const Options& options) {
  if (options.auth == AuthKind::token) {
    if (!options.token.empty()) co_return Secret(options.token);
    const auto text = read_small_file(options.token_file, 4096);
    if (!text || text::trim(*text).empty())
      co_return fail(Code::unavailable, fmt::format("The token file {} cannot be read or is empty.", options.token_file));
    co_return Secret(std::string(text::trim(*text)));
  }
  const auto base = metadata_base(options, own_environment());
  CO_TRY(body, co_await fetch_proof(client, options.auth, base, options.agent_name));
  co_return co_await server.exchange_identity(cloud_of(options.auth), std::move(body));
}

}  // namespace slipway::agent
