#include "whole/requests.hpp"

#include "aio/task.hpp"
#include "net/client.hpp"
#include "net/url.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>

namespace slipway::test {

namespace {

const std::set<std::string> kPersonal{"user",  "workspace", "workspacename", "workspacebuild", "buildnumber",         "workspaceagent",
                                      "agent", "keyid",     "key",           "keyname",        "workspace_and_agent", "chat"};
const std::set<std::string> kShared{"organization", "organizationname", "template", "templatename", "templateversion", "templateversionname",
                                    "group",        "groupName",        "jobID",    "job",          "provisionerkey",  "roleName",
                                    "fileID"};

std::vector<std::string> braces(const std::string& pattern) {
  std::vector<std::string> names;
  for (auto at = pattern.find('{'); at != pattern.npos; at = pattern.find('{', at + 1))
    names.push_back(pattern.substr(at + 1, pattern.find('}', at) - at - 1));
  return names;
}

// `$word` by its value; a word without one stays.
std::string spelled(std::string text, const std::map<std::string, std::string>& words) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] != '$') {
      out += text[at++];
      continue;
    }
    std::size_t end = at + 1;
    while (end < text.size() && (std::isalpha(static_cast<unsigned char>(text[end])) || text[end] == '_')) ++end;
    const auto found = words.find(text.substr(at + 1, end - at - 1));
    out += found == words.end() ? text.substr(at, end - at) : found->second;
    at = end;
  }
  return out;
}

Task<Result<Reply>> head_of(net::Client* client, std::string url, const Ask* ask, net::Headers headers) {
  if (!ask->body.empty() || ask->method != "GET") headers.set("Content-Length", std::to_string(ask->body.size()));
  CO_TRY(http, co_await client->open(ask->method, url + ask->path, headers));
  if (!ask->body.empty()) CO_CHECK(co_await http->write(ask->body));
  CO_TRY(head, co_await http->read_head());
  Reply reply{.status = head.status, .body = {}};
  if (head.status >= 400 || http->body_length() || head.headers.get("Content-Type") == "application/json") {
    std::vector<char> piece(8192);
    while (reply.body.size() < (1U << 20)) {
      const auto size = co_await http->read_some(piece);
      if (!size || *size == 0) break;
      reply.body.append(piece.data(), *size);
    }
  }
  http->close();
  co_return reply;
}

Task<int> exchange_once(std::string url, const Ask* ask, net::Headers headers, Reply* out) {
  net::Client client(co_await aio::executor());
  auto got = co_await aio::with_deadline(Seconds(20), "no answer in 20 s", head_of(&client, std::move(url), ask, std::move(headers)));
  co_await client.stop();
  if (!got)
    ADD_FAILURE() << ask->method << " " << ask->path << ": " << got.error().say << " " << got.error().why;
  else
    *out = std::move(*got);
  co_return 0;
}

}  // namespace

std::vector<std::string> situations(const std::string& pattern) {
  const auto names = braces(pattern);
  const auto any = [&](const std::set<std::string>& of) { return std::ranges::any_of(names, [&](const auto& name) { return of.contains(name); }); };
  if (any(kPersonal)) return {"own", "other", "foreign"};
  if (any(kShared) || pattern == "/api/v2/files/{file}") return {"here", "there"};
  return {"-"};
}

Requests::Requests(const World& world) : world_(world) {
  std::ifstream in(SLIPWAY_SOURCE_DIR "/tests/whole/bodies.tsv");
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line[0] == '#') continue;
    std::vector<std::string> parts;
    std::istringstream fields(line);
    for (std::string part; std::getline(fields, part, '\t');) parts.push_back(part);
    parts.resize(4);
    lines_[parts[0] + " " + parts[1]] = {parts[2], parts[3]};
  }
}

