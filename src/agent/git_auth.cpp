#include "agent/git_auth.hpp"

#include "agent/files.hpp"
#include "aio/subprocess.hpp"
#include "aio/task.hpp"
#include "api/gen/agent_me.hpp"
#include "base/descriptor.hpp"
#include "base/foreground.hpp"
#include "base/text.hpp"
#include "net/url.hpp"

#include <fcntl.h>
#include <unistd.h>
#include <cstdio>
#include <cstdlib>

namespace slipway::agent {

namespace {

constexpr Milliseconds kSignInWait = std::chrono::minutes(15);

std::string value_of(const Environment& environment, std::string_view name) {
  const auto found = environment.find(name);
  return found == environment.end() ? std::string() : found->second;
}

void complain(std::string_view text) { std::fprintf(stderr, "slipway-agent: %.*s\n", static_cast<int>(text.size()), text.data()); }

Result<std::string> server_url(const Environment& environment) {
  std::string url = value_of(environment, "CODER_AGENT_URL");
  while (url.ends_with('/')) url.pop_back();
  if (url.empty() || value_of(environment, "CODER_AGENT_TOKEN").empty())
    return fail(Code::invalid, "CODER_AGENT_URL and CODER_AGENT_TOKEN are not set: this runs inside a workspace only.");
  return url;
}

// A file that only we can read, gone when this is.
class KeyFile {
 public:
  explicit KeyFile(std::string_view key) {
    const char* folder = std::getenv("TMPDIR");
    path_ = std::string(folder == nullptr || *folder == 0 ? "/tmp" : folder) + "/slipway-git-key-XXXXXX";
    const Descriptor file(::mkostemp(path_.data(), O_CLOEXEC));
    written_ = file && write_all(file.get(), key) && (key.ends_with('\n') || write_all(file.get(), "\n"));
  }
  ~KeyFile() { ::unlink(path_.c_str()); }
  KeyFile(const KeyFile&) = delete;
  KeyFile& operator=(const KeyFile&) = delete;
  bool written() const { return written_; }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  bool written_ = false;
};

std::vector<std::string> entries_of(const Environment& environment) {
  std::vector<std::string> out;
  for (const auto& [name, value] : environment) out.push_back(name + "=" + value);
  return out;
}

// The key files that ssh would take for this connection by its own configuration, as far as they are there.
Task<std::vector<std::string>> keys_of_ones_own(const std::string& ssh, const std::vector<std::string>& arguments, const Environment& environment) {
  aio::ProcessOptions ask{.argv = {ssh, "-G"}};
  ask.argv.insert(ask.argv.end(), arguments.begin(), arguments.end());
  for (const auto& [name, value] : environment) ask.environment.set(name, value);
  std::vector<std::string> out;
  const auto told = co_await aio::run(std::move(ask));
  if (!told || !told->exit.ok()) co_return out;  // what is wrong with it, the connection itself says better
  const auto home = value_of(environment, "HOME");
  for (const auto line : text::split(told->output, '\n')) {
    constexpr std::string_view kName = "identityfile ";
    if (!line.starts_with(kName)) continue;
    std::string path(text::trim(line.substr(kName.size())));
    if (path.starts_with("~/")) path = home + path.substr(1);
    if (::access(path.c_str(), R_OK) == 0) out.push_back(std::move(path));
  }
  co_return out;
}

Task<Result<api::AgentGitSSHKey>> fetch_key(ControlPlane& server) {
  CO_TRY(body, co_await server.get("/gitsshkey"));
  co_return api::from_json<api::AgentGitSSHKey>(body);
}

Task<Result<api::AgentExternalAuthResponse>> fetch_sign_in(ControlPlane& server, std::string url) {
  const std::string path = "/external-auth?match=" + net::percent_encode(url);
  CO_TRY(body, co_await server.get(path));
  CO_TRY(answer, api::from_json<api::AgentExternalAuthResponse>(body));
  if (answer.url.empty()) co_return answer;
  complain("Open " + answer.url + " in a browser to sign in for Git. Waiting …");
  CO_TRY(later, co_await server.get(path + "&listen=true", kSignInWait));
  co_return api::from_json<api::AgentExternalAuthResponse>(later);
}

}  // namespace

Result<GitPrompt> read_git_prompt(const std::string& prompt) {
  const auto open = prompt.find('\'');
  const auto close = prompt.rfind('\'');
  const bool password = prompt.starts_with("Password for ");
  if ((!password && !prompt.starts_with("Username for ")) || open == std::string::npos || close <= open + 1)
    return fail(Code::invalid, "This is no prompt of Git: " + prompt);
  GitPrompt out{.wants_password = password, .url = prompt.substr(open + 1, close - open - 1)};
  // The user name is no part of what the sign-in is looked up by.
  const auto scheme = out.url.find("://");
  const auto at = out.url.find('@', scheme == std::string::npos ? 0 : scheme);
  if (scheme != std::string::npos && at != std::string::npos) out.url.erase(scheme + 3, at - scheme - 2);
  return out;
}

Task<int> run_git_ssh(std::vector<std::string> arguments, Environment environment) {
  const auto url = server_url(environment);
  const auto ssh = aio::find_program("ssh");
  if (!url || !ssh) {
    complain(!url ? url.error().say : "There is no ssh on this machine. Install an OpenSSH client.");
    co_return 1;
  }
  ControlPlane server(co_await aio::executor(), *url);
  server.set_token(Secret(value_of(environment, "CODER_AGENT_TOKEN")));
  const auto key = co_await fetch_key(server);
  co_await server.stop();
  if (!key) {
    complain("The Git key could not be fetched: " + key.error().say);
    co_return 1;
  }
  const KeyFile file(key->private_key);
  if (!file.written()) {
    complain("The Git key could not be written to a temporary file.");
    co_return 1;
  }
  std::vector<std::string> command{*ssh};
  for (auto& own : co_await keys_of_ones_own(*ssh, arguments, environment)) command.insert(command.end(), {"-i", std::move(own)});
  command.insert(command.end(), {"-i", file.path()});
  command.insert(command.end(), arguments.begin(), arguments.end());
  const auto code = run_in_foreground(std::move(command), {}, entries_of(environment));
  if (!code) {
    complain(code.error().say);
    co_return 1;
  }
  if (constexpr int kNoConnection = 255; *code == kNoConnection)
    complain("ssh did not get through. If no key was accepted, add this one where the repository is:\n\n" + key->public_key + "\n");
  co_return *code;
}

Task<int> run_askpass(std::string prompt, Environment environment) {
  const auto asked = read_git_prompt(prompt);
  const auto url = server_url(environment);
  if (!asked || !url) {
    complain(!asked ? asked.error().say : url.error().say);
    co_return 1;
  }
  ControlPlane server(co_await aio::executor(), *url);
  server.set_token(Secret(value_of(environment, "CODER_AGENT_TOKEN")));
  const auto answer = co_await fetch_sign_in(server, asked->url);
  co_await server.stop();
  if (!answer) {
    complain("There is no sign-in for " + asked->url + ": " + answer.error().say);
    co_return 1;
  }
  std::printf("%s\n", (asked->wants_password ? answer->password : answer->username).c_str());
  co_return 0;
}

}  // namespace slipway::agent
