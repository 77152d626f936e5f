// The `terraform` engine: one tofu or terraform process after another in the job's own folder.
#include "aio/blocking.hpp"
#include "aio/task.hpp"
#include "provisioner/cli_configuration.hpp"
#include "provisioner/terraform_job.hpp"

#include <sys/stat.h>

#include <filesystem>

namespace slipway::provisioner {
namespace {

Task<Result<std::unique_ptr<Quarters>>> open_quarters(const TerraformOptions& options) {
  QuartersOptions asked{.wanted = options.isolation,
                        .folder = options.cache_directory,
                        .groups = options.build_groups,
                        .hidden = options.secrets,
                        .readable = {},
                        .caches = options.download_directory};
  if (const auto tool = find_tool(options)) asked.readable.push_back(*tool);
  if (const auto mirror = find_mirror(options.mirror_directory, asked.readable.empty() ? "" : asked.readable.front()); !mirror.empty())
    asked.readable.push_back(mirror);
  co_return co_await Quarters::open(std::move(asked));
}

class Terraform : public Engine {
 public:
  explicit Terraform(TerraformOptions options) : options_(std::move(options)) {
    // A folder that the tool is told about from another folder must be absolute.
    std::error_code ignored;
    for (auto* path : {&options_.cache_directory, &options_.download_directory, &options_.mirror_directory, &options_.cli_config_file})
      if (!path->empty()) *path = std::filesystem::absolute(*path, ignored).lexically_normal().string();
    while (options_.cache_directory.ends_with('/')) options_.cache_directory.pop_back();
  }

  std::string_view name() const override { return "terraform"; }

  std::vector<JobId> interrupted() override { return interrupted_jobs(options_.cache_directory); }
  std::shared_ptr<Kept> kept_of(const JobId& job) override { return kept_folder(options_.cache_directory, job); }

  Task<Finished> salvage(const JobId& job) override {
    const auto until = std::chrono::steady_clock::now() + options_.graceful_limit;
    auto push = Push::ask;
    const auto look = [&] {
      auto state = end_interrupted(options_.cache_directory, job, std::chrono::steady_clock::now() > until ? Push::force : push);
      push = Push::wait;
      return state;
    };
    for (;;) {
      if (auto state = co_await aio::blocking(look)) {
        Finished done{.outcome = {}, .failure = interrupted_failure(), .kept = kept_of(job)};
        done.outcome.state = co_await packed(*state);
        co_return done;
      }
      co_await aio::sleep(Milliseconds(200));
    }
  }

  Task<Finished> run(const JobInput& input, Sink& sink, Cancel& cancel) override {
    auto tool = co_await know_tool();
    if (!tool) co_return refused(input, tool.error());
    co_await ready_quarters();
    if (!*quarters_) co_return refused(input, quarters_->error());
    auto quarter = (**quarters_)->of(co_await aio::executor(), input.organization);
    if (!quarter) co_return refused(input, quarter.error());
    co_return co_await run_with(options_, *tool, ***quarters_, std::move(*quarter), input, sink, cancel);
  }

  Task<Result<Apart>> isolation() override {
    co_await ready_quarters();
    if (!*quarters_) co_return std::unexpected(quarters_->error());
    co_return Apart{.kept = (**quarters_)->kind() != Isolation::off, .how = (**quarters_)->describe()};
  }

 private:
  // Of two first jobs at once both try, and the first to be done counts: jobs hold on to it.
  Task<void> ready_quarters() {
    if (quarters_) co_return;
    auto opened = co_await open_quarters(options_);
    if (!quarters_) quarters_ = std::move(opened);
  }

  static Finished refused(const JobInput& input, const Error& error) {
    Finished done;
    done.outcome.state = input.state;
    done.failure = Failure{error.say, "", false};
    return done;
  }

  static Task<Finished> run_with(const TerraformOptions& options, const TerraformTool& tool, const Quarters& quarters, Quarter quarter,
                                 const JobInput& input, Sink& sink, Cancel& cancel) {
    TerraformJob job(options, tool, quarters, std::move(quarter), input, sink, cancel);
    co_return co_await job.run();
  }

  // Asked again only when the file changes.
  Task<Result<TerraformTool>> know_tool() {
    CO_TRY(path, find_tool(options_));
    struct stat now{};
    ::stat(path.c_str(), &now);
    if (tool_.path == path && tool_time_ == now.st_mtim.tv_sec) co_return tool_;
    CO_TRY(tool, co_await examine_tool(options_));
    tool_ = tool;
    tool_time_ = now.st_mtim.tv_sec;
    co_return tool;
  }

  TerraformOptions options_;
  TerraformTool tool_;
  std::int64_t tool_time_ = 0;
  std::optional<Result<std::unique_ptr<Quarters>>> quarters_;  // what the machine allows is tried out once
};

}  // namespace

std::unique_ptr<Engine> make_terraform_engine(TerraformOptions options) { return std::make_unique<Terraform>(std::move(options)); }

Task<Result<ToolVersion>> check_terraform(const TerraformOptions& options) {
  CO_TRY(tool, co_await examine_tool(options));
  co_return ToolVersion{tool.program, tool.version, tool.path};
}

}  // namespace slipway::provisioner
