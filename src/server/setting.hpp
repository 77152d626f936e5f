// One setting of slipwayd: its names, what it does, and where its text goes. Only server/config*.cpp see this.
#pragma once

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "features/login/login.hpp"

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace slipway::server {

// False: the text is no value for this setting.
using Set = std::function<bool(const std::string&)>;

struct Setting {
  std::string flag;
  std::vector<std::string> variables;  // names that other products' deployments already set
  std::string help;
  Set set;
  bool is_switch = false;
  bool is_secret = false;              // can be read from a file too
  std::function<Result<bool>(const std::string&)> read = {};  // instead of `set`, where more can go wrong
};

Set text(std::string& to);
Set list(std::vector<std::string>& to);  // comma separated
Set number(std::int64_t& to);
Set flag(bool& to);
Set duration(Seconds& to);               // "90s", "15m", "24h", "7d" or combinations ("1h30m")
Set secret(Secret& to);
Set format(log::Format& to);
Set object(std::map<std::string, std::string>& to);                  // JSON: {"name": "text"}
Set lists(std::map<std::string, std::vector<std::string>>& to);      // JSON: {"name": ["text"]}

std::vector<Setting> login_settings(login::Options& to);  // config_login.cpp

}  // namespace slipway::server
