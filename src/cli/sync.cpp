// exp sync: scripts of one workspace that wait for one another. The agent of the workspace keeps who waits for whom
// (docs/guide/moving-over.md); this asks it by its socket.
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <thread>

#include "api/loose.hpp"
#include "base/descriptor.hpp"
#include "base/socket_path.hpp"
#include "cli/coder.hpp"
#include "cli/command.hpp"
#include "cli/commands.hpp"
#include "cli/config.hpp"
#include "cli/print.hpp"
#include "cli/session.hpp"
#include "cli/table.hpp"

namespace slipway::cli {
namespace {

using Words = std::vector<std::string>;
using Steady = std::chrono::steady_clock;

constexpr std::size_t kMostAnswered = 4 << 20;  // bytes
constexpr Milliseconds kLook{250};
constexpr std::string_view kUsualSocket = "/tmp/coder-agent.sock";

struct SyncOptions {
  std::string socket, unit, timeout = "5m", output = "text";
  Words needs;
};

std::string joined(const Words& words) { return fmt::format("[{}]", fmt::join(words, ", ")); }

std::unexpected<Error> unreached(std::string_view path, std::string_view why) {
  return fail(Code::unavailable, fmt::format("connect to agent socket: {}: {}", path, why),
              "This works inside a workspace, in the scripts and shells of its agent.");
}

Result<Descriptor> connected(const std::string& path) {
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  const SocketPath place(path);
  if (place.text().size() >= sizeof to.sun_path) return unreached(path, std::strerror(ENOENT));
  std::memcpy(to.sun_path, place.text().data(), place.text().size());
  Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const timeval limit{.tv_sec = 10, .tv_usec = 0};
  if (!socket || ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) != 0 ||
      ::connect(socket.get(), reinterpret_cast<sockaddr*>(&to), sizeof to) != 0)
    return unreached(path, std::strerror(errno));
  // Whoever may put a file there could pass for the agent.
  if (!peer_is_ours(socket.get())) return unreached(path, "somebody else's program listens there");
  return socket;
}

Result<boost::json::object> asked(const SyncOptions& options, const boost::json::object& question) {
  const auto path = options.socket.empty() ? environment({"CODER_AGENT_SOCKET_PATH"}).value_or(std::string(kUsualSocket)) : options.socket;
  TRY(socket, connected(path));
  const auto line = boost::json::serialize(question) + "\n";
  if (::send(socket.get(), line.data(), line.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(line.size())) return unreached(path, std::strerror(errno));
  std::string answer;
  for (char piece[4096]; !answer.ends_with('\n') && answer.size() < kMostAnswered;) {
    const auto size = ::recv(socket.get(), piece, sizeof piece, 0);
    if (size <= 0) return unreached(path, size == 0 ? "it was closed" : std::strerror(errno));
    answer.append(piece, static_cast<std::size_t>(size));
  }
  boost::system::error_code bad;
  auto read = boost::json::parse(answer, bad);
  if (bad || !read.is_object()) return unreached(path, "the answer is not of an agent");
  if (const auto* error = read.get_object().if_contains("error"); error && error->is_string())
    return fail(Code::invalid, std::string(error->get_string()));
  return std::move(read.get_object());
}

boost::json::object question_of(std::string_view what, const SyncOptions& options) {
  return {{"do", what}, {"unit", options.unit}, {"needs", boost::json::array(options.needs.begin(), options.needs.end())}};
}

Result<int> want(const SyncOptions& options) {
  if (auto done = asked(options, question_of("want", options)); !done) {
    if (done.error().code == Code::invalid) done.error().say = "declare dependency failed: " + done.error().say;
    return std::unexpected(done.error());
  }
  print("Unit \"{}\" declared dependencies: {}\n", options.unit, joined(options.needs));
  return 0;
}

// An agent that starts again has forgotten everything: what this unit needs is said anew each time.
Result<int> start(SyncOptions options) {
  TRY(limit, duration_of(options.timeout, "--timeout"));
  const auto until = Steady::now() + limit;
  bool waited = false;
  for (;;) {
    const auto answer = asked(options, question_of("start", options));
    if (!answer && (answer.error().code == Code::invalid || !waited)) return std::unexpected(answer.error());
    if (answer) {
      options.needs = api::texts_in(*answer, "needs");
      if (api::texts_in(*answer, "missing").empty()) break;
      if (!waited) print("Unit \"{}\" is waiting for dependencies to be satisfied: {}\n", options.unit, joined(options.needs));
      std::fflush(stdout);
      waited = true;
    }
    if (Steady::now() >= until) return fail(Code::timed_out, fmt::format("timeout waiting for dependencies of unit '{}'", options.unit));
    std::this_thread::sleep_for(kLook);
  }
  if (waited)
    print("Unit \"{}\" finished waiting for dependencies: {}\n", options.unit, joined(options.needs));
  else if (options.needs.empty())
    print("Unit \"{}\" started with no dependencies\n", options.unit);
  else
    print("Unit \"{}\" started immediately, dependencies already satisfied: {}\n", options.unit, joined(options.needs));
  return 0;
}

Result<int> complete(const SyncOptions& options) {
  TRY_OK(asked(options, question_of("complete", options)));
  print("Success\n");
  return 0;
}

Result<int> ping(const SyncOptions& options) {
  TRY_OK(asked(options, question_of("ping", options)));
  print("Success\n");
  return 0;
}

Result<int> status(const SyncOptions& options) {
  TRY(answer, asked(options, question_of("status", options)));
  if (options.output == "json") {
    print_json(boost::json::serialize(answer));
    return 0;
  }
  const auto needs = api::texts_in(answer, "needs");
  print("Unit: {}\nStatus: {}\nReady: {}\n", options.unit, api::text_in(answer, "status"), api::texts_in(answer, "missing").empty());
  if (!needs.empty()) cli::print("Dependencies: {}\n", fmt::join(needs, ", "));
  return 0;
}

Result<int> list(const SyncOptions& options, const TableFlags& flags) {
  TRY(answer, asked(options, question_of("list", options)));
  Table table({"unit", "status", "ready", "dependencies"});
  const auto& units = answer["units"];
  if (!units.is_array()) return fail(Code::unavailable, "The agent did not list its units.");
  for (const auto& one : units.get_array()) {
    if (!one.is_object()) continue;
    const auto& unit = one.get_object();
    table.add({api::text_in(unit, "unit"), api::text_in(unit, "status"), api::texts_in(unit, "missing").empty() ? "yes" : "no",
               fmt::format("{}", fmt::join(api::texts_in(unit, "needs"), ", "))});
  }
  return table.print(flags, boost::json::serialize(units), "No units registered");
}

}  // namespace

void add_sync(Command root) {
  auto group = root.sub("exp", "What templates use, and may change")
                   .sub("sync", "Let the scripts of a workspace wait for one another", R"(slipway exp sync want web database
slipway exp sync start web --timeout 10m
slipway exp sync complete database)");
  const auto one = [&](const std::string& name, const std::string& what, bool of_unit, const std::function<void(Command&, SyncOptions&)>& more,
                       std::function<Result<int>(const SyncOptions&)> run) {
    auto options = std::make_shared<SyncOptions>();
    auto command = group.sub(name, what);
    if (of_unit) command.argument("unit", options->unit, "The unit's name");
    command.option("--socket-path", options->socket, "The agent's socket (CODER_AGENT_SOCKET_PATH)");
    if (more) more(command, *options);
    command.run([options, run = std::move(run)](Session&) { return run(*options); });
  };
  const auto output = [](Command& command, SyncOptions& options) { command.option("-o,--output", options.output, "How to print: text or json"); };
  one(
      "want", "Say what a unit needs completed before it starts", true,
      [](Command& command, SyncOptions& options) { command.arguments("needs", options.needs, "What it needs"); }, want);
  one(
      "start", "Wait until all that a unit needs is completed, and start it", true,
      [](Command& command, SyncOptions& options) { command.option("--timeout", options.timeout, "For how long, such as 5m"); }, start);
  one("complete", "Say that a unit is done", true, {}, complete);
  one("status", "How a unit stands", true, output, status);
  one("ping", "Is the agent there?", false, {}, ping);
  auto flags = std::make_shared<TableFlags>();
  one(
      "list", "All units", false, [flags](Command& command, SyncOptions&) { flags->add_to(command, "unit, status, ready, dependencies"); },
      [flags](const SyncOptions& options) { return list(options, *flags); });
}

}  // namespace slipway::cli
