#include <fstream>
#include <iostream>
#include <iterator>

#include "base/private_file.hpp"
#include "cli/command.hpp"
#include "cli/commands.hpp"
#include "cli/lookup.hpp"
#include "cli/print.hpp"

namespace slipway::cli {
namespace {

struct Options {
  std::string workspace, file;
  std::int64_t build = 0;
};

Result<api::WorkspaceBuild> find_build(Session& session, const Options& options) {
  TRY(workspace, find_workspace(session, options.workspace));
  if (options.build <= 0) return workspace.latest_build;
  return session.get<api::WorkspaceBuild>(
      fmt::format("/api/v2/users/{}/workspace/{}/builds/{}", segment(workspace.owner_name), segment(workspace.name), options.build));
}

Result<int> pull(Session& session, const Options& options) {
  TRY(build, find_build(session, options));
  TRY(state, session.call("GET", fmt::format("/api/v2/workspacebuilds/{}/state", build.id.str()), {}));
  if (options.file.empty() || options.file == "-") {
    print_bytes(state);
    return 0;
  }
  // A state holds what a template's resources were given, passwords and keys among it.
  if (const auto written = write_private(options.file, state); !written)
    return fail(Code::invalid, fmt::format("Cannot write {}.", options.file), written.error().why);
  return 0;
}

std::string base64(std::string_view bytes) {
  static constexpr char kLetters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const auto at = [&](std::size_t n) { return i + n < bytes.size() ? static_cast<unsigned char>(bytes[i + n]) : 0U; };
    const unsigned group = at(0) << 16 | at(1) << 8 | at(2);
    for (unsigned n = 0; n < 4; ++n) out += i + n <= bytes.size() ? kLetters[group >> (18 - 6 * n) & 63] : '=';
  }
  return out;
}

Result<int> push(Session& session, const Options& options) {
  std::string state;
  if (options.file == "-") {
    state.assign(std::istreambuf_iterator<char>(std::cin), {});
  } else {
    std::ifstream in(options.file, std::ios::binary);
    state.assign(std::istreambuf_iterator<char>(in), {});
    if (!in) return fail(Code::invalid, fmt::format("Cannot read {}.", options.file));
  }
  TRY(build, find_build(session, options));
  TRY_OK(session.call("PUT", fmt::format("/api/v2/workspacebuilds/{}/state", build.id.str()),
                      api::to_json(api::UpdateWorkspaceBuildStateRequest{.state = base64(state)})));
  tell("Replaced the state of build {}.\n", build.build_number);
  return 0;
}

}  // namespace

void add_state(Command root) {
  auto state = root.sub("state", "The provisioner's state of a workspace, to mend it by hand");

  auto pull_options = std::make_shared<Options>();
  auto pulling = state.sub("pull", "Print a workspace's state, or write it to a file", "slipway state pull dev > dev.tfstate");
  pulling.argument("workspace", pull_options->workspace, "Its name, or owner/name");
  pulling.optional_argument("file", pull_options->file, "Where to; - is stdout");
  pulling.option("-b,--build", pull_options->build, "Number of an earlier build; 0 is the last one");
  pulling.run([pull_options](Session& session) { return pull(session, *pull_options); });

  auto push_options = std::make_shared<Options>();
  auto pushing = state.sub("push", "Replace a workspace's state by that of a file", "slipway state push dev dev.tfstate");
  pushing.argument("workspace", push_options->workspace, "Its name, or owner/name");
  pushing.argument("file", push_options->file, "Where from; - is stdin");
  pushing.option("-b,--build", push_options->build, "Number of an earlier build; 0 is the last one");
  pushing.run([push_options](Session& session) { return push(session, *push_options); });
}

}  // namespace slipway::cli