std::map<std::string, std::string> Requests::words(const Person& whose, const Shared& shared) const {
  const Belongings& has = world_.of.at(whose.username);
  return {
      {"user", whose.id},
      {"username", whose.username},
      {"workspace", has.workspace},
      {"workspacename", has.workspace_name},
      {"workspacebuild", has.build},
      {"buildnumber", "1"},
      {"workspaceagent", has.agent},
      {"agent", has.agent},
      {"app", has.app},
      {"chat", has.chat},
      {"source", has.source},
      {"keyid", has.token_id},
      {"key", has.token_id},
      {"keyname", has.token_name},
      {"workspace_and_agent", has.workspace_name + ".main"},
      {"organization", shared.organization},
      {"organizationname", shared.name},
      {"template", shared.template_id},
      {"templatename", shared.template_name},
      {"templateversion", shared.version},
      {"templateversionname", shared.version_name},
      {"oldversion", shared.old_version},
      {"loose", shared.loose},
      {"group", shared.group},
      {"groupName", shared.group_name},
      {"jobID", shared.dry_run},
      {"job", shared.import},
      {"provisionerkey", "k-" + shared.provisioner_key},
      {"roleName", shared.role},
      {"role", shared.role},
      {"fileID", shared.file},
      {"file", shared.file},
      {"random", Uuid::random().str()},
      {"id", Uuid::random().str()},
      {"message", Uuid::random().str()},
      {"notification_template", "f517da0b-cdc9-410f-ab89-a86107c420ed"},
      {"os", "linux"},
      {"arch", "amd64"},
      {"slug", "web"},
      {"workspaceapp", "web"},
      {"workspaceproxy", world_.proxy},
      {"tomorrow", to_rfc3339(std::chrono::floor<Microseconds>(std::chrono::system_clock::now()) + std::chrono::hours(24))},
  };
}

std::optional<Ask> Requests::make(const std::string& method, const std::string& pattern, const Actor& actor, const std::string& situation) const {
  const Person& own = actor.person.id.empty() ? world_.ana : actor.person;
  const Person& whose = situation == "foreign" || situation == "there" ? world_.bo : situation == "other" ? world_.ana : own;
  const bool there = situation == "foreign" || situation == "there" || ((situation == "own" || situation == "-") && actor.home == "there");
  return make(method, pattern, whose, there ? world_.there : world_.here);
}

std::optional<Ask> Requests::make(const std::string& method, const std::string& pattern, const Person& whose, const Shared& shared) const {
  const auto known = words(whose, shared);
  Ask ask{.method = method == "*" ? "GET" : method, .path = {}, .body = {}, .headers = {}};
  for (std::size_t at = 0; at < pattern.size();) {
    if (pattern[at] == '*') break;
    if (pattern[at] != '{') {
      ask.path += pattern[at++];
      continue;
    }
    const auto end = pattern.find('}', at);
    const auto name = pattern.substr(at + 1, end - at - 1);
    const auto found = known.find(name);
    if (found == known.end()) {
      ADD_FAILURE() << method << " " << pattern << ": say in tests/whole/requests.cpp what {" << name << "} stands for";
      return {};
    }
    const bool app = pattern.starts_with("/@") || pattern.starts_with("/%40");
    ask.path += pattern == "/bin/{file}" ? "coder-linux-amd64" : app && name == "user" ? whose.username : found->second;
    at = end + 1;
  }
  if (const auto line = lines_.find(method + " " + pattern); line != lines_.end()) {
    if (!line->second.query.empty()) ask.path += "?" + spelled(line->second.query, known);
    ask.body = line->second.body == "@tar" ? std::string(1024, '\0') : spelled(line->second.body, known);
    if (line->second.body == "@tar") ask.headers.emplace_back("Content-Type", "application/x-tar");
  } else if (ask.method == "POST" || ask.method == "PUT" || ask.method == "PATCH") {
    ask.body = "{}";
  }
  return ask;
}

Reply exchange(TestServer& server, const Ask& ask, const std::string& token) {
  net::Headers headers;
  if (!token.empty()) headers.set("Coder-Session-Token", token);
  for (const auto& [name, value] : ask.headers) headers.set(name, value);
  Reply reply;
  run([&] { return exchange_once(server.url(), &ask, headers, &reply); });
  if (ask.method == "GET" && (reply.status == 426 || (reply.status == 400 && reply.body.find("WebSocket") != std::string::npos))) {
    for (const auto& [name, value] : std::vector<std::pair<std::string, std::string>>{
             {"Connection", "Upgrade"}, {"Upgrade", "websocket"}, {"Sec-WebSocket-Version", "13"}, {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="}})
      headers.set(name, value);
    run([&] { return exchange_once(server.url(), &ask, headers, &reply); });
  }
  return reply;
}

}  // namespace slipway::test
