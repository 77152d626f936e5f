// The command line.
#include <cstdio>
#include <exception>

#include "cli/command.hpp"
#include "cli/commands.hpp"
#include "cli/completion.hpp"

int main(int argc, char** argv) {
  try {
    slipway::cli::Program program;
    slipway::cli::add_commands(program);
    std::vector<std::string> arguments(argv + 1, argv + argc);
    // Asked by the shells' completion scripts, not by people: it is no command and shows in no help.
    if (!arguments.empty() && arguments.front() == "__complete") {
      arguments.erase(arguments.begin());
      for (const auto& word : slipway::cli::complete(program, arguments)) std::printf("%s\n", word.c_str());
      return 0;
    }
    return program.main(arguments);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "error: %s\n", error.what());
    return 1;
  }
}
