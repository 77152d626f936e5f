#include "agent/pty.hpp"

#include "agent/files.hpp"
#include "aio/task.hpp"
#include "base/descriptor.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include <fcntl.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

namespace slipway::agent {

namespace {

struct Ends {
  Descriptor master;
  Descriptor slave;
};

std::unexpected<Error> broken(const char* step) { return fail_internal(fmt::format("open a terminal: {}: {}", step, std::strerror(errno))); }

Result<Ends> open_ends() {
  Ends ends;
  ends.master = Descriptor(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!ends.master) return broken("posix_openpt");
  if (::grantpt(ends.master.get()) != 0 || ::unlockpt(ends.master.get()) != 0) return broken("unlockpt");
  char name[128];
  if (::ptsname_r(ends.master.get(), name, sizeof(name)) != 0) return broken("ptsname");
  ends.slave = Descriptor(::open(name, O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!ends.slave) return broken(name);
  return ends;
}

void set_size(int fd, TerminalSize size) {
  const winsize wanted{.ws_row = size.rows, .ws_col = size.columns, .ws_xpixel = 0, .ws_ypixel = 0};
  if (size.is_set()) ::ioctl(fd, TIOCSWINSZ, &wanted);
}

// Input is UTF-8: without this flag a backspace takes one byte of a character.
void expect_utf8(int fd) {
  termios settings{};
  if (::tcgetattr(fd, &settings) != 0) return;
  settings.c_iflag |= IUTF8;
  ::tcsetattr(fd, TCSANOW, &settings);
}

}  // namespace

Result<std::unique_ptr<Pty>> Pty::open(const asio::any_io_executor& home, const CommandEnvironment& environment, const std::string& command,
                                       TerminalSize size, const std::string& term) {
  TRY(ends, open_ends());
  set_size(ends.master.get(), size);
  expect_utf8(ends.slave.get());
  std::vector<std::string> arguments{environment.shell};
  if (command.empty()) {
    arguments.emplace_back("-l");
  } else {
    arguments.emplace_back("-c");
    arguments.push_back(command);
  }
  auto options = process_options(environment, std::move(arguments));
  options.environment.set("TERM", term);
  options.terminal = ends.slave.get();
  options.keep_group = true;  // what was started with nohup outlives its terminal
  TRY(process, aio::Process::start(home, options));
  return std::unique_ptr<Pty>(new Pty(Descriptor(home, ends.master.release()), std::move(process)));
}

Task<Result<std::size_t>> Pty::read_some(std::span<char> into) {
  auto [failed, count] = co_await master_.async_read_some(asio::buffer(into.data(), into.size()), aio::tuple);
  if (!failed) co_return count;
  if (failed == asio::error::operation_aborted) co_return fail(Code::cancelled, "The read was cancelled.");
  co_return 0;  // EIO is how a terminal says that nobody is at its other end
}

Task<Result<void>> Pty::write(std::string_view bytes) {
  auto [failed, count] = co_await asio::async_write(master_, asio::buffer(bytes.data(), bytes.size()), aio::tuple);
  if (failed) co_return fail_internal("write to a terminal: " + failed.message());
  co_return Result<void>{};
}

void Pty::resize(TerminalSize size) {
  if (master_.is_open()) set_size(master_.native_handle(), size);
}

void Pty::close() {
  boost::system::error_code ignored;
  master_.close(ignored);
}

}  // namespace slipway::agent
