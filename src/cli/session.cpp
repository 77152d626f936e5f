#include <array>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>

#include <sys/wait.h>

#include "aio/loops.hpp"
#include "api/gen/response.hpp"
#include "base/text.hpp"
#include "base/version.hpp"
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

// What a proxy in front of the server wants to see, as a person or their program says it.
Result<std::pair<std::string, std::string>> header_of(std::string_view line, std::string_view from) {
  const auto equals = line.find('=');
  if (equals == line.npos || equals == 0 || line.find_first_of("\r\n") != line.npos)
    return fail(Code::invalid, fmt::format("{} gives \"{}\", which is no header.", from, line), "A header is name=value, on one line.");
  return std::pair(std::string(line.substr(0, equals)), std::string(line.substr(equals + 1)));
}

Result<std::vector<std::string>> lines_of_command(const std::string& command, const std::string& url) {
  ::setenv("CODER_URL", url.c_str(), 1);
  auto* pipe = ::popen(command.c_str(), "r");
  if (!pipe) return fail(Code::invalid, fmt::format("--header-command \"{}\" cannot be run.", command));
  std::string out;
  for (std::array<char, 4096> piece{}; const auto size = std::fread(piece.data(), 1, piece.size(), pipe);) out.append(piece.data(), size);
  if (const int status = ::pclose(pipe); status != 0)
    return fail(Code::invalid, fmt::format("--header-command \"{}\" failed with {}.", command, WIFEXITED(status) ? WEXITSTATUS(status) : status));
  std::vector<std::string> lines;
  for (const auto line : text::split(out, '\n'))
    if (!text::trim(line).empty()) lines.emplace_back(text::trim(line));
  return lines;
}

Result<std::string> text_of_file(const std::string& path, std::string_view flag) {
  std::ifstream in(path, std::ios::binary);
  std::string out{std::istreambuf_iterator<char>(in), {}};
  if (in.fail() && out.empty()) return fail(Code::invalid, fmt::format("{}: cannot read {}.", flag, path));
  return out;
}

// Ours goes before the one that existing scripts set; under their name for us, theirs alone counts.
std::string variable(const Face& face, const char* ours, const char* theirs) {
  return (face.coder ? environment({theirs}) : environment({ours, theirs})).value_or("");
}

std::filesystem::path config_folder(const Face& face) {
  const auto given = environment({face.coder ? "CODER_CONFIG_DIR" : "SLIPWAY_CONFIG_DIR"});
  return given ? std::filesystem::path(*given) : Config::usual_folder(face);
}

std::string not_logged_in(const Face& face) {
  return face.coder ? "You are not logged in. Try logging in using 'coder login <url>'." : "You are not logged in.";
}

std::string user_agent(const Face& face) { return face.coder ? fmt::format("coder-cli/{} (linux/{})", kVersion, kArchitecture) : "slipway-cli"; }

}  // namespace

struct Session::State {
  State(const Face& face, net::TlsTrust trust)
      : client{loops.at(0), {.tls = std::move(trust), .proxies = net::proxies_of_environment(), .user_agent = user_agent(face)}} {}

  aio::Loops loops{1};
  net::Client client;
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
    : globals_(globals),
      config_(!globals.config_dir.empty() ? std::filesystem::path(globals.config_dir) : config_folder(globals.face), globals.face),
      url_(!globals.url.empty() ? globals.url : variable(globals.face, "SLIPWAY_URL", "CODER_URL")),
      token_(!globals.token.empty() ? globals.token : variable(globals.face, "SLIPWAY_SESSION_TOKEN", "CODER_SESSION_TOKEN")) {}

std::optional<std::string> Session::given_url() const { return url_.empty() ? std::nullopt : std::optional(url_); }
std::optional<std::string> Session::given_token() const { return token_.empty() ? std::nullopt : std::optional(token_); }

Result<void> Session::read_tls_files() {
  if (globals_.tls_ca.empty() && globals_.tls_certificate.empty() && globals_.tls_key.empty()) return {};
  if (globals_.tls_certificate.empty() != globals_.tls_key.empty())
    return fail(Code::invalid, "--client-tls-cert-file and --client-tls-key-file go together.");
  trust_ = std::make_unique<net::TlsTrust>();
  if (!globals_.tls_ca.empty()) {
    TRY(roots, text_of_file(globals_.tls_ca, "--client-tls-ca-file"));
    trust_->extra_roots_pem = std::move(roots);
  }
  if (globals_.tls_certificate.empty()) return {};
  TRY(certificate, text_of_file(globals_.tls_certificate, "--client-tls-cert-file"));
  TRY(key, text_of_file(globals_.tls_key, "--client-tls-key-file"));
  trust_->client = net::TlsIdentity{.certificate_chain_pem = std::move(certificate), .private_key_pem = std::move(key)};
  return {};
}

Result<void> Session::prepare() {
  TRY_OK(read_tls_files());
  for (const auto& line : globals_.headers) {
    TRY(header, header_of(line, "--header"));
    extra_.push_back(std::move(header));
  }
  if (globals_.header_command.empty()) return {};
  TRY(lines, lines_of_command(globals_.header_command, url().value_or("")));
  for (const auto& line : lines) {
    TRY(header, header_of(line, "--header-command"));
    extra_.push_back(std::move(header));
  }
  return {};
}

Session::~Session() {
  if (state_) run(state_->client.stop());
}

Session::State& Session::state() {
  if (!state_) state_ = std::make_unique<State>(globals_.face, trust_ ? *trust_ : net::TlsTrust{});
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
  return fail(Code::unauthenticated, not_logged_in(globals_.face));
}

Result<std::string> Session::token() const {
  if (!token_.empty()) return token_;
  if (auto kept = config_.read("token")) return *kept;
  return fail(Code::unauthenticated, not_logged_in(globals_.face));
}

void Session::use(std::string url, std::string token) {
  url_ = std::move(url);
  token_ = std::move(token);
}

net::Headers Session::headers() const {
  net::Headers out;
  out.set("Accept", "application/json");
  for (const auto& [name, value] : extra_) out.set(name, value);
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

Task<Result<std::string>> Session::ask(const char* method, std::string path, std::string json) {
  CO_TRY(base, url());
  auto fields = headers();
  if (!json.empty()) fields.set("Content-Type", "application/json");
  CO_TRY(answer, co_await state().client.request(method, base + path, std::move(fields), std::move(json), kCallLimit));
  if (answer.status < 200 || answer.status > 299) co_return std::unexpected(error_of(answer.status, answer.body));
  co_return std::move(answer.body);
}

Task<Result<std::string>> Session::fetch(std::string path) { return ask("GET", std::move(path), {}); }
Task<Result<std::string>> Session::post(std::string path, std::string json) { return ask("POST", std::move(path), std::move(json)); }

}  // namespace slipway::cli
