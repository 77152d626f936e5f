// One file, three programs: our command line, the one that existing plugins and scripts know, and the agent (cli/face.hpp).
#include <cstdio>
#include <exception>

#include "agent/program.hpp"
#include "cli/command.hpp"
#include "cli/commands.hpp"
#include "cli/completion.hpp"
#include "cli/config.hpp"

namespace {

using namespace slipway;

int command_line(const cli::Face& face, std::vector<std::string> arguments) {
  cli::Program program(face);
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
  const auto variable = [](const char* name) { return cli::environment({name}); };
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
