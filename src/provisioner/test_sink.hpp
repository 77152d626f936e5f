// What the engine tests share: a sink that remembers, and archives from a few names and texts. Only *_test.cpp include
// it.
#pragma once

#include "aio/loops.hpp"
#include "aio/task.hpp"
#include "formats/archive.hpp"
#include "provisioner/engine.hpp"

namespace slipway::provisioner {

struct TestSink : Sink {
  void log(LogLine line) override {
    if (on_line) on_line(line);
    lines.push_back(std::move(line));
  }
  Task<std::optional<Failure>> planned(const Outcome& plan) override {
    planned_cost = plan.daily_cost();
    co_return refuse;
  }
  std::string all() const {
    std::string out;
    for (const auto& line : lines) out += fmt::format("[{}] {} {}\n", line.stage, to_string(line.level), line.output);
    return out;
  }
  std::string stages() const {
    std::string out;
    for (const auto& line : lines)
      if (line.source == LogSource::provisioner_daemon && line.output.empty()) out += line.stage + ";";
    return out;
  }
  bool has(std::string_view part) const { return all().find(part) != std::string::npos; }

  std::vector<LogLine> lines;
  std::function<void(const LogLine&)> on_line;
  std::optional<Failure> refuse;
  std::optional<std::int64_t> planned_cost;
};

inline std::string archive_of(const std::vector<std::pair<std::string, std::string>>& files) {
  std::vector<formats::ArchiveEntry> entries;
  for (const auto& [path, bytes] : files) entries.push_back({path, bytes});
  return formats::write_archive(formats::ArchiveKind::tar, entries).value();
}

inline JobInput job_of(JobKind kind, std::string archive, Transition transition = Transition::start) {
  JobInput input;
  input.id = JobId::random();
  input.kind = kind;
  input.archive = std::move(archive);
  input.access_url = "http://127.0.0.1:7080";
  input.workspace.id = Uuid::random().str();
  input.workspace.name = "dev";
  input.workspace.template_id = Uuid::random().str();
  input.workspace.template_name = "test";
  input.workspace.template_version = "v1";
  input.workspace.build_id = Uuid::random().str();
  input.workspace.transition = transition;
  input.workspace.owner.id = Uuid::random().str();
  input.workspace.owner.name = "ana";
  input.workspace.owner.email = "ana@example.com";
  return input;
}

// Runs on a loop of its own; `stop`, when given, starts beside it and may cancel.
inline Finished run_job(Engine& engine, const JobInput& input, TestSink& sink, std::function<void(Cancel&)> at_start = {}) {
  aio::Loops loops(1);
  Finished done;
  const auto main = [](Engine& e, const JobInput& i, TestSink& s, std::function<void(Cancel&)>& start, Finished& out) -> Task<int> {
    Cancel cancel(co_await aio::executor());
    if (start) start(cancel);
    out = co_await e.run(i, s, cancel);
    co_return 0;
  };
  loops.run(main(engine, input, sink, at_start, done));
  return done;
}

}  // namespace slipway::provisioner
