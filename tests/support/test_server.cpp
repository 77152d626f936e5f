#include "support/test_server.hpp"

#include "crypto/password.hpp"
#include "crypto/token.hpp"
#include "formats/archive.hpp"
#include "http/app.hpp"
#include "net/client.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <thread>

namespace slipway::test {

namespace {

Task<int> start(aio::Loops& loops, server::Config config, server::Server::Watch watch, std::unique_ptr<server::Server>& out) {
  auto server = co_await server::Server::start(loops, std::move(config), system_clock(), std::move(watch));
  if (!server) {
    ADD_FAILURE() << server.error().say << " " << server.error().detail << " " << server.error().why;
    co_return 1;
  }
  out = std::move(*server);
  co_return 0;
}

Task<int> stop(server::Server& server) {
  co_await server.stop();
  co_return 0;
}

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

TestServer::TestServer(std::function<void(server::Config&)> change) : database_(*pg::read_migrations(SLIPWAY_TEST_SOURCE "/db/migrations")) {
  char folder[] = "/tmp/slipway-test-XXXXXX";
  folder_ = ::mkdtemp(folder);
  server::Config config;
  config.http_address = "127.0.0.1:0";
  config.postgres_url = Secret(database_.url());
  config.data_dir = folder_;
  config.api_rate_limit = 0;
  config.login_rate_limit = 0;
  config.provisioner_daemons = 1;
  config.shutdown_grace = Seconds(5);
  if (change) change(config);
  loops_ = std::make_unique<aio::Loops>(2);
  const auto watch = [this](const http::Finished& done) { finished(done); };
  if (loops_->run(start(*loops_, std::move(config), watch, server_)) != 0) throw std::runtime_error("the server did not start");
}

TestServer::~TestServer() {
  if (server_) loops_->run(stop(*server_));
  server_.reset();
  loops_.reset();
  std::filesystem::remove_all(folder_);
}

std::string TestServer::url() const { return server_->url(); }

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

const Person& TestServer::owner() {
  if (owner_) return *owner_;
  const auto made = call("POST", "/api/v2/users/first", R"({"email":"owner@example.com","username":"owner","password":"SomeSecurePassword!"})");
  EXPECT_EQ(made.status, 201) << made.body;
  const auto login = call("POST", "/api/v2/users/login", R"({"email":"owner@example.com","password":"SomeSecurePassword!"})");
  EXPECT_EQ(login.status, 201) << login.body;
  owner_ = Person{std::string(made.json().at("user_id").as_string()), "owner", std::string(login.json().at("session_token").as_string())};
  return *owner_;
}

std::string TestServer::organization() { return database_.sql("select id from organizations where is_default"); }

Person TestServer::member(const std::string& username) {
  // Straight into the database: a hash costs tens of milliseconds, and most tests only need somebody.
  const auto key = crypto::make_api_key();
  const auto id = UserId::random().str();
  const auto hex = [](const std::string& bytes) {
    std::string out;
    for (unsigned char c : bytes) out += fmt::format("{:02x}", c);
    return out;
  };
  database_.sql(fmt::format(
      "insert into users (id, email, username, login_type, created_at, updated_at) values ('{0}', '{1}@example.com', '{1}', 'password', now(), now());"
      "insert into organization_members (organization_id, user_id, created_at, updated_at) select id, '{0}', now(), now() from organizations where is_default;"
      "insert into api_keys (id, hashed_secret, user_id, login_type, lifetime_seconds, last_used, expires_at, created_at, updated_at)"
      " values ('{2}', '\\x{3}', '{0}', 'password', 86400, now(), now() + interval '1 day', now(), now())",
      id, username, key.id, hex(key.hash())));
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
    std::this_thread::yield();
  }
  ADD_FAILURE() << path << " " << pointer << " never became " << value << ": " << last.body;
  return {};
}

std::string TestServer::replay_template(const std::string& name) {
  std::vector<formats::ArchiveEntry> entries;
  const std::filesystem::path folder = SLIPWAY_TEST_SOURCE "/tests/support/replay_template";
  for (const auto& file : std::filesystem::recursive_directory_iterator(folder))
    if (file.is_regular_file()) {
      std::FILE* in = std::fopen(file.path().c_str(), "rb");
      std::string bytes(file.file_size(), '\0');
      if (in && std::fread(bytes.data(), 1, bytes.size(), in) == bytes.size())
        entries.push_back({.path = std::filesystem::relative(file.path(), folder).string(), .bytes = std::move(bytes), .directory = false, .executable = false});
      if (in) std::fclose(in);
    }
  const auto tar = formats::write_archive(formats::ArchiveKind::tar, entries);
  const auto upload = call("POST", "/api/v2/files", *tar, owner().token, {{"Content-Type", "application/x-tar"}});
  EXPECT_EQ(upload.status / 100, 2) << upload.body;
  const std::string file(upload.json().at("hash").as_string());
  const auto version = post("/api/v2/organizations/default/templateversions",
                            fmt::format(R"({{"storage_method":"file","file_id":"{}","provisioner":"replay"}})", file), owner());
  EXPECT_EQ(version.status, 201) << version.body;
  const std::string version_id(version.json().at("id").as_string());
  wait_for("/api/v2/templateversions/" + version_id, "/job/status", "succeeded", owner());
  const auto made = post("/api/v2/organizations/default/templates", fmt::format(R"({{"name":"{}","template_version_id":"{}"}})", name, version_id), owner());
  EXPECT_EQ(made.status, 201) << made.body;
  return std::string(made.json().at("id").as_string());
}

}  // namespace slipway::test
