// One file, three programs: our command line, the one that existing plugins and scripts know, and the agent (cli/face.hpp).
#include <cstdio>
#include <cstdlib>
#include <exception>

#include "agent/program.hpp"
#include "cli/coder.hpp"
#include "cli/command.hpp"
#include "cli/commands.hpp"
#include "cli/completion.hpp"

namespace {

using namespace slipway;

std::optional<std::string> variable(const char* name) {
  const char* value = std::getenv(name);
  return value && *value ? std::optional<std::string>(value) : std::nullopt;
}

int command_line(const cli::Face& face, std::vector<std::string> arguments) {
  cli::Program program(face);
  if (face.coder)
    cli::add_coder_commands(program);
  else
    cli::add_commands(program);
  // Asked by the shells' completion scripts, not by people: it is no command and shows in no help.
  if (!arguments.empty() && arguments.front() == "__complete") {
    arguments.erase(arguments.begin());
    for (const auto& word : cli::complete(program, arguments)) std::printf("%s\n", word.c_str());
    return 0;
  }
  return program.main(arguments);
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + std::min(argc, 1), argv + argc);
  try {
    switch (cli::personality(argc > 0 ? argv[0] : "", arguments, variable)) {
      case cli::Personality::agent: return agent::run_program(arguments);
      case cli::Personality::coder: return command_line(cli::kCoder, arguments);
      case cli::Personality::slipway: return command_line(cli::kSlipway, arguments);
    }
  } catch (const std::exception& error) {
    std::fprintf(stderr, "error: %s\n", error.what());
    return 1;
  }
}
