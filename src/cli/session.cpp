#include <charconv>

#include "aio/loops.hpp"
#include "api/gen/response.hpp"
#include "cli/wait.hpp"
#include "net/client.hpp"
#include "net/status.hpp"

namespace slipway::cli {
namespace {

constexpr Milliseconds kCallLimit{60000};
constexpr Milliseconds kUploadLimit{300000};
constexpr Milliseconds kPingEvery{5000}, kDeadAfter{15000};

Error unreachable(std::string_view base, const Error& why) {
  return {.code = Code::bad_gateway,
          .say = fmt::format("Cannot reach {}.", base),
          .detail = fmt::format("{}{}", why.say, why.why.empty() ? "" : " (" + why.why + ")")};
}

}  // namespace

struct Session::State {
  aio::Loops loops{1};
  net::Client client{loops.at(0), {.proxies = net::proxies_of_environment(), .user_agent = "slipway-cli"}};
};

Error error_of(int status, std::string_view body) {
  Error error{.code = net::code_of(status), .say = fmt::format("The server answered with status {}.", status)};
  const auto answer = api::from_json<api::Response>(body);
  if (!answer || answer->message.empty()) return error;
  error.say = answer->message;
  error.detail = answer->detail;
  for (const auto& fault : answer->validations) error.fields.push_back({fault.field, fault.detail});
  return error;
}

Session::Session(const Globals& globals)
    : config_(!globals.config_dir.empty() ? std::filesystem::path(globals.config_dir)
                                          : std::filesystem::path(environment({"SLIPWAY_CONFIG_DIR"}).value_or(Config::usual_folder().string()))),
      url_(!globals.url.empty() ? globals.url : environment({"SLIPWAY_URL", "CODER_URL"}).value_or("")),
      token_(!globals.token.empty() ? globals.token : environment({"SLIPWAY_SESSION_TOKEN", "CODER_SESSION_TOKEN"}).value_or("")) {}

Session::~Session() {
  if (state_) run(state_->client.stop());
}

Session::State& Session::state() {
  if (!state_) state_ = std::make_unique<State>();
  return *state_;
}

void Session::run(Task<void> task) {
  auto main = [](Task<void> work) -> Task<int> {
    co_await std::move(work);
    co_return 0;
  };
  state().loops.run(main(std::move(task)));
}

Result<std::string> Session::url() const {
  if (!url_.empty()) return server_url(url_);
  if (auto kept = config_.read("url")) return *kept;
  return fail(Code::unauthenticated, "You are not logged in.");
}

Result<std::string> Session::token() const {
  if (!token_.empty()) return token_;
  if (auto kept = config_.read("token")) return *kept;
  return fail(Code::unauthenticated, "You are not logged in.");
}

void Session::use(std::string url, std::string token) {
  url_ = std::move(url);
  token_ = std::move(token);
}

net::Headers Session::headers() const {
  net::Headers out;
  out.set("Accept", "application/json");
  if (const auto key = token()) out.set("Coder-Session-Token", *key);
  return out;
}

Result<net::Response> Session::request(const char* method, const std::string& path, std::string body, const char* type) {
  TRY(base, url());
  auto fields = headers();
  if (!body.empty()) fields.set("Content-Type", type);
  const auto limit = body.size() > 1 << 20 ? kUploadLimit : kCallLimit;
  auto answer = wait(state().client.request(method, base + path, std::move(fields), std::move(body), limit));
  if (!answer && answer.error().code == Code::bad_gateway) return std::unexpected(unreachable(base, answer.error()));
  return answer;
}

Result<std::string> Session::call(const char* method, const std::string& path, std::string json) {
  TRY_OK(token());
  TRY(answer, request(method, path, std::move(json), "application/json"));
  if (answer.status < 200 || answer.status > 299) return std::unexpected(error_of(answer.status, answer.body));
  return std::move(answer.body);
}

Result<std::string> Session::upload(const std::string& path, std::string body, const char* type) {
  TRY(answer, request("POST", path, std::move(body), type));
  if (answer.status < 200 || answer.status > 299) return std::unexpected(error_of(answer.status, answer.body));
  return std::move(answer.body);
}

Task<Result<std::unique_ptr<net::WebSocket>>> Session::websocket(std::string path, std::optional<Uuid> resumes) {
  CO_TRY(base, url());
  auto fields = headers();
  net::WebSocketOptions options;
  if (resumes) {
    fields.set("Slipway-Resume", "1");
    fields.set("Slipway-Stream", resumes->str());
    options.ping_every = kPingEvery;
    options.dead_after = kDeadAfter;
  }
  auto socket = co_await state().client.connect_websocket(base + path, std::move(fields), std::move(options));
  if (socket) co_return std::move(socket);
  auto error = std::move(socket).error();
  int status = 0;
  std::from_chars(error.why.data(), error.why.data() + error.why.size(), status);
  if (status < 300) co_return std::unexpected(std::move(error));
  auto said = error_of(status, error.detail);
  if (!api::from_json<api::Response>(error.detail)) said.code = Code::bad_gateway;
  co_return std::unexpected(std::move(said));
}

Task<Result<std::string>> Session::fetch(std::string path) {
  CO_TRY(base, url());
  CO_TRY(answer, co_await state().client.request("GET", base + path, headers(), {}, kCallLimit));
  if (answer.status < 200 || answer.status > 299) co_return std::unexpected(error_of(answer.status, answer.body));
  co_return std::move(answer.body);
}

}  // namespace slipway::cli
