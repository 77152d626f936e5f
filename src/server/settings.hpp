// How the programs of this layer are told what to do: each setting is a flag, a variable, or a line of a YAML file.
#pragma once

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "features/login/login.hpp"
#include "features/outbox/outbox.hpp"
#include "features/prebuilds/options.hpp"
#include "identity/options.hpp"
#include "net/mail.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace slipway::server {

enum class Form { text, boolean, number, duration, list, structure, secret, secret_file };

// What a setting's text becomes. `set` keeps it: false when it is none that this setting takes, an error when there is more to say.
// `show` is what holds now; a duration is nanoseconds, a secret is blank.
struct Value {
  Form form;
  std::function<Result<bool>(const std::string&)> set;
  std::function<boost::json::value()> show;
};

// One setting: its flag, the names that deployments of the API's other product already set, what it does, where its text goes.
struct Setting {
  std::string flag;
  std::vector<std::string> variables;  // "CODER_…"; the first is the name, the rest are older ones, which lose to it
  std::string yaml;                    // its place in a nested file, "networking.accessURL"; every setting is known by its flag as well
  std::string json;                    // its place in the answer that shows the configuration, "tls.enable"; empty: among the options only
  std::string help;
  Value value;
  std::string prefix = "SLIPWAY_";  // of its own variable, before the flag's name
  // The same setting as part of an older family: its flag, its place in a file, and what the names of that family's variables hold. Empty:
  // there is none. Both families may be set, to the same.
  std::string older_flag = {}, older_yaml = {}, older_variables = {};
};

// setting_values.cpp
Value text(std::string& to);
Value address(std::string& to);  // "127.0.0.1:7080", "[::1]:7080", ":7080", "*:7080"
Value one_of(std::string& to, std::vector<std::string> words);
Value list(std::vector<std::string>& to);             // "a,b", with quotes
Value pairs(std::map<std::string, std::string>& to);  // "a=1,b=2"
Value number(std::int64_t& to, std::int64_t least, std::int64_t most);
Value number_or_auto(std::optional<std::int64_t>& to);  // from 0 on; auto is none given
Value limit(std::int64_t& to);                          // 0 and anything less is no limit
Value flag(bool& to);
Value choice(std::optional<bool>& to);           // as flag; not given is neither
Value duration(Seconds& to);                     // rounded up to whole seconds
Value interval(Seconds& to, Seconds otherwise);  // as duration; nothing and less is `otherwise`
Value secret(Secret& to);
Value secret_file(Secret& to);        // the path of a file that holds it, and that nobody else may read
Value private_path(std::string& to);  // the path of such a file, read later
Value private_paths(std::vector<std::string>& to);
Value object(std::map<std::string, std::string>& to);              // YAML or JSON: {"name": "text"}
Value lists(std::map<std::string, std::vector<std::string>>& to);  // YAML or JSON: {"name": ["text"]}
Value format(log::Format& to);
Value expressions(std::vector<std::string>& to);
Value links(std::string& to);                               // YAML or JSON: [{"name", "target", "icon"}]; kept as JSON
Value policies(std::vector<std::string>& to);               // "directive source"
Value host_suffix(std::string& to);                         // no dot in front, no blanks, no patterns
Value ssh_options(std::map<std::string, std::string>& to);  // "Name=value" or "Name value", none that runs or trusts something
// A value as its own text form.
std::string text_of(Form form, const boost::json::value& value);

// An option of the other product that has no effect here: what it is set to decides whether that needs words.
struct Accepted {
  enum class Say { nothing, name, refuse };
  std::string_view name;  // without its prefix: "BLOCK_DIRECT"; "DERP_*" is all that begin so
  std::string_view yaml;  // "networking.derp.blockDirect", or "networking.derp.*"
  std::string_view flag;
  std::string_view fine;  // values that are satisfied without a word, "|" between them; "*": any
  Say otherwise = Say::name;
  std::string_view why;  // a sentence: for the log, or what to do instead
  bool is_switch = false;
};
std::span<const Accepted> accepted_options();  // config_accepted.cpp

// What the log is told once it runs.
struct Notice {
  std::string text, names;
};

struct Given {
  bool help = false, version = false;
  std::map<std::string, std::string> sources;  // flag of what was set to "flag", "env" or "yaml"
  std::map<std::string, std::string> files;    // flag of a secret to the file that holds it
  std::vector<Notice> notices;
};
// Reads all settings: flags win over variables (SLIPWAY_… first), variables over the file of --config; an empty text sets nothing.
// Names that neither `all` nor `others` knows are a notice each, with the nearest that is known; an unknown flag is an error. Without
// `others`, variables of other programs are nobody's business. Errors: a sentence that names the flag, variable or file at fault.
Result<Given> read_settings(const std::string& program, std::vector<Setting> all, std::span<const Accepted> others, int argc,
                            const char* const* argv);
// Each secret with the setting beside it that names a file, "<flag>-file" and "…_FILE".
std::vector<Setting> with_files(std::vector<Setting> all);
std::string variable_of(const Setting& setting);
// All variables that set it, the one that wins first.
std::vector<std::string> variables_of(const Setting& setting);
// The part of --help that lists them.
std::string help_of(const std::vector<Setting>& all);

// Lines of a YAML file: the place of each leaf (or of what stands where a setting is) to its text. config_file.cpp
struct FileLine {
  std::string place, text;
};
Result<std::vector<FileLine>> read_config_file(const std::string& path, const std::vector<Setting>& all);

// unknown_names.cpp: the nearest of `known` to what somebody wrote; empty when none is near.
std::string nearest_name(std::string_view written, const std::vector<std::string>& known);
// Variables that belong to other programs of ours or to theirs, which run where servers do.
bool is_of_others(std::string_view name);

std::vector<Setting> network_settings(struct Config& to);         // config_network.cpp
std::vector<Setting> tls_settings(struct Config& to);             // config_network.cpp
std::vector<Setting> people_settings(struct Config& to);          // config_people.cpp
std::vector<Setting> client_settings(struct Config& to);          // config_client.cpp
std::vector<Setting> login_settings(login::Options& to);          // config_login.cpp
std::vector<Setting> mail_settings(net::MailOptions& to);         // config_mail.cpp
std::vector<Setting> notification_settings(outbox::Options& to);  // config_notifications.cpp
std::vector<Setting> identity_settings(identity::Options& to);    // config_identity.cpp
std::vector<Setting> prebuild_settings(prebuilds::Options& to);   // config_prebuilds.cpp

}  // namespace slipway::server
