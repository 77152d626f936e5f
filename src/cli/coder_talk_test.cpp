// The command line that existing plugins and scripts know, and the commands that templates call inside a workspace.
#include <boost/json.hpp>

#include "api/gen/deployment.hpp"
#include "cli/archive.hpp"
#include "cli/config.hpp"
#include "cli/talk.hpp"

namespace slipway::cli {
namespace {

namespace fs = std::filesystem;

constexpr const char* kMe = "GET /api/v2/workspaceagents/me/external-auth?id=";

std::string text_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

class CoderTalk : public Talk {
 protected:
  CoderTalk() {
    face_ = kCoder;
    fs::create_directories(home_);
  }
  ~CoderTalk() override {
    for (const char* name : {"CODER_AGENT_URL", "CODER_AGENT_TOKEN"}) unsetenv(name);
    fs::remove_all(home_);
  }
  void write(const fs::path& path, const std::string& text, bool executable = false) {
    fs::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
    if (executable) fs::permissions(path, fs::perms::owner_all);
  }
  void inside_a_workspace() {
    setenv("CODER_AGENT_URL", (url() + "/").c_str(), 1);
    setenv("CODER_AGENT_TOKEN", "agents-own", 1);
  }
  void deployment_says(const api::SSHConfigResponse& what) { on("GET /api/v2/deployment/ssh", {200, api::to_json(what)}); }

