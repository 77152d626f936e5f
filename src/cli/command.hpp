// Commands, their flags and their help. CLI11 stays behind it: it costs seconds of every file that includes it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "cli/face.hpp"

namespace CLI {
class App;
}

namespace slipway::cli {

class Session;
class Program;

// The exit code, or what went wrong.
using Action = std::function<Result<int>(Session&)>;

// A handle on one command; copies are the same command. What options are bound to must live as long as the Program:
// a struct in a shared_ptr that the action captures.
class Command {
 public:
  Command(Program& program, CLI::App& app) : program_(program), app_(app) {}

  // `examples`: one a line, shown at the end of --help.
  Command sub(const std::string& name, const std::string& what, const std::string& examples = {});
  Command& alias(const std::string& name);

  void argument(const std::string& name, std::string& into, const std::string& what);
  void optional_argument(const std::string& name, std::string& into, const std::string& what);
  void arguments(const std::string& name, std::vector<std::string>& into, const std::string& what);
  void option(const std::string& names, std::string& into, const std::string& what);
  void option(const std::string& names, std::optional<std::string>& into, const std::string& what);
  void option(const std::string& names, std::vector<std::string>& into, const std::string& what);  // repeatable
  void option(const std::string& names, std::int64_t& into, const std::string& what);
  void flag(const std::string& names, bool& into, const std::string& what);  // also --flag=false
  // A flag or an option that help does not show.
  void hidden(const std::string& names, std::string& into);
  void hidden(const std::string& names, bool& into);
  const Face& face() const;
  // From the first word that is no flag or argument of this command, all belongs to another program.
  void rest(std::vector<std::string>& into);

  void run(Action action);

 private:
  Program& program_;
  CLI::App& app_;
};

struct Globals {
  Face face;
  std::string url, token, config_dir;
  std::vector<std::string> headers;              // "name=value", sent with each request
  std::string header_command;                    // prints more of them
  std::string tls_ca, tls_certificate, tls_key;  // files: whom to trust, and whom to say that we are
  bool verbose = false;
};

class Program {
 public:
  explicit Program(const Face& face = kSlipway);
  ~Program();

  const Face& face() const;
  Command root();
  // Parses, runs, prints what went wrong. 0 done, 1 failed, 2 wrong usage (1 as `coder`), or what the action returned.
  int main(const std::vector<std::string>& arguments);
  // Every command's help, one after another.
  std::string all_help() const;
  // What could follow these words (the last one may be unfinished): commands and flags, or the name of the argument
  // whose turn it is.
  struct Offer {
    std::vector<std::string> words;
    std::string argument;
  };
  Offer complete(const std::vector<std::string>& words) const;

 private:
  friend class Command;
  void add_globals_of_coder();

  struct State;
  std::unique_ptr<State> state_;
};

// "error: say", the detail, a line for each field, and what to do next.
std::string describe(const Error& error, const Face& face = kSlipway);

}  // namespace slipway::cli
