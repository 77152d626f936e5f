// How the programs of this layer are told what to do: each setting is a flag, a variable, or a line of a YAML file.
#pragma once

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "features/login/login.hpp"
#include "net/mail.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace slipway::server {

// Keeps a setting's text; false when it is none that this setting takes, an error when there is more to say.
using Set = std::function<Result<bool>(const std::string&)>;

// One setting: its flag, the names other products' deployments already set, what it does, and where its text goes.
struct Setting {
  std::string flag;
  std::vector<std::string> variables;
  std::string help;
  Set set;
  bool is_switch = false;
  std::string prefix = "SLIPWAY_";  // of its own variable, before the flag's name
};

Set text(std::string& to);
Set list(std::vector<std::string>& to);             // "a,b"
Set pairs(std::map<std::string, std::string>& to);  // "a=1,b=2"
Set number(std::int64_t& to);                       // zero or more
Set flag(bool& to);
Set choice(std::optional<bool>& to);  // as flag; not given is neither
Set duration(Seconds& to);            // "90s", "15m", "24h", "7d" or combinations ("1h30m")
Set secret(Secret& to);
Set secret_file(Secret& to);                                     // the path of a file that holds it, and that nobody else may read
Set private_path(std::string& to);                               // the path of such a file, read later
Set object(std::map<std::string, std::string>& to);              // JSON: {"name": "text"}
Set lists(std::map<std::string, std::vector<std::string>>& to);  // JSON: {"name": ["text"]}
Set format(log::Format& to);

// Reads all settings: flags win over variables (SLIPWAY_… first), variables over the file of --config. Errors: a sentence that
// names the flag, variable or file at fault.
struct Given {
  bool help = false, version = false;
};
Result<Given> read_settings(const std::string& program, const std::vector<Setting>& all, int argc, const char* const* argv);
// The part of --help that lists them.
std::string help_of(const std::vector<Setting>& all);

// The text of a file that must not be readable by others.
Result<std::string> read_secret(const std::string& path);

std::vector<Setting> login_settings(login::Options& to);   // config_login.cpp
std::vector<Setting> mail_settings(net::MailOptions& to);  // config_mail.cpp

}  // namespace slipway::server
