#include "provisioner/claim_forecast.hpp"
#include "provisioner/plan_reader.hpp"
#include "provisioner/terraform_job.hpp"

#include "aio/blocking.hpp"

#include <fmt/ranges.h>

namespace slipway::provisioner {

namespace {

constexpr auto kForecastLimit = std::chrono::minutes(5);  // of a plan or a show
constexpr std::size_t kForecastBytes = 256 << 20;

// A claim hands one agent's token on; where there are several, the provider makes new ones.
bool has_several_agents(const Outcome& outcome) {
  std::size_t agents = 0;
  for (const auto& resource : outcome.resources) agents += resource.agents.size();
  return agents > 1;
}

bool has_pools(const Outcome& outcome) {
  return std::ranges::any_of(outcome.presets, [](const Preset& preset) { return preset.prebuild_instances.has_value(); });
}

}  // namespace

// What a plan over that state, with that environment, would replace. Nothing is asked of what there is: there is nothing.
Task<Result<std::vector<Replacement>>> TerraformJob::foresee(aio::Environment environment, const std::string& state, const std::string& plan) {
  auto planning = command({"plan", "-input=false", "-no-color", "-refresh=false", "-lock=false", "-state=" + state, "-out=" + plan});
  planning.environment = environment;
  CO_TRY(planned, co_await aio::run(std::move(planning), {}, kForecastLimit, kForecastBytes));
  if (!planned.exit.ok()) co_return fail(Code::invalid, plain(planned.errors.substr(0, 2000)));
  auto showing = command({"show", "-json", plan});
  showing.environment = std::move(environment);
  CO_TRY(shown, co_await aio::run(std::move(showing), {}, kForecastLimit, kForecastBytes));
  if (!shown.exit.ok() || shown.cut) co_return fail(Code::invalid, "the plan could not be shown");
  const auto parse = [&shown]() -> Result<std::vector<Replacement>> {
    TRY(outcome, read({.plan = shown.output, .claim = true, .agents = true}));
    return std::move(outcome.replacements);
  };
  co_return co_await aio::blocking(parse);
}

Task<Result<std::vector<Replacement>>> TerraformJob::foresee_claim() {
  const auto imagine = [this] { return state_as_planned(plan_json_); };
  CO_TRY(state, co_await aio::blocking(imagine));
  const auto file = folder_->out_folder() + "/foreseen.tfstate", plan = folder_->out_folder() + "/foreseen.plan";
  auto writing = command({});
  writing.argv = {"/bin/sh", "-c", "umask 077; cat > \"$0\"", file};  // as builds write: the folder is theirs
  CO_TRY(written, co_await aio::run(std::move(writing), std::move(state), kForecastLimit));
  if (!written.exit.ok()) co_return fail(Code::invalid, "the state could not be written");
  auto same = environment_;
  same.set("CODER_RUNNING_WORKSPACE_AGENT_TOKEN_e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", std::string(kForecastToken));
  auto claimant = same;
  claimant.set("CODER_WORKSPACE_IS_PREBUILD_CLAIM", "true");
  claimant.set("CODER_WORKSPACE_NAME", "claimed");
  claimant.set("CODER_WORKSPACE_OWNER", "claimant");
  claimant.set("CODER_WORKSPACE_OWNER_NAME", "Claimant");
  claimant.set("CODER_WORKSPACE_OWNER_EMAIL", "claimant@example.com");
  claimant.set("CODER_WORKSPACE_OWNER_ID", Uuid::random().str());
  CO_TRY(of_same, co_await foresee(std::move(same), file, plan));
  CO_TRY(of_claimant, co_await foresee(std::move(claimant), file, plan));
  co_return only_in(std::move(of_claimant), of_same);
}

// The author of a version whose presets have pools learns here what people would wait for. It fails no import.
Task<void> TerraformJob::tell_of_claims() {
  auto replaced = co_await foresee_claim();
  if (!replaced) {
    news_.line(LogLevel::info, "What a claim of a prebuilt workspace would replace could not be foreseen: " + replaced.error().say);
    co_return;
  }
  for (const auto& one : *replaced)
    news_.line(LogLevel::warn, fmt::format("A claim of a prebuilt workspace would replace {}, because of {}: it depends on the owner or on the "
                                           "workspace's name. Leave these out, or let the template ignore the change.",
                                           one.resource, fmt::join(one.paths, ", ")));
  outcome_.replacements = std::move(*replaced);
}

// What the author of a version whose presets have pools should know, in the log of its import.
Task<void> TerraformJob::look_ahead() {
  if (input_.kind != JobKind::import || !has_pools(outcome_)) co_return;
  if (has_several_agents(outcome_))
    news_.line(
        LogLevel::warn,
        "Workspaces of this version have several agents. When a prebuilt one is claimed they get new tokens, and what holds those is replaced: "
        "give workspaces of a pool one agent.");
  if (!cancel_.asked()) co_await tell_of_claims();
}

}  // namespace slipway::provisioner
