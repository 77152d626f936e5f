// A whole server in the test's process, on a database of its own and port 0: real store, real HTTP, no mocks.
#pragma once

#include "aio/loops.hpp"
#include "http/routes.hpp"
#include "server/server.hpp"
#include "store/store.hpp"
#include "support/test_postgres.hpp"

#include <boost/json.hpp>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace slipway::test {

struct Answer {
  int status = 0;
  std::string body;
  std::string header(std::string_view name) const;
  boost::json::value json() const;  // dies with the body when it is no JSON
  std::vector<std::pair<std::string, std::string>> headers;
};

// A person, by an API token.
struct Person {
  std::string id, username, token;
};

class TestServer {
 public:
  // Keys of people do not expire when the clock is a fake one.
  explicit TestServer(std::function<void(server::Config&)> change = {}, const Clock& clock = system_clock());
  // A second server on the database of `first`, which must live longer. The same people and keys are good here.
  explicit TestServer(TestServer& first);
  ~TestServer();
  // As at its end, but the database stays to be looked at. False: a part of the server did not end.
  bool stop();

  Answer call(const std::string& method, const std::string& path, const std::string& body = {}, const std::string& token = {},
              std::vector<std::pair<std::string, std::string>> headers = {});
  Answer get(const std::string& path, const Person& who) { return call("GET", path, {}, who.token); }
  Answer post(const std::string& path, const std::string& body, const Person& who) { return call("POST", path, body, who.token); }
  Answer put(const std::string& path, const std::string& body, const Person& who) { return call("PUT", path, body, who.token); }
  Answer patch(const std::string& path, const std::string& body, const Person& who) { return call("PATCH", path, body, who.token); }
  Answer del(const std::string& path, const Person& who) { return call("DELETE", path, {}, who.token); }

  // The first user, made on first use: owner of the site and admin of the default organization.
  const Person& owner();
  // A member of the default organization and nothing more.
  Person member(const std::string& username);
  std::string organization();

  // A template whose builds are recorded (tests/support/replay_template), imported and promoted; its id. `files` replace those
  // of the recording or come beside them: path to bytes.
  std::string replay_template(const std::string& name, const std::map<std::string, std::string>& files = {});
  // Another version of it, imported but not promoted; its id.
  std::string replay_version(const std::string& template_id, const std::map<std::string, std::string>& files = {});
  // A workspace of `owner`, running; its id. `more` are further fields of the request, each after a comma.
  std::string workspace(const std::string& template_id, const std::string& name, const Person& owner, const std::string& more = {});
  // Polls GET `path` until `pointer` (JSON pointer) has the value; dies with the last answer after 20 s.
  boost::json::value wait_for(const std::string& path, const std::string& pointer, const std::string& value, const Person& who);

  // What answering cost: statements, round trips, decisions. Waits for the server's own account of it, which follows the answer.
  store::Cost cost(const Answer& answer);
  // Of the listener for Prometheus, when the configuration asks for one.
  Answer metrics(const std::string& method, const std::string& path);

  std::string url() const;
  TestDatabase& database() { return *database_; }
  const http::Routes& routes() const { return server_->routes(); }

 private:
  void begin();
  void finished(const http::Finished& done);
  std::string upload(const std::map<std::string, std::string>& files);
  std::string import(const std::string& file, const std::string& template_id);

  std::shared_ptr<TestDatabase> database_;
  const Clock& clock_;
  std::function<void(server::Config&)> change_;
  std::unique_ptr<aio::Loops> loops_;
  std::unique_ptr<server::Server> server_;
  std::string folder_;
  std::optional<Person> owner_;
  std::mutex mutex_;
  std::condition_variable counted_;
  std::map<std::string, store::Cost> costs_;  // by request id
};

}  // namespace slipway::test
