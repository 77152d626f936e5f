// What tests of the commands share: a server that says what the test wants, and the program run against it.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <pty.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <mutex>
#include <thread>

#include "aio/loops.hpp"
#include "aio/task.hpp"
#include "api/gen/auth.hpp"
#include "api/gen/groups.hpp"
#include "api/gen/organizations.hpp"
#include "api/gen/response.hpp"
#include "api/gen/roles.hpp"
#include "api/gen/templates.hpp"
#include "api/gen/users.hpp"
#include "api/gen/versions.hpp"
#include "api/gen/workspaces.hpp"
#include "cli/command.hpp"
#include "cli/commands.hpp"
#include "cli/completion.hpp"
#include "net/server.hpp"

namespace slipway::cli {

struct Answer {
  int status = 200;
  std::string body;
  std::vector<std::string> frames;  // of a WebSocket; closed in good order behind them
  std::string awaited;              // what the client must have sent before that; given back behind the frames
  bool cut = false;                 // the end of the data is not told before that
  bool until_end = false;           // the client must have told its own end of data
  bool echo = false;                // in place of all that: what comes goes back, but for the first byte
};

struct Outcome {
  int code = 0;
  std::string out, err;
};

class Talk : public testing::Test {
 protected:
  Talk() {
    // Nobody can be asked, whatever the test runs in.
    const int null = open("/dev/null", O_RDONLY);
    dup2(null, STDIN_FILENO);
    close(null);
    for (const char* name : {"SLIPWAY_URL", "CODER_URL", "SLIPWAY_SESSION_TOKEN", "CODER_SESSION_TOKEN"}) unsetenv(name);
    EXPECT_TRUE(server_.start());
  }
  ~Talk() override {
    auto stop = [](net::Server* server) -> Task<int> {
      co_await server->stop(Milliseconds(1000));
      co_return 0;
    };
    loops_.run(stop(&server_));
    std::filesystem::remove_all(folder_);
  }

  void on(const std::string& request, Answer answer) { answers_[request].push_back(std::move(answer)); }
  // In place of all that was to be answered.
  void instead(const std::string& request, Answer answer) { answers_[request] = {std::move(answer)}; }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(server_.port()); }

  Outcome run(std::vector<std::string> words, bool logged_in = true) {
    std::vector<std::string> all = {face_.coder ? "--global-config" : "--config-dir", folder_.string()};
    if (logged_in) all.insert(all.end(), {"--url", url(), "--token", "key-secret"});
    all.insert(all.end(), words.begin(), words.end());
    Program program(face_);
    add_commands(program);
    testing::internal::CaptureStdout();
    testing::internal::CaptureStderr();
    Outcome outcome;
    outcome.code = program.main(all);
    outcome.out = testing::internal::GetCapturedStdout();
    outcome.err = testing::internal::GetCapturedStderr();
    return outcome;
  }

  // As a person at a terminal who types `typed` (all at once, ahead of the questions). `err` has the whole screen.
  Outcome run_at_terminal(std::vector<std::string> words, const std::string& typed) {
    int master = -1, terminal = -1;
    winsize size{.ws_row = 33, .ws_col = 111, .ws_xpixel = 0, .ws_ypixel = 0};
    EXPECT_EQ(openpty(&master, &terminal, nullptr, nullptr, &size), 0);
    std::vector<int> saved;
    for (int fd = 0; fd < 3; ++fd) {
      std::fflush(fd == 1 ? stdout : stderr);
      saved.push_back(dup(fd));
      dup2(terminal, fd);
    }
    std::cin.clear();
    EXPECT_EQ(write(master, typed.data(), typed.size()), static_cast<ssize_t>(typed.size()));
    Outcome outcome;
    std::thread screen([&] {
      char piece[4096];
      for (ssize_t got = 0; (got = read(master, piece, sizeof piece)) > 0;) outcome.err.append(piece, static_cast<std::size_t>(got));
    });
    std::vector<std::string> all = {"--config-dir", folder_.string(), "--url", url(), "--token", "key-secret"};
    all.insert(all.end(), words.begin(), words.end());
    Program program;
    add_commands(program);
    outcome.code = program.main(all);
    std::fflush(stdout);
    for (int fd = 0; fd < 3; ++fd) {
      dup2(saved[static_cast<std::size_t>(fd)], fd);
      close(saved[static_cast<std::size_t>(fd)]);
    }
    close(terminal);
    screen.join();
    close(master);
    return outcome;
  }

  std::vector<std::string> asked() {
    std::lock_guard lock(mutex_);
    return asked_;
  }
  // What the client called each stream that it wants to resume.
  std::vector<std::string> streams() {
    std::lock_guard lock(mutex_);
    return streams_;
  }
  std::string body_of(const std::string& request) {
    std::lock_guard lock(mutex_);
    return bodies_[request];
  }

  Face face_ = kSlipway;  // of the program that run() runs
  void on_server(Task<int> task) { loops_.run(std::move(task)); }
  // What becomes of a WebSocket in place of frames, when it is set. On the server's loop.
  std::function<Task<void>(std::unique_ptr<net::WebSocket>)> on_socket_;
  std::filesystem::path folder_ = std::filesystem::temp_directory_path() / ("slipway-talk-" + Uuid::random().str());

