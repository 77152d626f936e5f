#include "server/engine.hpp"

#include "aio/blocking.hpp"
#include "aio/task.hpp"
#include "base/log.hpp"
#include "provisioner/cli_configuration.hpp"

#include <unistd.h>
#include <cstdlib>

namespace slipway::server {
namespace {

provisioner::TerraformOptions options_of(EngineConfig config) {
  provisioner::TerraformOptions options;
  options.binary = std::move(config.terraform);
  options.mirror_directory = std::move(config.provider_mirror);
  options.cache_directory = std::move(config.cache);
  options.download_directory = std::move(config.downloads);
  options.isolation = provisioner::parse_isolation(config.isolation).value_or(provisioner::Isolation::automatic);
  options.build_groups = std::move(config.groups);
  options.graceful_limit = config.force_cancel;
  for (auto& path : config.secrets)
    if (!path.empty()) options.secrets.push_back(std::move(path));
  const char* file = std::getenv("TF_CLI_CONFIG_FILE");
  if (!file || !*file) return options;
  if (::access(file, R_OK) == 0)
    options.cli_config_file = file;
  else
    log::warn("TF_CLI_CONFIG_FILE names a file that does not exist or cannot be read; ignoring it", {{"file", file}});
  return options;
}

Task<Result<void>> look(const provisioner::TerraformOptions& options, provisioner::Engine& engine) {
  CO_TRY(tool, co_await provisioner::check_terraform(options));
  log::info("templates are built with " + tool.program + " " + tool.version, {{"path", tool.path}});
  const auto seek = [&]() -> std::pair<std::string, std::vector<std::string>> {
    auto mirror = provisioner::find_mirror(options.mirror_directory, tool.path);
    return {mirror, provisioner::providers_in(mirror)};
  };
  const auto [mirror, providers] = co_await aio::blocking(seek);
  if (provisioner::has_coder_provider(providers))
    log::info("the provider coder/coder is taken from " + mirror);
  else
    log::warn(
        "no folder with the provider coder/coder was found, so each provisioner fetches it from its registry",
        {{"next", "give --provider-mirror a folder that holds it"}, {"looked in", mirror.empty() ? "the tool's folder and the cache" : mirror}});
  CO_TRY(isolation, co_await engine.isolation());
  if (isolation.kept)
    log::info(isolation.how, {{"folder", options.cache_directory}});
  else
    log::warn(isolation.how, {{"next", "see docs/guide/provisioners.md"}});
  co_return Result<void>();
}

Value isolation(std::string& to) {
  const auto set = [&to](const std::string& given) {
    to = given;
    return provisioner::parse_isolation(given).has_value();
  };
  return {Form::text, set, [&to] { return boost::json::value(to); }};
}

}  // namespace

std::vector<Setting> build_settings(std::string& mirror, std::string& how, std::vector<std::string>& groups) {
  return {
      {"provider-mirror",
       {},
       "",
       "",
       "Folder with providers (a filesystem mirror, coder/coder among them); else it is looked for beside the tofu.",
       text(mirror)},
      {"build-isolation",
       {},
       "",
       "",
       "What builds run in: account (of their own; needs root), namespaces (of their own), off (the server's account), auto: the first that works.",
       isolation(how)},
      {"build-groups", {}, "", "", "Further groups of the accounts that builds run under, such as docker.", list(groups)},
  };
}

Task<MadeEngine> make_engine(EngineConfig config) {
  const auto options = options_of(std::move(config));
  MadeEngine made{.engine = provisioner::make_terraform_engine(options), .found = {}};
  made.found = co_await look(options, *made.engine);
  co_return made;
}

}  // namespace slipway::server
