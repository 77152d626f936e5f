// A pseudo-terminal and the shell in it. home: the loop given to open().
#pragma once

#include "agent/commands.hpp"
#include "agent/terminal_input.hpp"
#include "aio/subprocess.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>

namespace slipway::agent {

class Pty {
 public:
  // `command` by the shell's -c, or a login shell when it is empty. `term` becomes TERM.
  static Result<std::unique_ptr<Pty>> open(const asio::any_io_executor& home, const CommandEnvironment& environment, const std::string& command,
                                           TerminalSize size, const std::string& term);

  // 0 once nothing holds the terminal open any more.
  Task<Result<std::size_t>> read_some(std::span<char> into);
  Task<Result<void>> write(std::string_view bytes);
  void resize(TerminalSize size);  // a size that is not set is ignored
  aio::Process& process() { return process_; }
  void close();

 private:
  using Descriptor = asio::posix::basic_stream_descriptor<asio::any_io_executor>;
  Pty(Descriptor master, aio::Process process) : master_(std::move(master)), process_(std::move(process)) {}

  Descriptor master_;
  aio::Process process_;
};

}  // namespace slipway::agent