 private:
  // The last answer for a request stays; a log has no more lines than were given; earlier ones are given once each.
  Answer next(const std::string& request, std::string body, const std::string& token) {
    std::lock_guard lock(mutex_);
    asked_.push_back(request + (token.empty() ? "" : " with " + token));
    bodies_[request] = std::move(body);
    const auto random = request.find("reconnect=");  // an id made up by the client follows
    auto found = answers_.find(request.substr(0, random == std::string::npos ? random : random + 10));
    if (found == answers_.end() && request.find("/logs?after=") != std::string::npos) return {200, "[]"};
    if (found == answers_.end() || found->second.empty()) return {404, R"({"message":"Not expected: )" + request + R"("})"};
    Answer answer = found->second.front();
    if (found->second.size() > 1) found->second.erase(found->second.begin());
    return answer;
  }

  static Task<void> give_back(net::WebSocket& socket) {
    for (std::size_t skip = 1;; skip = 0) {
      const auto message = co_await socket.read();
      if (!message) co_return;
      if (const auto rest = std::string_view(message->data).substr(skip); !rest.empty()) co_await socket.write_binary(rest);
    }
  }

  Task<void> handle(net::Exchange& exchange) {
    const std::string request = exchange.request().method + ' ' + exchange.request().target;
    const std::string token(exchange.request().headers.get("Coder-Session-Token"));
    auto body = co_await exchange.body(1 << 20);
    const auto answer = next(request, body.value_or(""), token);
    if (const auto stream = exchange.request().headers.get("Slipway-Stream"); !stream.empty()) {
      std::lock_guard lock(mutex_);
      streams_.emplace_back(stream);
    }
    if (exchange.wants_websocket() && answer.status == 200) {
      auto socket = co_await exchange.upgrade();
      if (!socket) co_return;
      if (answer.echo) co_return co_await give_back(**socket);
      if (on_socket_) co_return co_await on_socket_(std::move(*socket));
      for (const auto& frame : answer.frames) co_await (*socket)->write_text(frame);
      std::string seen;
      while (seen.size() < answer.awaited.size()) {
        const auto message = co_await (*socket)->read();
        if (!message) co_return;
        seen += message->data;
      }
      while (answer.until_end) {
        const auto message = co_await (*socket)->read();
        if (!message) co_return;
        if (message->data.empty()) break;
      }
      if (!seen.empty()) co_await (*socket)->write_binary("got " + seen);
      if (!answer.cut && request.ends_with("/ssh")) co_await (*socket)->write_binary({});
      co_await (*socket)->close();
      co_return;
    }
    net::Response response{.status = answer.status, .body = answer.body};
    response.headers.set("Content-Type", "application/json");
    response.headers.set("X-Coder-Build-Version", "v0.1.0");
    co_await exchange.send(std::move(response));
  }

  aio::Loops loops_{1};
  net::Server server_{loops_, {}, [this](net::Exchange& exchange) { return handle(exchange); }};
  std::mutex mutex_;
  std::map<std::string, std::vector<Answer>> answers_;
  std::map<std::string, std::string> bodies_;
  std::vector<std::string> asked_, streams_;
};

inline std::string user(const std::string& name) {
  api::User user;
  user.id = *Uuid::parse("0e8400e2-9b41-4d16-a7c4-46655440000f");
  user.username = name;
  user.email = name + "@example.com";
  user.status = "active";
  return api::to_json(user);
}

inline api::Workspace workspace(const std::string& status) {
  api::Workspace out;
  out.id = *Uuid::parse("aaaaaaaa-9b41-4d16-a7c4-46655440000f");
  out.name = "dev";
  out.owner_name = "ana";
  out.template_name = "docker";
  out.latest_build.id = *Uuid::parse("bbbbbbbb-9b41-4d16-a7c4-46655440000f");
  out.latest_build.workspace_name = "dev";
  out.latest_build.workspace_owner_name = "ana";
  out.latest_build.status = status;
  out.latest_build.transition = status == "stopped" ? "stop" : "start";
  out.latest_build.job.status = "succeeded";
  out.latest_build.template_version_id = *Uuid::parse("cccccccc-9b41-4d16-a7c4-46655440000f");
  return out;
}

inline std::string log_line(int id, const std::string& stage, const std::string& output, const std::string& level = "info") {
  api::ProvisionerJobLog log;
  log.id = id;
  log.stage = stage;
  log.output = output;
  log.log_level = level;
  log.created_at = Time(Seconds(1'800'000'000 + id));
  return api::to_json(log);
}

inline std::string build(const std::string& job_status, const std::string& error = {}) {
  auto out = workspace("running").latest_build;
  out.job.status = job_status;
  out.job.error = error;
  out.job.completed_at = Time(Seconds(1'800'000'010));
  return api::to_json(out);
}

constexpr const char* kBuild = "/api/v2/workspacebuilds/bbbbbbbb-9b41-4d16-a7c4-46655440000f";
constexpr const char* kVersionPath = "/api/v2/templateversions/cccccccc-9b41-4d16-a7c4-46655440000f";

inline api::Workspace workspace_with_agent(const std::string& agent_status) {
  auto out = workspace("running");
  api::WorkspaceResource resource;
  api::WorkspaceAgent agent;
  agent.id = *Uuid::parse("eeeeeeee-9b41-4d16-a7c4-46655440000f");
  agent.name = "main";
  agent.status = agent_status;
  agent.lifecycle_state = "ready";
  agent.startup_script_behavior = "non-blocking";
  resource.agents.push_back(agent);
  out.latest_build.resources.push_back(resource);
  return out;
}

constexpr const char* kAgent = "/api/v2/workspaceagents/eeeeeeee-9b41-4d16-a7c4-46655440000f";

}  // namespace slipway::cli
