// Child processes: an argument array, an environment built from nothing, streams as pipes, one process group each.
// No child outlives its Process: destroying one that still runs kills its whole group. home: the loop given to start().
#pragma once

#include "aio/confinement.hpp"
#include "aio/task_fwd.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"

#include <csignal>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::aio {

// "NAME=value" entries; setting a name again replaces it.
class Environment {
 public:
  void set(std::string_view name, std::string_view value);
  void remove(std::string_view name);
  std::optional<std::string_view> get(std::string_view name) const;
  const std::vector<std::string>& entries() const { return entries_; }

 private:
  std::vector<std::string> entries_;
};

struct ProcessIdentity {
  unsigned uid = 0;
  unsigned gid = 0;
  std::vector<unsigned> groups = {};
};

enum class Pipe { null, open, inherit };  // /dev/null, a pipe to us, or our own descriptor

struct ProcessOptions {
  std::vector<std::string> argv;  // argv[0] is a path: no search, no shell (see find_program)
  Environment environment = {};   // exactly this, nothing inherited
  std::string directory = {};     // empty: ours
  Pipe input = Pipe::null;
  Pipe output = Pipe::open;
  Pipe errors = Pipe::open;  // set `errors_to_output` for one stream in the order written
  bool errors_to_output = false;
  bool outlives_reader = false;                  // what it writes once we have died goes nowhere, instead of ending it (SIGPIPE)
  int terminal = -1;                             // descriptor that becomes all three streams and the controlling terminal
  bool new_session = false;                      // setsid instead of setpgid; implied by `terminal`
  bool keep_group = false;                       // true: members left in the group when the leader ends go on living
  int parent_death_signal = 0;                   // sent by the kernel when the thread that started it ends
  std::optional<ProcessIdentity> identity = {};  // dropped to before exec
  bool enter_as_ourselves = false;               // go to `directory` before that: it may lie below closed folders
  std::optional<Confinement> confinement = {};   // what it sees and reaches, arranged before the change of identity
  bool no_new_privileges = false;                // no set-user-ID program below it gains anything
};

struct Exit {
  bool exited = false;  // by itself, with `code`; otherwise by `signal`
  int code = -1;
  int signal = 0;
  bool ok() const { return exited && code == 0; }
  std::string describe() const;  // "exit status 1", "signal 9 (Killed)"
};

class Process {
 public:
  // Returns once the new program runs. On the caller's thread, though fork takes milliseconds in a large process: the parent's death is
  // the death of the thread that forked. Errors: not_found, forbidden or internal with the failed step and its reason.
  static Result<Process> start(const asio::any_io_executor& home, const ProcessOptions& options);
  Process(Process&&) noexcept;
  Process& operator=(Process&&) noexcept;
  ~Process();

  int pid() const;
  bool running() const;
  // Lets go of it: it goes on living, and nobody waits for it.
  void release();
  // Reads what is there, at most out.size() bytes; 0 at the end of the stream.
  Task<Result<std::size_t>> read_output(std::span<char> out);
  Task<Result<std::size_t>> read_errors(std::span<char> out);
  Task<Result<void>> write_input(std::string_view bytes);
  void close_input();
  // Waits until the leader has ended. Cancelling the wait leaves the process alone.
  Task<Exit> wait();
  // To the whole group; false when nothing is left to signal.
  bool signal(int number);
  // `first` to the group, up to `grace` to end, then SIGKILL to the group; not interrupted by cancellation.
  Task<Exit> stop(int first = SIGTERM, Milliseconds grace = std::chrono::seconds(10));

 private:
  struct State;
  explicit Process(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// Cuts a byte stream into lines without their ends ("\n" or "\r\n"); a line longer than `most` bytes is cut into pieces.
class LineSplitter {
 public:
  using Sink = std::function<void(std::string_view)>;
  explicit LineSplitter(std::size_t most = 64 << 10) : most_(most) {}
  void feed(std::string_view bytes, const Sink& sink);
  void finish(const Sink& sink);

 private:
  std::size_t most_;
  std::string rest_;
};

// What follow() does with a process whose coroutine is cancelled.
struct StopPolicy {
  int first = SIGTERM;
  Milliseconds grace = std::chrono::seconds(10);
};

enum class Channel { output, errors };
using LineSink = std::function<void(Channel, std::string_view)>;

// Reads both streams line by line to their end and waits for the exit. When the caller is cancelled, the process is
// stopped by `policy` before the cancellation goes on.
Task<Exit> follow(Process& process, const LineSink& sink, StopPolicy policy = {}, std::size_t longest_line = 64 << 10);

struct Collected {
  Exit exit;
  std::string output;
  std::string errors;
  bool cut = false;  // more than `most` bytes came; the rest was read and dropped
};

// Runs to the end with `input` on stdin and both outputs in memory. Errors: those of start(), timed_out after `limit`.
Task<Result<Collected>> run(ProcessOptions options, std::string input = {}, Milliseconds limit = std::chrono::seconds(30),
                            std::size_t most = 16 << 20);

// First executable file of that name in a PATH-like list (ours when empty); a name with a slash is only checked.
std::optional<std::string> find_program(std::string_view name, std::string_view path = {});

}  // namespace slipway::aio
