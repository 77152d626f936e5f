// What tests of the SSH server share: a server on a port of its own, and the real OpenSSH as its client.
#pragma once

#include "agent/pty.hpp"
#include "agent/ssh_server.hpp"
#include "agent/ssh_socket.hpp"
#include "aio/event.hpp"
#include "aio/loops.hpp"
#include "aio/nursery.hpp"
#include "aio/subprocess.hpp"
#include "aio/task.hpp"
#include "net/pipe.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <random>

#include <netinet/in.h>
#include <sys/socket.h>

namespace slipway::agent::ssh_testing {

namespace fs = std::filesystem;
using StreamPtr = std::unique_ptr<net::Stream>;

inline std::string noise(std::size_t size, unsigned seed) {
  std::mt19937 random(seed);
  std::string text(size, '\0');
  for (char& c : text) c = static_cast<char>(random());
  return text;
}

inline void write_file(const fs::path& path, std::string_view text) { std::ofstream(path, std::ios::binary) << text; }
inline std::string read_file(const fs::path& path) {
  std::error_code absent;
  const auto size = fs::file_size(path, absent);
  std::string text(absent ? 0 : size, '\0');
  std::ifstream(path, std::ios::binary).read(text.data(), static_cast<std::streamsize>(text.size()));
  return text;
}

inline Task<Result<StreamPtr>> dial_loopback(std::string host, std::uint16_t port) {
  Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (host == "nowhere" || ::connect(socket.get(), reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) co_return fail(Code::bad_gateway, "Refused.");
  ::fcntl(socket.get(), F_SETFL, O_NONBLOCK);
  co_return socket_stream(co_await aio::executor(), std::move(socket));
}

inline Task<void> echo(std::shared_ptr<net::Stream> stream) {
  std::vector<char> buffer(10000);
  while (true) {
    const auto count = co_await stream->read_some(buffer);
    if (!count || *count == 0) break;
    if (!co_await stream->write({buffer.data(), *count}, {})) co_return;
  }
  (void)co_await stream->shutdown_send();
}

inline Task<void> serve_echo(aio::Nursery* nursery, std::shared_ptr<Listener> listener) {
  while (auto one = co_await listener->accept()) nursery->start(echo, std::shared_ptr<net::Stream>(std::move(*one)));
}

// An SSH server on a port of its own, an echo server on another, and a folder; the client is the real OpenSSH.
struct Rig {
  explicit Rig(aio::Executor executor)
      : home(executor),
        folder(fs::temp_directory_path() / fmt::format("slipway-ssh-{:x}", std::random_device()())),
        server(executor, options(this)),
        door(std::make_shared<Listener>(*Listener::on_port(executor, 0))),
        echo_door(std::make_shared<Listener>(*Listener::on_port(executor, 0))),
        nursery(executor) {
    fs::create_directories(folder / "work");
    nursery.start(serve_door, this);
    nursery.start(serve_echo, &nursery, echo_door);
  }
  ~Rig() { fs::remove_all(folder); }

  static SshOptions options(Rig* rig) {
    SshOptions out;
    out.host_key_seed = ssh_host_key_seed("ana", "dev", "main");
    out.environment = [rig] {
      CommandEnvironment environment;
      environment.variables = {{"HOME", rig->folder}, {"PATH", "/usr/bin:/bin"}, {"FROM_AGENT", "yes"}};
      environment.directory = rig->folder / "work";
      environment.shell = "/bin/bash";
      return environment;
    };
    out.dial = dial_loopback;
    out.greeting = welcome;
    return out;
  }
  static Task<std::string> welcome() { co_return "Welcome aboard.\r\n"; }
  static Task<void> serve_door(Rig* rig) {
    while (auto one = co_await rig->door->accept()) rig->nursery.start(serve_one, rig, std::make_shared<StreamPtr>(std::move(*one)));
  }
  static Task<void> serve_one(Rig* rig, std::shared_ptr<StreamPtr> stream) { co_await rig->server.serve(std::move(*stream), rig->visit); }

  std::vector<std::string> client(const std::string& program, std::vector<std::string> arguments, const std::string& level = "ERROR") const {
    std::vector<std::string> all{program,
                                 "-F",
                                 "none",
                                 "-o",
                                 "StrictHostKeyChecking=yes",
                                 "-o",
                                 "UserKnownHostsFile=" + (folder / "known_hosts").string(),
                                 "-o",
                                 "BatchMode=yes",
                                 "-o",
                                 "LogLevel=" + level,
                                 "-o",
                                 fmt::format("Port={}", door->port())};
    write_file(folder / "known_hosts", fmt::format("[127.0.0.1]:{} {}\n", door->port(), server.host_key()));
    all.insert(all.end(), arguments.begin(), arguments.end());
    return all;
  }
  aio::ProcessOptions process(std::vector<std::string> argv) const {
    aio::ProcessOptions out;
    out.argv = std::move(argv);
    out.environment.set("PATH", "/usr/bin:/bin");
    out.environment.set("HOME", folder.string());
    out.environment.set("TERM", "xterm");
    return out;
  }
  Task<aio::Collected> run(std::vector<std::string> argv, std::string input = {}) const {
    auto outcome = co_await aio::run(process(std::move(argv)), std::move(input), std::chrono::seconds(180), 64 << 20);
    EXPECT_TRUE(outcome.has_value()) << outcome.error().say << outcome.error().why;
    co_return outcome ? std::move(*outcome) : aio::Collected{};
  }
  Task<aio::Collected> ssh(std::vector<std::string> arguments, std::string input = {}) const {
    arguments.insert(arguments.begin(), "me@127.0.0.1");
    return run(client("/usr/bin/ssh", std::move(arguments)), std::move(input));
  }
  Task<void> stop() {
    co_await nursery.stop();
    EXPECT_EQ(server.connections(), 0U);
  }

  aio::Executor home;
  fs::path folder;
  SshVisit visit;
  SshServer server;
  std::shared_ptr<Listener> door, echo_door;
  aio::Nursery nursery;
};

inline void with_rig(Task<void> (*body)(Rig&)) {
  aio::Loops loops(1);
  auto main = [](Task<void> (*test)(Rig&)) -> Task<int> {
    Rig rig(co_await aio::executor());
    co_await test(rig);
    co_await rig.stop();
    co_return 0;
  };
  EXPECT_EQ(loops.run(main(body)), 0);
}

}  // namespace slipway::agent::ssh_testing
