#include "provisioner/terraform_tool.hpp"

#include "aio/subprocess.hpp"
#include "aio/task.hpp"
#include "provisioner/terraform_events.hpp"

#include <charconv>
#include <filesystem>

namespace slipway::provisioner {

namespace {

std::unexpected<Error> no_tool(std::string_view name) {
  return fail(Code::precondition,
              name.empty() ? std::string("Neither tofu nor terraform is on the PATH: install OpenTofu, or name the program with --terraform.")
                           : fmt::format("The configured Terraform program {} does not exist or cannot be executed.", name));
}

// "OpenTofu v1.12.6-dev" or "Terraform v1.9.8".
Result<TerraformTool> parse_version(std::string path, std::string_view output) {
  const auto line = output.substr(0, output.find('\n'));
  const auto mark = line.find(" v");
  TerraformTool tool{.path = std::move(path), .program = std::string(line.substr(0, mark))};
  if (mark == std::string_view::npos || (tool.program != "OpenTofu" && tool.program != "Terraform"))
    return fail(Code::precondition, fmt::format("{} is not OpenTofu or Terraform: its version reads \"{}\".", tool.path, plain(line.substr(0, 100))));
  tool.version = line.substr(mark + 2);
  const char* at = tool.version.data();
  const char* end = at + tool.version.size();
  const auto major = std::from_chars(at, end, tool.major);
  if (major.ptr != end) std::from_chars(major.ptr + 1, end, tool.minor);
  const int least = tool.program == "OpenTofu" ? 6 : 5;
  if (!tool.at_least(1, least))
    return fail(Code::precondition,
                fmt::format("{} {} at {} is too old: version 1.{} or newer is needed.", tool.program, tool.version, tool.path, least));
  return tool;
}

}  // namespace

Result<std::string> find_tool(const TerraformOptions& options) {
  std::error_code failed;
  if (!options.binary.empty()) {
    if (const auto found = aio::find_program(options.binary)) return std::filesystem::canonical(*found, failed).string();
    return no_tool(options.binary);
  }
  for (const auto* name : {"tofu", "terraform"})
    if (const auto found = aio::find_program(name)) return std::filesystem::canonical(*found, failed).string();
  return no_tool("");
}

Task<Result<TerraformTool>> examine_tool(const TerraformOptions& options) {
  CO_TRY(path, find_tool(options));
  aio::ProcessOptions process;
  process.argv = {path, "version"};
  process.environment.set("PATH", "/usr/bin:/bin");
  process.environment.set("CHECKPOINT_DISABLE", "1");
  process.environment.set("HOME", "/nonexistent");
  CO_TRY(done, co_await aio::run(process));
  co_return parse_version(path, done.output);
}

}  // namespace slipway::provisioner
