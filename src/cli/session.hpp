// What a command works with: the configuration and the connection to the server. Commands are plain functions; wait()
// runs the coroutines of net for them. home: the main thread.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "aio/task_fwd.hpp"
#include "api/json.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "cli/command.hpp"
#include "cli/config.hpp"

namespace slipway::net {
class Client;
class Headers;
class WebSocket;
struct Response;
struct TlsTrust;
}  // namespace slipway::net

namespace slipway::cli {

class Session {
 public:
  explicit Session(const Globals& globals);
  ~Session();

  const Config& config() const { return config_; }
  const Face& face() const { return globals_.face; }
  bool verbose() const { return globals_.verbose; }
  // What was said on this command line and in its environment, before what login kept.
  std::optional<std::string> given_url() const;
  std::optional<std::string> given_token() const;
  bool token_by_flag() const { return !globals_.token.empty(); }
  // Runs --header-command and reads the files of --client-tls-*, once. Errors: invalid.
  Result<void> prepare();
  // Flags, then environment, then what login kept. Errors: unauthenticated, with what to do.
  Result<std::string> url() const;
  Result<std::string> token() const;
  void use(std::string url, std::string token);

  // JSON there and back; `path` begins with /api/v2. Errors: what the server said, by its status.
  template <class T>
  Result<T> get(const std::string& path) {
    TRY(body, call("GET", path, {}));
    return api::from_json<T>(body);
  }
  template <class T, class Body>
  Result<T> send(const char* method, const std::string& path, const Body& body) {
    TRY(answer, call(method, path, api::to_json(body)));
    return api::from_json<T>(answer);
  }
  // The body of any 2xx answer. An empty `json` sends no body.
  Result<std::string> call(const char* method, const std::string& path, std::string json);
  Result<std::string> upload(const std::string& path, std::string body, const char* type);
  // As call, without turning a status into an error and without needing a token.
  Result<net::Response> request(const char* method, const std::string& path, std::string body, const char* type);

  // For coroutines that talk for longer. Address and token are read anew each time. A stream that `resumes`, which is its name, says so to
  // the server and notices soon when nothing comes any more. What a proxy in place of the server answers is bad_gateway, whatever its status.
  Task<Result<std::unique_ptr<net::WebSocket>>> websocket(std::string path, std::optional<Uuid> resumes = std::nullopt);
  // As call("GET", path), and as call("POST", path, json).
  Task<Result<std::string>> fetch(std::string path);
  Task<Result<std::string>> post(std::string path, std::string json);

  // Runs the task on the program's loop and gives its result.
  template <class T>
  T wait(Task<T> task);

 private:
  struct State;
  State& state();
  Result<void> read_tls_files();
  void run(Task<void> task);
  net::Headers headers() const;
  Task<Result<std::string>> ask(const char* method, std::string path, std::string json);

  Globals globals_;
  Config config_;
  std::string url_, token_;
  std::vector<std::pair<std::string, std::string>> extra_;
  std::unique_ptr<net::TlsTrust> trust_;  // the usual one when there is none
  std::unique_ptr<State> state_;
};

// What the server's error answer says, as an Error.
Error error_of(int status, std::string_view body);

}  // namespace slipway::cli
