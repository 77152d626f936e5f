// The environment, folder and shell of every command the agent starts, made anew from each manifest. Also: how the text
// of a script becomes an argument array.
#pragma once

#include "agent/command_env.hpp"
#include "agent/environment.hpp"
#include "agent/user.hpp"
#include "aio/subprocess.hpp"
#include "api/gen/agent_v1.hpp"

#include <atomic>
#include <memory>
#include <string>
#include <vector>

namespace slipway::agent {

// `shell -c script`, or the interpreter of its first line: `#!/usr/bin/env python3` gives `/usr/bin/env python3 -c script`.
std::vector<std::string> script_arguments(const std::string& shell, const std::string& script);

// The message of the day in `path`, with the line ends of a terminal; empty when absent, or when the person asked for
// quiet by a ~/.hushlogin.
std::string message_of_the_day(const std::string& path, const std::string& home);

// The person wants no greetings: there is a ~/.hushlogin.
bool is_hushed(const std::string& home);

class Commands {
 public:
  Commands(User user, std::string executable, std::string agent_url, std::string script_bin_dir, std::string unit_socket = {});

  // home: own thread. What follows is seen by every later call of source().
  void update(const api::AgentManifest& manifest, const std::string& token);

  // Callable from any thread.
  CommandEnvironment now() const { return *current_.load(); }
  CommandEnvironmentSource source() const;
  const User& user() const { return user_; }
  const std::string& directory() const { return directory_; }  // as expanded; empty when the template names none
  const std::string& motd_file() const { return motd_file_; }
  bool is_hushed() const { return agent::is_hushed(user_.home); }
  std::string message_of_the_day() const { return agent::message_of_the_day(motd_file_, user_.home); }

 private:
  User user_;
  EnvironmentFacts facts_;
  Environment own_;
  std::string directory_;
  std::string motd_file_;
  std::atomic<std::shared_ptr<const CommandEnvironment>> current_;
};

// Options for a child with exactly that environment and folder, or the nearest folder that can be entered.
aio::ProcessOptions process_options(const CommandEnvironment& environment, std::vector<std::string> arguments);

}  // namespace slipway::agent
