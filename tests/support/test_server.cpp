#include "support/test_server.hpp"

#include "crypto/password.hpp"
#include "crypto/token.hpp"
#include "formats/archive.hpp"
#include "http/app.hpp"
#include "net/client.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>

namespace slipway::test {

namespace {

Task<int> start(aio::Loops& loops, server::Config config, const Clock& clock, server::Server::Watch watch, std::unique_ptr<server::Server>& out) {
  auto server = co_await server::Server::start(loops, std::move(config), clock, std::move(watch));
  if (!server) {
    ADD_FAILURE() << server.error().say << " " << server.error().detail << " " << server.error().why;
    co_return 1;
  }
  out = std::move(*server);
  co_return 0;
}

Task<int> stop_server(server::Server& server) { co_return co_await server.stop() ? 0 : 1; }

Task<int> send(std::string method, std::string url, net::Headers headers, std::string body, Answer& out) {
  net::Client client(co_await aio::executor());
  auto got = co_await client.request(std::move(method), std::move(url), std::move(headers), std::move(body), Seconds(30));
  co_await client.stop();
  if (!got) {
    ADD_FAILURE() << got.error().say << " " << got.error().why;
    co_return 1;
  }
  out.status = got->status;
  out.body = std::move(got->body);
  for (std::size_t i = 0; i < got->headers.size(); ++i) out.headers.emplace_back(got->headers.at(i).first, got->headers.at(i).second);
  co_return 0;
}

}  // namespace

std::string Answer::header(std::string_view name) const {
  for (const auto& [key, value] : headers)
    if (net::iequals(key, name)) return value;
  return {};
}

boost::json::value Answer::json() const {
  boost::system::error_code ec;
  auto parsed = boost::json::parse(body, ec);
  if (ec) ADD_FAILURE() << "no JSON: " << body;
  return parsed;
}

TestServer::TestServer(std::function<void(server::Config&)> change, const Clock& clock)
    : database_(std::make_shared<TestDatabase>(*pg::read_migrations(SLIPWAY_TEST_SOURCE "/db/migrations"))),
      clock_(clock),
      change_(std::move(change)) {
  begin();
}

TestServer::TestServer(TestServer& first) : database_(first.database_), clock_(first.clock_), change_(first.change_) {
  owner_ = first.owner();
  begin();
}

void TestServer::begin() {
  char folder[] = "/tmp/slipway-test-XXXXXX";
  folder_ = ::mkdtemp(folder);
  server::Config config;
  config.http_address = "127.0.0.1:0";
  config.postgres_url = Secret(database_->url());
  config.data_dir = folder_;
  config.api_rate_limit = 0;
  config.login_rate_limit = 0;
  config.provisioner_daemons = 1;
  config.provisioner_organizations = {"*"};
  config.shutdown_grace = Seconds(2);
  config.password_work = crypto::PasswordWork::least;
  config.terraform = "/nonexistent";  // to ask the real tool for its version takes longer than most tests
  if (&clock_ != &system_clock()) config.session_duration = std::chrono::years(10);
  if (change_) change_(config);
  loops_ = std::make_unique<aio::Loops>(2);
  const auto watch = [this](const http::Finished& done) { finished(done); };
  if (loops_->run(start(*loops_, std::move(config), clock_, watch, server_)) != 0) throw std::runtime_error("the server did not start");
}

namespace {

// The routes that may still change something without a line in their transaction. The list only shrinks.
std::set<std::string> known_untraced() {
  std::set<std::string> known;
  std::ifstream in(SLIPWAY_TEST_SOURCE "/tests/golden/audit_untraced.txt");
  for (std::string line; std::getline(in, line);)
    if (!line.empty() && line.front() != '#') known.insert(line);
  return known;
}

}  // namespace

bool TestServer::stop() {
  if (!server_) return true;
  const bool whole = loops_->run(stop_server(*server_)) == 0;
  server_.reset();
  return whole;
}

TestServer::~TestServer() {
  if (server_)
    for (const auto& route : server_->untraced())
      EXPECT_TRUE(known_untraced().contains(route)) << route << " changed something without tx.trace(…): see docs/guide/adding-an-endpoint.md";
  stop();
  loops_.reset();
  std::filesystem::remove_all(folder_);
}

// Where it listens, whatever address its configuration makes known.
std::string TestServer::url() const { return fmt::format("http://127.0.0.1:{}", server_->port()); }

void TestServer::finished(const http::Finished& done) {
  const std::lock_guard lock(mutex_);
  costs_[done.call->id().str()] = *done.call->cost();
  counted_.notify_all();
}

store::Cost TestServer::cost(const Answer& answer) {
  const auto id = answer.header("X-Coder-Request-Id");
  std::unique_lock lock(mutex_);
  const bool told = counted_.wait_for(lock, std::chrono::seconds(10), [&] { return costs_.contains(id); });
  EXPECT_TRUE(told) << "the server never told what request " << id << " cost";
  return costs_[id];
}

Answer TestServer::call(const std::string& method, const std::string& path, const std::string& body, const std::string& token,
                        std::vector<std::pair<std::string, std::string>> headers) {
  Answer answer;
  net::Headers all;
  if (!token.empty()) all.set("Coder-Session-Token", token);
  for (const auto& [name, value] : headers) all.set(name, value);
  run([&] { return send(method, url() + path, all, body, answer); });
  return answer;
}

Answer TestServer::metrics(const std::string& method, const std::string& path) {
  Answer answer;
  const auto url = fmt::format("http://127.0.0.1:{}{}", server_->metrics_port(), path);
  run([&] { return send(method, url, {}, {}, answer); });
  return answer;
}

const Person& TestServer::owner() {
  if (owner_) return *owner_;
  if (database_->sql("select exists (select 1 from users where not is_system)") == "t") {  // too late to be the first user: as member() does it
    owner_ = member("owner");
    database_->sql("update users set rbac_roles = '{owner}' where username = 'owner'");
    return *owner_;
  }
  const auto made = call("POST", "/api/v2/users/first", R"({"email":"owner@example.com","username":"owner","password":"SomeSecurePassword!"})");
  EXPECT_EQ(made.status, 201) << made.body;
  const auto login = call("POST", "/api/v2/users/login", R"({"email":"owner@example.com","password":"SomeSecurePassword!"})");
  EXPECT_EQ(login.status, 201) << login.body;
  owner_ = Person{std::string(made.json().at("user_id").as_string()), "owner", std::string(login.json().at("session_token").as_string())};
  return *owner_;
}

std::string TestServer::organization() { return database_->sql("select id from organizations where is_default"); }

Person TestServer::member(const std::string& username) {
  // Straight into the database: a hash costs tens of milliseconds, and most tests only need somebody.
  const auto key = crypto::make_api_key();
  const auto id = UserId::random().str();
  const auto hex = [](const std::string& bytes) {
    std::string out;
    for (unsigned char c : bytes) out += fmt::format("{:02x}", c);
    return out;
  };
  database_->sql(
      fmt::format("insert into users (id, email, username, login_type, created_at, updated_at) values ('{0}', '{1}@example.com', '{1}', 'password', "
                  "now(), now());"
                  "insert into organization_members (organization_id, user_id, created_at, updated_at) select id, '{0}', now(), now() from "
                  "organizations where is_default;"
                  "insert into api_keys (id, hashed_secret, user_id, login_type, lifetime_seconds, last_used, expires_at, created_at, updated_at)"
                  " values ('{2}', '\\x{3}', '{0}', 'password', 86400, now(), now() + interval '{4} days', now(), now())",
                  id, username, key.id, hex(key.hash()), &clock_ == &system_clock() ? 1 : 3650));
  return {id, username, key.text().reveal()};
}

boost::json::value TestServer::wait_for(const std::string& path, const std::string& pointer, const std::string& value, const Person& who) {
  Answer last;
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (std::chrono::steady_clock::now() < until) {
    last = get(path, who);
    if (last.status == 200) {
      auto json = last.json();
      boost::system::error_code ec;
      if (const auto* found = json.find_pointer(pointer, ec); found && found->is_string() && found->as_string() == value) return json;
    }
    breathe();
  }
  ADD_FAILURE() << path << " " << pointer << " never became " << value << ": " << last.body;
  return {};
}

namespace {

std::map<std::string, std::string> recording() {
  std::map<std::string, std::string> files;
  const std::filesystem::path folder = SLIPWAY_TEST_SOURCE "/tests/support/replay_template";
  for (const auto& file : std::filesystem::recursive_directory_iterator(folder)) {
    if (!file.is_regular_file()) continue;
    std::ifstream in(file.path(), std::ios::binary);
    files[std::filesystem::relative(file.path(), folder).string()].assign(std::istreambuf_iterator<char>(in), {});
  }
  return files;
}

}  // namespace

std::string TestServer::upload(const std::map<std::string, std::string>& files) {
  std::vector<formats::ArchiveEntry> entries;
  auto all = recording();
  for (const auto& [path, bytes] : files) all[path] = bytes;
  for (auto& [path, bytes] : all) entries.push_back({.path = path, .bytes = std::move(bytes), .directory = false, .executable = false});
  const auto tar = formats::write_archive(formats::ArchiveKind::tar, entries);
  const auto upload = call("POST", "/api/v2/files", *tar, owner().token, {{"Content-Type", "application/x-tar"}});
  EXPECT_EQ(upload.status / 100, 2) << upload.body;
  return std::string(upload.json().at("hash").as_string());
}

std::string TestServer::import(const std::string& file, const std::string& template_id) {
  const auto of = template_id.empty() ? std::string() : fmt::format(R"(,"template_id":"{}")", template_id);
  const auto version = post("/api/v2/organizations/default/templateversions",
                            fmt::format(R"({{"storage_method":"file","file_id":"{}","provisioner":"echo"{}}})", file, of), owner());
  EXPECT_EQ(version.status, 201) << version.body;
  const std::string id(version.json().at("id").as_string());
  wait_for("/api/v2/templateversions/" + id, "/job/status", "succeeded", owner());
  return id;
}

std::string TestServer::replay_template(const std::string& name, const std::map<std::string, std::string>& files) {
  const auto made = post("/api/v2/organizations/default/templates",
                         fmt::format(R"({{"name":"{}","template_version_id":"{}"}})", name, import(upload(files), {})), owner());
  EXPECT_EQ(made.status, 201) << made.body;
  return std::string(made.json().at("id").as_string());
}

std::string TestServer::replay_version(const std::string& template_id, const std::map<std::string, std::string>& files) {
  return import(upload(files), template_id);
}

std::string TestServer::workspace(const std::string& template_id, const std::string& name, const Person& who, const std::string& more) {
  const auto made = post("/api/v2/users/me/workspaces", fmt::format(R"({{"name":"{}","template_id":"{}"{}}})", name, template_id, more), who);
  EXPECT_EQ(made.status, 201) << made.body;
  const std::string id(made.json().at("id").as_string());
  wait_for("/api/v2/workspaces/" + id, "/latest_build/status", "running", who);
  return id;
}

}  // namespace slipway::test
