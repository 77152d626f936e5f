// The guide's table of settings, and what the answer that shows them says.
#include "server/settings.hpp"
#include "server/test_support.hpp"

#include <gtest/gtest.h>

namespace slipway::server {
namespace {

std::string table() {
  std::string out = "| flag | variable | in a nested file | default | what it does |\n|---|---|---|---|---|\n";
  Config config;
  const auto code = [](const std::string& text) { return text.empty() ? std::string() : "`" + text + "`"; };
  for (const auto& setting : settings_of(config)) {
    const auto initial = setting.value.form == Form::secret ? std::string() : text_of(setting.value.form, setting.value.show());
    std::string help = setting.help;
    for (std::size_t at = 0; (at = help.find('|', at)) != help.npos; at += 2) help.insert(at, "\\");
    out += fmt::format("| `--{}` | {} | {} | {} | {} |\n", setting.flag,
                       code(setting.variables.empty() ? variable_of(setting) : setting.variables.front()), code(setting.yaml),
                       code(initial == "{}" || initial == "[]" ? "" : initial), help);
  }
  return out;
}

TEST(ConfigurationGuide, ListsEverySetting) {
  const std::string path = SLIPWAY_SOURCE_DIR "/docs/guide/configuration.md", start = "<!-- settings -->\n", end = "<!-- /settings -->";
  std::ifstream in(path);
  std::string page((std::istreambuf_iterator<char>(in)), {});
  const auto from = page.find(start) + start.size(), to = page.find(end);
  ASSERT_LT(from, page.size());
  ASSERT_LE(from, to);
  if (const char* mode = std::getenv("SLIPWAY_GOLDEN"); mode && std::string(mode) == "write") {
    page.replace(from, to - from, table());
    std::ofstream(path) << page;
    return;
  }
  EXPECT_EQ(page.substr(from, to - from), table()) << "Run server_test with SLIPWAY_GOLDEN=write and review the difference.";
}

TEST(ShownConfiguration, HasEverySettingWithItsSourceAndNoSecret) {
  const File file(".yaml", "provisioning: {daemons: 7}\n", 0600);
  const Variables variables(
      {{"CODER_OIDC_CLIENT_SECRET", "s3cret-one"}, {"SLIPWAY_PG_CONNECTION_URL", "postgres://s3cret-two"}, {"CODER_SESSION_DURATION", "1.5h"}});
  const auto got = server_with({"--config", file.path(), "--api-rate-limit=-1", "--email-auth-password", "s3cret-three"});
  ASSERT_TRUE(got) << got.error().say;

  const auto text = config_json(got->config);
  const auto shown = boost::json::parse(text).as_object();
  std::map<std::string, boost::json::object> options;
  for (const auto& option : shown.at("options").as_array()) options[std::string(option.at("flag").as_string())] = option.as_object();

  EXPECT_EQ(text.find("s3cret"), std::string::npos);
  Config config;
  for (const auto& setting : settings_of(config)) {
    ASSERT_TRUE(options.contains(setting.flag)) << setting.flag;
    const bool secret = setting.value.form == Form::secret;
    EXPECT_EQ(options[setting.flag].at("annotations").as_object().contains("secret"), secret) << setting.flag;
    if (secret) EXPECT_EQ(options[setting.flag].at("value").as_string(), "") << setting.flag;
  }
  EXPECT_EQ(options["provisioner-daemons"].at("value_source").as_string(), "yaml");
  EXPECT_EQ(options["email-tls-starttls"].at("group").at("name").as_string(), "Email TLS");
  EXPECT_EQ(options["provisioner-daemons"].at("default").as_string(), "3");
  EXPECT_EQ(options["session-duration"].at("value_source").as_string(), "env");
  EXPECT_EQ(options["api-rate-limit"].at("value_source").as_string(), "flag");
  EXPECT_EQ(options["verbose"].at("value_source").as_string(), "default");
  EXPECT_EQ(options["http-address"].at("env").as_string(), "CODER_HTTP_ADDRESS");
  EXPECT_EQ(options["http-address"].at("yaml").as_string(), "httpAddress");
  EXPECT_EQ(options["http-address"].at("group").at("parent").at("yaml").as_string(), "networking");
  EXPECT_EQ(shown.at("config").at("session_lifetime").at("default_duration").as_int64(), 5400L * 1000000000);
  EXPECT_EQ(shown.at("config").at("provisioner").at("daemons").as_int64(), 7);
  EXPECT_EQ(shown.at("config").at("oidc").at("client_secret").as_string(), "");
}

}  // namespace
}  // namespace slipway::server
