// Inside the terraform engine: one job.
#pragma once

#include "aio/subprocess.hpp"
#include "provisioner/engine.hpp"
#include "provisioner/news.hpp"
#include "provisioner/quarters.hpp"
#include "provisioner/terraform_events.hpp"
#include "provisioner/terraform_tool.hpp"
#include "provisioner/terraform_work.hpp"

#include <expected>

namespace slipway::provisioner {

// Away from the loop: states may be large.
Task<std::string> packed(const std::string& plain);

// One job from its folder to its outcome. home: the loop of run().
class TerraformJob {
 public:
  TerraformJob(const TerraformOptions& options, const TerraformTool& tool, const Quarters& quarters, Quarter quarter, const JobInput& input,
               Sink& sink, Cancel& cancel)
      : options_(options), tool_(tool), quarters_(quarters), quarter_(std::move(quarter)), input_(input), sink_(sink), cancel_(cancel), news_(sink) {}

  Task<Finished> run();

 private:
  using Step = std::expected<void, Failure>;

  Task<Step> work();
  Task<Step> prepare();
  void move_in(aio::Environment& environment) const;
  Result<void> write_configuration();
  Task<Step> take_up_state();
  Task<Step> init();
  Task<Step> learn_secrets();
  Task<Step> plan();
  Task<Step> explain_claim();
  Task<Step> apply();
  Task<Step> know_configuration();
  Task<Step> read_plan();
  Task<Result<std::vector<Replacement>>> foresee(aio::Environment environment, const std::string& state, const std::string& plan);
  Task<Result<std::vector<Replacement>>> foresee_claim();
  Task<void> tell_of_claims();
  Task<void> look_ahead();  // terraform_forecast.cpp, as the three above
  Task<Step> read_state(bool failed);
  Task<Failure> plan_failure(const EventReader& reader, const aio::Exit& exit);

  bool is_build() const { return input_.kind == JobKind::build; }
  bool is_delete() const { return is_build() && input_.workspace.transition == Transition::destroy; }
  // The plan itself, not only the configuration in it, is wanted.
  bool wants_plan() const { return !is_build() || input_.check_plan || input_.workspace.prebuild == Prebuild::claim; }

  aio::ProcessOptions command(std::vector<std::string> arguments) const;
  Task<Result<aio::Exit>> speak(std::vector<std::string> arguments, EventReader& reader);
  Task<void> guard(aio::Process& process);
  Task<Result<std::string>> query(std::vector<std::string> arguments);
  Task<bool> carry(std::vector<std::string> shell);
  Failure failure_of(const EventReader& reader, const aio::Exit& exit, std::string_view act) const;
  Step stop_if_asked() const;
  static Step failed(const Error& error) { return std::unexpected(Failure{error.say, "", false}); }

  const TerraformOptions& options_;
  const TerraformTool& tool_;
  const Quarters& quarters_;
  const Quarter quarter_;
  const JobInput& input_;
  Sink& sink_;
  Cancel& cancel_;
  News news_;
  std::optional<WorkFolder> folder_;
  std::optional<InitCache> cache_;
  aio::Environment environment_;
  std::string configuration_;  // the text of the job's .tofurc
  std::string mirror_;
  bool coder_is_mirrored_ = false;
  std::string state_;  // plain; what goes back whatever happens
  std::string plan_json_;
  std::string graph_;
  std::vector<Timing> timings_;
  Outcome outcome_;
  std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
  bool over_time_ = false;
  bool declares_secrets_ = false;  // the template may call a variable sensitive
};

}  // namespace slipway::provisioner
