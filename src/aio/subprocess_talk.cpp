// Reading what a process says, to its end, and finding programs.
#include "aio/subprocess.hpp"
#include "aio/task.hpp"

#include <fmt/format.h>

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

namespace slipway::aio {

void LineSplitter::feed(std::string_view bytes, const Sink& sink) {
  while (!bytes.empty()) {
    const auto end = bytes.find('\n');
    const auto piece = bytes.substr(0, end);
    const auto room = most_ - std::min(most_, rest_.size());
    rest_.append(piece.substr(0, room));
    if (piece.size() > room) {
      sink(rest_);
      rest_.clear();
      bytes.remove_prefix(room);
      continue;
    }
    if (end == std::string_view::npos) return;
    if (rest_.ends_with('\r')) rest_.pop_back();
    sink(rest_);
    rest_.clear();
    bytes.remove_prefix(end + 1);
  }
}

void LineSplitter::finish(const Sink& sink) {
  if (!rest_.empty()) sink(rest_);
  rest_.clear();
}

namespace {

Task<void> drain(Process& process, Channel channel, const std::function<void(std::string_view)>& take) {
  std::vector<char> buffer(16 << 10);
  while (true) {
    auto got = channel == Channel::output ? co_await process.read_output(buffer) : co_await process.read_errors(buffer);
    if (!got || *got == 0) co_return;
    take(std::string_view(buffer.data(), *got));
  }
}

Task<void> drain_lines(Process& process, Channel channel, const LineSink& sink, std::size_t longest) {
  LineSplitter lines(longest);
  const LineSplitter::Sink one = [&](std::string_view line) { sink(channel, line); };
  const std::function<void(std::string_view)> take = [&](std::string_view bytes) { lines.feed(bytes, one); };
  co_await drain(process, channel, take);
  lines.finish(one);
}

// Awaits `work`; when it unwinds, by cancellation or by a throw, the process is stopped first.
Task<void> or_stop(Process& process, Task<void> work, StopPolicy policy) {
  std::exception_ptr thrown;
  try {
    co_await std::move(work);
  } catch (...) {
    thrown = std::current_exception();
  }
  if (!thrown) co_return;
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  co_await process.stop(policy.first, policy.grace);
  std::rethrow_exception(thrown);
}

// Without keep_group nothing that the leader left behind may hold the streams open: waiting ends it.
Task<void> read_and_wait(Process& process, const LineSink& sink, std::size_t longest, Exit& exit) {
  using namespace asio::experimental::awaitable_operators;
  exit = co_await (process.wait() && drain_lines(process, Channel::output, sink, longest) && drain_lines(process, Channel::errors, sink, longest));
}

}  // namespace

Task<Exit> follow(Process& process, const LineSink& sink, StopPolicy policy, std::size_t longest_line) {
  Exit exit;
  co_await or_stop(process, read_and_wait(process, sink, longest_line, exit), policy);
  co_return exit;
}

namespace {

void take_up_to(std::string& into, std::string_view bytes, std::size_t most, bool& cut) {
  const auto room = most - std::min(most, into.size());
  into.append(bytes.substr(0, room));
  cut = cut || bytes.size() > room;
}

Task<void> feed(Process& process, std::string_view input) {
  if (!input.empty()) (void)co_await process.write_input(input);  // a program may end without reading it all
  process.close_input();
}

Task<Result<void>> collect(Process& process, std::string_view input, Collected& into, std::size_t most) {
  using namespace asio::experimental::awaitable_operators;
  const std::function<void(std::string_view)> out = [&](std::string_view b) { take_up_to(into.output, b, most, into.cut); };
  const std::function<void(std::string_view)> err = [&](std::string_view b) { take_up_to(into.errors, b, most, into.cut); };
  into.exit = co_await (process.wait() && feed(process, input) && drain(process, Channel::output, out) && drain(process, Channel::errors, err));
  co_return Result<void>{};
}

}  // namespace

Task<Result<Collected>> run(ProcessOptions options, std::string input, Milliseconds limit, std::size_t most) {
  options.input = Pipe::open;
  const auto home = co_await executor();
  CO_TRY(process, Process::start(home, options));
  Collected into;
  CO_CHECK(co_await with_deadline(limit, "The program took too long and was ended.", collect(process, input, into, most)));
  co_return into;
}

std::optional<std::string> find_program(std::string_view name, std::string_view path) {
  const auto runnable = [](const std::string& file) {
    struct stat info{};
    return ::stat(file.c_str(), &info) == 0 && S_ISREG(info.st_mode) && ::access(file.c_str(), X_OK) == 0;
  };
  if (name.find('/') != std::string_view::npos) {
    std::string file(name);
    return runnable(file) ? std::optional(file) : std::nullopt;
  }
  if (path.empty())
    if (const char* ours = std::getenv("PATH")) path = ours;
  while (!path.empty()) {
    const auto end = std::min(path.find(':'), path.size());
    auto file = fmt::format("{}/{}", end == 0 ? "." : path.substr(0, end), name);
    if (runnable(file)) return file;
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return std::nullopt;
}

}  // namespace slipway::aio