  fs::path home_ = fs::temp_directory_path() / ("slipway-home-" + Uuid::random().str());
};

// ---- external-auth ----

TEST_F(CoderTalk, ATokenOfElsewhereIsPrintedForTheAgentWithoutALinesEnd) {
  on(std::string(kMe) + "git%20hub", {200, R"({"access_token":"gho_x","url":"","token_extra":{"authed_user":{"id":"U7"},"n":5}})"});

  const auto outside = run({"external-auth", "access-token", "git hub"});
  inside_a_workspace();
  const auto token = run({"external-auth", "access-token", "git hub"}, false);
  const auto whole = run({"external-auth", "access-token", "git hub", "-o", "json"}, false);

  EXPECT_EQ(outside.code, 1);
  EXPECT_NE(outside.err.find("CODER_AGENT_TOKEN"), std::string::npos) << outside.err;
  EXPECT_EQ(token.code, 0) << token.err;
  EXPECT_EQ(token.out, "gho_x");
  EXPECT_EQ(asked().back(), std::string(kMe) + "git%20hub with agents-own");
  EXPECT_NE(whole.out.find(R"("access_token":"gho_x")"), std::string::npos) << whole.out;
  EXPECT_EQ(run({"external-auth", "access-token", "git hub", "--extra", "authed_user.id"}, false).out, "U7");
  EXPECT_EQ(run({"external-auth", "access-token", "git hub", "--extra", "n"}, false).out, "5");
  EXPECT_EQ(run({"external-auth", "access-token", "git hub", "--extra", "authed_user.nobody"}, false).code, 1);
}

TEST_F(CoderTalk, WhoDidNotSignInElsewhereIsGivenTheAddressAndAnExitCode) {
  inside_a_workspace();
  on(std::string(kMe) + "slack", {200, R"({"access_token":"","url":"https://slipway.example.com/external-auth/slack"})"});
  on(std::string(kMe) + "plain", {200, R"({"access_token":"t","url":""})"});

  const auto outcome = run({"external-auth", "access-token", "slack"}, false);
  const auto extra = run({"external-auth", "access-token", "plain", "--extra", "id"}, false);

  EXPECT_EQ(outcome.code, 1);
  EXPECT_EQ(outcome.out, "https://slipway.example.com/external-auth/slack\n");
  EXPECT_EQ(extra.code, 1);
  EXPECT_NE(extra.err.find("no extra properties found for token"), std::string::npos) << extra.err;
}

// ---- dotfiles ----

class Dotfiles : public CoderTalk {
 protected:
  Dotfiles() { setenv("HOME", home_.c_str(), 1); }
  ~Dotfiles() override {
    if (before_) setenv("HOME", before_->c_str(), 1);
    fs::remove_all(made_);
  }
  // A repository of these files; what begins with "+" is executable.
  std::string repository(const std::string& name, const std::vector<std::pair<std::string, std::string>>& files) {
    const auto at = made_ / name;
    for (const auto& [path, text] : files) {
      const bool executable = path.starts_with('+');
      write(at / (executable ? path.substr(1) : path), text, executable);
    }
    commit(at);
    return at.string();
  }
  void commit(const fs::path& at) {
    const auto git = "git -C " + at.string() + " -c init.defaultBranch=main -c user.name=ana -c user.email=ana@example.com ";
    ASSERT_EQ(std::system((git + "init -q && " + git + "add -A && " + git + "commit -q -m x").c_str()), 0);
  }
  Outcome dotfiles(std::vector<std::string> words) {
    words.insert(words.begin(), "dotfiles");
    words.emplace_back("--yes");
    return run(std::move(words), false);
  }

  fs::path made_ = fs::temp_directory_path() / ("slipway-dots-" + Uuid::random().str());

 private:
  std::optional<std::string> before_ = environment({"HOME"});
};

TEST_F(Dotfiles, AreLinkedIntoTheHomeFolderAndWhatWasThereIsKept) {
  const auto from = repository("mine", {{".bashrc", "new"}, {".config/tool", "x"}, {".gitconfig", "g"}, {".gitignore", "no"}, {"README.md", "no"}});
  write(home_ / ".bashrc", "old");

  const auto first = dotfiles({from});
  const auto again = dotfiles({from});

  EXPECT_EQ(first.code, 0) << first.err;
  EXPECT_TRUE(first.err.ends_with("Dotfiles installation complete.\n")) << first.err;
  EXPECT_EQ(again.code, 0) << again.err;
  EXPECT_TRUE(fs::is_symlink(home_ / ".bashrc") && fs::is_symlink(home_ / ".gitconfig") && fs::is_symlink(home_ / ".config"));
  EXPECT_EQ(text_of(home_ / ".bashrc"), "new");
  EXPECT_EQ(text_of(home_ / ".bashrc.bak"), "old") << "kept, and not by the second run's link";
  EXPECT_FALSE(fs::exists(home_ / ".gitignore") || fs::exists(home_ / "README.md"));
  EXPECT_EQ(text_of(folder_ / "dotfilesurl"), from);
}

TEST_F(Dotfiles, AScriptOfTheirsRunsInPlaceOfThatTheFirstByName) {
  for (const auto* name : {"install.sh", "install", "bootstrap.sh", "bootstrap", "setup.sh", "setup", "script/setup"}) {
    SCOPED_TRACE(name);
    const auto script = std::string("#!/bin/sh\npwd > \"$HOME/ran\"; echo ") + name + " >> \"$HOME/ran\"\n";
    std::vector<std::pair<std::string, std::string>> files{{".bashrc", "x"}, {"+script/zzz", script}, {"+" + std::string(name), script}};
    const auto from = repository("of-" + fs::path(name).filename().string() + std::to_string(std::strlen(name)), files);

    const auto outcome = dotfiles({from});

    EXPECT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_EQ(text_of(home_ / "ran"), (folder_ / "dotfiles").string() + "\n" + name + "\n");
    EXPECT_FALSE(fs::exists(home_ / ".bashrc"));
  }
  const auto both = repository("both", {{"+setup", "#!/bin/sh\nexit 9\n"}, {"+install", "#!/bin/sh\nexit 7\n"}});
  const auto failed = dotfiles({both});
  EXPECT_EQ(failed.code, 1);
  EXPECT_NE(failed.err.find("The script install failed with 7."), std::string::npos) << failed.err;
  const auto plain = dotfiles({repository("plain", {{"install.sh", "#!/bin/sh\n"}})});
  EXPECT_EQ(plain.code, 1);
  EXPECT_NE(plain.err.find("script \"install.sh\" does not have execute permissions"), std::string::npos) << plain.err;
}

TEST_F(Dotfiles, AreUpdatedAndAnotherRepositorySetsTheFirstAside) {
  const auto from = repository("first", {{".one", "1"}});
  ASSERT_EQ(dotfiles({from}).code, 0);
  write(fs::path(from) / ".one", "2");
  commit(from);

  ASSERT_EQ(dotfiles({from}).code, 0);
  EXPECT_EQ(text_of(home_ / ".one"), "2");
  const auto other = dotfiles({repository("second", {{"README", "x"}}), "--symlink-dir", (home_ / "below").string()});

  EXPECT_EQ(other.code, 0);
  EXPECT_TRUE(other.err.ends_with("No install scripts or dotfiles found, nothing to do.\n")) << other.err;
  std::size_t aside = 0;
  for (const auto& entry : fs::directory_iterator(folder_)) aside += entry.path().filename().string().starts_with("dotfiles_backup_");
  EXPECT_EQ(aside, 1U);
}

TEST_F(Dotfiles, NoAddressBecomesAFlagOrAProgram) {
  for (const auto* evil : {"--upload-pack=touch x", "ext::sh -c touch% x", "-x"}) {
    const auto outcome = run({"dotfiles", "--yes", "--", evil}, false);
    EXPECT_EQ(outcome.code, 1) << evil;
    EXPECT_NE(outcome.err.find("is no address of a repository"), std::string::npos) << outcome.err;
  }
  EXPECT_EQ(dotfiles({"https://x.example.com/y", "--branch=--upload-pack=x"}).code, 1);
  EXPECT_EQ(dotfiles({"https://x.example.com/y", "--repo-dir", "../../etc"}).code, 1);
  const auto asks = run({"dotfiles", "https://x.example.com/y"}, false);
  EXPECT_EQ(asks.code, 1) << "nobody can be asked, and nothing hangs";
  EXPECT_NE(asks.err.find("--yes"), std::string::npos) << asks.err;
}

// ---- config-ssh ----

TEST_F(CoderTalk, ConfigSshWritesTheBlockThatEditorsRead) {
  deployment_says({.hostname_prefix = "coder.", .hostname_suffix = "coder", .ssh_config_options = {{"LogLevel", "INFO"}, {"ForwardX11", "yes"}}});
  const auto file = (home_ / "config").string();
  write(file, "Host other\r\n  User ana\r\n");
  const std::vector<std::string> words{
      "config-ssh", "--ssh-config-file",   file, "--coder-binary-path", "/opt/my tools/coder", "-o", "LogLevel=QUIET", "--wait",
      "yes",        "--disable-autostart", "-y"};

  const auto dry = run({"config-ssh", "--ssh-config-file", file, "--dry-run"});
  EXPECT_EQ(text_of(file), "Host other\r\n  User ana\r\n") << "a dry run writes nothing";
  const auto done = run(words);
  const auto first = text_of(file);
  const auto again = run(words);

  EXPECT_EQ(done.code, 0) << done.err;
  EXPECT_EQ(text_of(file), first) << "twice is once";
  EXPECT_NE(again.err.find("No changes to make."), std::string::npos) << again.err;
  EXPECT_TRUE(first.starts_with("Host other\r\n  User ana\r\n\n# ------------START-CODER-----------\n")) << first;
  EXPECT_TRUE(first.ends_with("# ------------END-CODER------------\n")) << first;
  for (const std::string line :
       {"# :wait=yes\n", "# :disable-autostart=true\n", "# :ssh-option=LogLevel=QUIET\n", "\nHost coder.*\n", "\tLogLevel QUIET\n",
        "\tForwardX11 yes\n", "\tConnectTimeout 0\n", "\tStrictHostKeyChecking no\n", "\tUserKnownHostsFile /dev/null\n", "\nHost *.coder\n"})
    EXPECT_NE(first.find(line), std::string::npos) << line << first;
  EXPECT_EQ(first.find("LogLevel INFO"), std::string::npos) << "what the person wants goes first";
  const auto start = "'/opt/my tools/coder' --global-config " + folder_.string();
  EXPECT_NE(first.find("\tProxyCommand " + start + " ssh --stdio --wait=yes --disable-autostart --ssh-host-prefix coder. %h\n"), std::string::npos)
      << first;
  EXPECT_NE(first.find("\nMatch host *.coder !exec \"" + start + " connect exists %h\"\n\tProxyCommand " + start +
                       " ssh --stdio --wait=yes --disable-autostart --hostname-suffix coder %h\n"),
            std::string::npos)
      << first;
  const auto same = run({"config-ssh", "--ssh-config-file", file, "--coder-binary-path", "/opt/my tools/coder", "--use-previous-options", "-y"});
  EXPECT_EQ(text_of(file), first) << same.err;
  EXPECT_NE(dry.out.find("# ------------START-CODER-----------"), std::string::npos) << dry.out;
}

TEST_F(CoderTalk, ADamagedConfigurationIsLeftAsItIs) {
  deployment_says({});
  const auto file = home_ / "config";
  const std::string start = "# ------------START-CODER-----------\n", end = "# ------------END-CODER------------\n";
  for (const auto& text : {end, start, start + start + end, end + start}) {
    write(file, text);
    const auto outcome = run({"config-ssh", "-y", "--ssh-config-file", file.string()});
    EXPECT_EQ(outcome.code, 1);
    EXPECT_NE(outcome.err.find("Malformed config"), std::string::npos) << outcome.err;
    EXPECT_EQ(text_of(file), text);
  }
  write(file, start + "old\n" + end + "Host last\n");
  fs::create_symlink(file, home_ / "link");
  EXPECT_EQ(run({"config-ssh", "-y", "--ssh-config-file", (home_ / "link").string()}).code, 0);
  EXPECT_TRUE(fs::is_symlink(home_ / "link"));
  EXPECT_TRUE(text_of(file).ends_with(end + "Host last\n")) << text_of(file);
  EXPECT_EQ(run({"config-ssh", "-y", "--ssh-config-file", file.string(), "-o", "Evil\nHost *"}).code, 1);
  EXPECT_EQ(run({"config-ssh", "-y", "--ssh-config-file", file.string(), "--hostname-suffix", ".x"}).code, 1);
  const auto exists = run({"connect", "exists", "dev.coder"});
  EXPECT_EQ(exists.code, 1);
  EXPECT_EQ(exists.out + exists.err, "");
}

// ---- ssh, ping, netcheck, support ----

TEST_F(CoderTalk, OlderEditorsNameTheirFilesAndTheHost) {
  write(home_ / "url", url() + "\n");
  write(home_ / "token", "of-the-file");
  write(home_ / "two", "one\ntwo\n");
  on("GET /api/v2/users/ana/workspace/dev", {200, api::to_json(workspace_with_agent("connected"))});
  on(std::string("GET ") + kAgent, {200, api::to_json(workspace_with_agent("connected").latest_build.resources[0].agents[0])});
  on(std::string("GET ") + kAgent + "/ssh", {.frames = {"SSH-2.0-Slipway\r\n"}, .until_end = true});
  const std::vector<std::string> files{"vscodessh",           "--url-file", (home_ / "url").string(), "--network-info-dir", (home_ / "net").string(),
                                       "--session-token-file"};
  const auto call = [&](const char* token, const char* host) {
    auto words = files;
    words.insert(words.end(), {(home_ / token).string(), host});
    return run(words, false);
  };

  const auto done = call("token", "coder-vscode.example.com--ana--dev--main");

  EXPECT_EQ(done.code, 0) << done.err;
  EXPECT_EQ(done.out, "SSH-2.0-Slipway\r\n");
  EXPECT_EQ(asked().front(), "GET /api/v2/users/ana/workspace/dev with of-the-file");
  EXPECT_NE(call("token", "dev").err.find("invalid host"), std::string::npos);
  EXPECT_EQ(call("two", "coder-vscode--ana--dev").code, 1);
}

TEST_F(CoderTalk, APingIsALineEachAndTriedAgain) {
  on("GET /api/v2/users/me/workspace/dev", {200, api::to_json(workspace_with_agent("connected"))});
  on(std::string("GET ") + kAgent, {200, api::to_json(workspace_with_agent("connected").latest_build.resources[0].agents[0])});
  on(std::string("GET ") + kAgent + "/tcp?port=3", {404, R"({"message":"away"})"});
  on(std::string("GET ") + kAgent + "/tcp?port=3", {.echo = true});

  const auto outcome = run({"ping", "dev", "-n", "3", "--wait", "10ms", "--utc"});

  EXPECT_EQ(outcome.code, 0) << outcome.err;
  const auto lines = std::ranges::count(outcome.out, '\n');
  EXPECT_EQ(lines, 3) << outcome.out;
  EXPECT_NE(outcome.out.find("ping to \"main\" failed"), std::string::npos) << outcome.out;
  EXPECT_NE(outcome.out.find("+0000 pong from main proxied through Slipway in "), std::string::npos) << outcome.out;
}

TEST_F(CoderTalk, NetcheckIsTheReportThatEditorsCheck) {
  on("GET /api/v2/buildinfo", {200, R"({"version":"v2.36.1001"})"});

  const auto outcome = run({"netcheck"});

  EXPECT_EQ(outcome.code, 0) << outcome.err;
  const auto report = boost::json::parse(outcome.out);
  EXPECT_EQ(report.at_pointer("/derp/severity").as_string(), "ok");
  EXPECT_EQ(report.at_pointer("/derp/regions/1/region/RegionName").as_string(), "Slipway");
  EXPECT_TRUE(report.at_pointer("/derp/regions/1/node_reports/0/can_exchange_messages").as_bool());
  EXPECT_GT(report.at_pointer("/derp/netcheck/RegionLatency/1").as_int64(), 0);
  EXPECT_EQ(report.at_pointer("/interfaces/severity").as_string(), "ok");
  EXPECT_FALSE(report.at_pointer("/interfaces/interfaces").as_array().empty());
  EXPECT_EQ(run({"netcheck"}, false).code, 1);
}

TEST_F(CoderTalk, ABundleHoldsWhatIsKnownAndNoSecret) {
  auto shown = workspace_with_agent("connected");
  shown.latest_build.resources[0].agents[0].environment_variables["API_KEY"] = "hush";
  on("GET /api/v2/users/me/workspace/dev", {200, api::to_json(shown)});
  on("GET /api/v2/workspaces/" + shown.id.str(), {200, api::to_json(shown)});
  on("GET /api/v2/buildinfo", {200, R"({"version":"v2.36.1001","telemetry_token":"hush","list":[{"key":"pw","value":"hush","sensitive":true}]})"});
  on("GET /api/v2/deployment/config", {403, R"({"message":"Forbidden."})"});
  const auto file = (home_ / "out.zip").string();

  const auto asks = run({"support", "bundle", "dev", "--output-file", file});
  EXPECT_EQ(asks.code, 1) << "nobody can be asked";
  EXPECT_FALSE(fs::exists(file));
  const auto outcome = run({"support", "bundle", "dev", "--output-file", file, "--yes"});

  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(fs::status(file).permissions() & fs::perms::all, fs::perms::owner_read | fs::perms::owner_write);
  ASSERT_EQ(std::system(("cd " + home_.string() + " && python3 -m zipfile -e out.zip all").c_str()), 0);
  EXPECT_NE(text_of(home_ / "all/workspace/workspace.json").find("\"API_KEY\":\"***\""), std::string::npos);
  EXPECT_NE(text_of(home_ / "all/deployment/config.error.txt").find("Forbidden."), std::string::npos);
  for (const auto& entry : fs::recursive_directory_iterator(home_ / "all"))
    if (entry.is_regular_file()) EXPECT_EQ(text_of(entry.path()).find("hush"), std::string::npos) << entry.path();
}

TEST_F(CoderTalk, ThePublicKeyIsAllThatIsPrinted) {
  on("GET /api/v2/users/me/gitsshkey", {200, R"({"public_key":"ssh-ed25519 AAAA"})"});
  on("PUT /api/v2/users/me/gitsshkey", {200, R"({"public_key":"ssh-ed25519 BBBB"})"});

  EXPECT_EQ(run({"publickey"}).out, "ssh-ed25519 AAAA\n");
  EXPECT_EQ(run({"pubkey", "--reset"}).code, 1) << "nobody can be asked";
  EXPECT_EQ(run({"publickey", "--reset", "--yes"}).out, "ssh-ed25519 BBBB\n");
}

TEST_F(CoderTalk, LoginStatusSaysWhoAndWhere) {
  on("GET /api/v2/users/me", {200, user("ana")});

  const auto outcome = run({"login", "status"});

  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, fmt::format("You are logged in to {} as ana.\n", url()));
  EXPECT_EQ(run({"login", "status"}, false).code, 1);
}

TEST_F(CoderTalk, FilesOfTlsAreReadAndGoTogether) {
  const auto call = [&](std::vector<std::string> flags) {
    flags.insert(flags.end(), {"whoami"});
    return run(flags);
  };
  write(home_ / "bad.pem", "no certificate");

  EXPECT_NE(call({"--client-tls-cert-file", "/x"}).err.find("go together"), std::string::npos);
  EXPECT_NE(call({"--client-tls-ca-file", "/nowhere"}).err.find("cannot read /nowhere"), std::string::npos);
  const auto bad = (home_ / "bad.pem").string();
  const auto outcome =
      run({"--url", "https://localhost:1", "--token", "t", "--client-tls-cert-file", bad, "--client-tls-key-file", bad, "whoami"}, false);
  EXPECT_EQ(outcome.code, 1);
}

}  // namespace
}  // namespace slipway::cli
