#include "agent/metadata.hpp"

#include "agent/duration.hpp"
#include "base/log.hpp"
#include "base/utf8.hpp"

namespace slipway::agent {

namespace {

constexpr Milliseconds kTick = Seconds(1);
constexpr std::size_t kMostOutput = 10 * 1024;

struct Captured {
  std::string output;
  std::size_t total = 0;
  aio::Exit exit;
};

Task<void> read_all(aio::Process& process, Captured& into) {
  std::array<char, 4096> buffer{};
  while (true) {
    const auto got = co_await process.read_output(buffer);
    if (!got || *got == 0) co_return;
    into.total += *got;
    into.output.append(buffer.data(), std::min(*got, kMostOutput - std::min(kMostOutput, into.output.size())));
  }
}

// The end of the command ends its output too: what it left behind is killed with its group.
Task<Result<int>> run_to_end(aio::Process& process, Captured& into) {
  using namespace asio::experimental::awaitable_operators;
  into.exit = co_await (process.wait() && read_all(process, into));
  co_return 0;
}

void add_problem(std::string& to, std::string problem) { to += (to.empty() ? "" : "\n") + std::move(problem); }

}  // namespace

MetadataItem to_item(const api::AgentMetadataDescription& description) {
  MetadataItem out{
      .key = description.key, .script = description.script, .interval = span_of(description.interval), .timeout = span_of(description.timeout)};
  if (out.timeout.count() == 0) out.timeout = out.interval;
  if (out.timeout.count() == 0) out.timeout = 3 * kTick;
  return out;
}

Task<api::AgentMetadataValue> collect(const Commands& commands, const MetadataItem& item, const Clock& clock) {
  api::AgentMetadataValue out{.key = item.key, .collected_at = clock.now(), .age = 0, .value = {}, .error = {}};
  const auto environment = commands.now();
  auto options = process_options(environment, script_arguments(environment.shell, item.script));
  options.errors_to_output = true;
  if (!options.argv[0].contains('/')) options.argv[0] = aio::find_program(options.argv[0]).value_or(options.argv[0]);
  auto process = aio::Process::start(co_await aio::executor(), options);
  if (!process) {
    out.error = "start cmd: " + process.error().say;
    co_return out;
  }
  Captured captured;
  const auto ended = co_await aio::with_deadline(item.timeout, "", run_to_end(*process, captured));
  if (!ended)
    add_problem(out.error, fmt::format("run cmd: ended after its limit of {} ms", item.timeout.count()));
  else if (!captured.exit.ok())
    add_problem(out.error, "run cmd: " + captured.exit.describe());
  if (captured.total > kMostOutput) add_problem(out.error, fmt::format("output truncated from {} to {} bytes", captured.total, kMostOutput));
  out.value = utf8::clean(utf8::cut(captured.output, kMostOutput));
  co_return out;
}

Task<void> Metadata::keep_running(MetadataItem item) {
  using SteadyClock = std::chrono::steady_clock;
  auto due = SteadyClock::now();
  while (true) {
    auto value = co_await collect(commands_, item, clock_);
    newest_[item.key] = std::move(value);
    if (item.interval.count() == 0) co_return;
    due = std::max(due + item.interval, SteadyClock::now());
    co_await aio::sleep(std::chrono::ceil<Milliseconds>(due - SteadyClock::now()));
  }
}

Task<Result<void>> Metadata::run(std::vector<api::AgentMetadataDescription> descriptions, ControlPlane& server) {
  auto keep = [](Metadata* self, MetadataItem item) -> Task<void> { co_await self->keep_running(std::move(item)); };
  for (const auto& description : descriptions) nursery_.start(keep, this, to_item(description));
  while (true) {
    co_await aio::sleep(descriptions.empty() ? Milliseconds(std::chrono::hours(24)) : kTick);
    api::AgentMetadataReport report;
    for (auto& [key, value] : std::exchange(newest_, {})) report.metadata.push_back(std::move(value));
    if (report.metadata.empty()) continue;
    const auto sent = co_await server.report_metadata(std::move(report));
    if (sent) continue;
    if (sent.error().code == Code::unauthenticated) co_return sent;
    log::warn("metadata could not be reported", {{"why", sent.error().why}});
  }
}

}  // namespace slipway::agent
