// Flags and environment of the agent's command line. Pure: arguments and environment come in as values.
#pragma once

#include "agent/environment.hpp"
#include "agent/lifecycle.hpp"
#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"

#include <string>
#include <vector>

namespace slipway::agent {

enum class AuthKind { token, google, aws, azure };

struct Options {
  std::string url;  // http(s)://host[:port], without a slash at its end
  AuthKind auth = AuthKind::token;
  std::string token;  // AuthKind::token only; may still be empty when token_file is set
  std::string token_file;
  std::string agent_name;
  std::string metadata_url;  // replaces every cloud's metadata host
  std::string log_dir;
  std::string script_data_dir;
  std::string socket_path;  // of the units; empty: one in the folder of the log
  Milliseconds ssh_max_timeout{};
  Milliseconds hold_connections = std::chrono::hours(1);  // without anything that carries them
  bool block_file_transfer = false;
  bool no_reap = false;
  log::Format log_format = log::Format::automatic;
  std::vector<std::string> subsystems;  // sorted, once each
  std::optional<Lifecycle> resumes;     // how far the run was that this one takes the place of; see watchdog.hpp
};

struct Invocation {
  enum class Kind { run, help, version, git_ssh, askpass } kind = Kind::run;
  Options options;                     // run
  std::vector<std::string> arguments;  // git_ssh: ssh's; askpass: the prompt
};

// `arguments` without the program's name; flags win over the environment. Errors: Code::invalid, `say` for the person.
Result<Invocation> read_invocation(const std::vector<std::string>& arguments, const Environment& environment);

std::string usage();

}  // namespace slipway::agent
