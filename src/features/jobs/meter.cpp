#include "features/jobs/meter.hpp"

#include "provisioner/job.hpp"

namespace slipway::jobs {

namespace {

constexpr double kJobTimes[] = {1, 10, 30, 60, 300, 600, 1800, 3600};
// Workspaces come and go: those beyond are counted together, under names that no workspace can have.
constexpr std::size_t kMostBuilt = 10000;

Meter::Build other(const Meter::Build& build) {
  return {.owner = "(other)", .workspace = "(other)", .template_name = "(other)", .template_version = "(other)", .transition = build.transition};
}

}  // namespace

void Meter::began(const std::string& provisioner) {
  const std::lock_guard lock(mutex_);
  ++current_[provisioner];
}

void Meter::let_go(const std::string& provisioner) {
  const std::lock_guard lock(mutex_);
  --current_[provisioner];
}

void Meter::ended(const sql::Ended& job, bool succeeded, Time now) {
  if (!job.started_at) return;
  const std::lock_guard lock(mutex_);
  const std::string status = succeeded ? "success" : "failed";
  const auto took = std::max(now - *job.started_at, Time::duration::zero());
  jobs_.try_emplace({job.provisioner, status}, kJobTimes).first->second.observe(took);
  if (!job.transition) return;
  if (succeeded && *job.transition == "start") started(job, now);
  const Build build{.owner = job.owner.value_or(""),
                    .workspace = job.workspace.value_or(""),
                    .template_name = job.template_name.value_or(""),
                    .template_version = job.template_version.value_or(""),
                    .transition = *job.transition};
  builds_.try_emplace({build.template_name, build.template_version, build.transition, status}, kJobTimes).first->second.observe(took);
  std::pair key(build, status);
  if (built_.size() >= kMostBuilt && !built_.contains(key)) key.first = other(build);
  ++built_[key];
}

void Meter::started(const sql::Ended& job, Time now) {
  using provisioner::Prebuild;
  const Made made{.organization = job.organization.value_or(""), .template_name = job.template_name.value_or(""), .preset = job.preset.value_or("")};
  const auto took = std::max(now - job.created_at, Time::duration::zero());
  const auto stage = static_cast<Prebuild>(job.stage);
  if (stage == Prebuild::claim || job.build_number.value_or(0) != 1) return;
  creations_.try_emplace({made, stage == Prebuild::create ? "prebuild" : "regular"}, kJobTimes).first->second.observe(took);
  if (stage == Prebuild::none) ++created_[made];
}

void Meter::write_started(metric::Text& text) const {
  using Type = metric::Text::Type;
  text.family("coderd_workspace_creation_duration_seconds", Type::histogram,
              "How long the first start of a workspace took, of a regular one or of a prebuild.");
  for (const auto& [key, tally] : creations_)
    text.sample({{"organization_name", key.first.organization},
                 {"template_name", key.first.template_name},
                 {"preset_name", key.first.preset},
                 {"type", key.second}},
                tally);
  text.family("coderd_workspace_creation_total", Type::counter, "Workspaces created the regular way, neither prebuilt nor claimed.");
  for (const auto& [made, count] : created_)
    text.sample({{"organization_name", made.organization}, {"template_name", made.template_name}, {"preset_name", made.preset}},
                static_cast<double>(count));
}

void Meter::write(metric::Text& text) const {
  using Type = metric::Text::Type;
  const std::lock_guard lock(mutex_);
  text.one("coderd_provisionerd_num_daemons", Type::gauge, "The number of provisioner daemons.", static_cast<double>(daemons_));
  text.family("coderd_provisionerd_jobs_current", Type::gauge, "The number of currently running provisioner jobs.");
  for (const auto& [provisioner, count] : current_) text.sample({{"provisioner", provisioner}}, static_cast<double>(count));
  text.family("coderd_provisionerd_job_timings_seconds", Type::histogram, "The provisioner job time duration in seconds.");
  for (const auto& [key, tally] : jobs_) text.sample({{"provisioner", std::get<0>(key)}, {"status", std::get<1>(key)}}, tally);
  text.family("coderd_provisionerd_workspace_build_timings_seconds", Type::histogram, "The time taken for a workspace to build.");
  for (const auto& [key, tally] : builds_)
    text.sample({{"template_name", std::get<0>(key)},
                 {"template_version", std::get<1>(key)},
                 {"workspace_transition", std::get<2>(key)},
                 {"status", std::get<3>(key)}},
                tally);
  text.family("coderd_workspace_builds_total", Type::counter, "The number of workspaces started, updated, or deleted.");
  for (const auto& [key, count] : built_) {
    const auto& [build, status] = key;
    text.sample({{"workspace_owner", build.owner},
                 {"workspace_name", build.workspace},
                 {"template_name", build.template_name},
                 {"template_version", build.template_version},
                 {"workspace_transition", build.transition},
                 {"status", status}},
                static_cast<double>(count));
  }
  write_started(text);
}

}  // namespace slipway::jobs
