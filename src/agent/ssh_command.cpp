#include "agent/ssh_command.hpp"

#include "agent/ssh_sftp.hpp"
#include "agent/ssh_x11.hpp"
#include "aio/blocking.hpp"
#include "aio/task.hpp"
#include "base/descriptor.hpp"
#include "tunnel/relay.hpp"

#include <csignal>

#include <sys/stat.h>
#include <unistd.h>

namespace slipway::agent {

namespace {

constexpr std::size_t kPiece = 32 * 1024;        // the largest packet an OpenSSH client takes
constexpr std::size_t kSftpAtOnce = 128 * 1024;  // of answers, before they are sent
constexpr std::size_t kMostVariables = 256;
constexpr Milliseconds kLastWords{50};  // a terminal quiet for so long after its shell has ended is empty
constexpr Milliseconds kHangUp{2'000};
constexpr const char* kAuthority = "/xauthority";

struct Signal {
  std::string_view name;
  int number;
};
constexpr Signal kSignals[] = {{"ABRT", SIGABRT}, {"ALRM", SIGALRM}, {"FPE", SIGFPE},   {"HUP", SIGHUP},   {"ILL", SIGILL},
                               {"INT", SIGINT},   {"KILL", SIGKILL}, {"PIPE", SIGPIPE}, {"QUIT", SIGQUIT}, {"SEGV", SIGSEGV},
                               {"TERM", SIGTERM}, {"USR1", SIGUSR1}, {"USR2", SIGUSR2}};

bool is_name(std::string_view name) {
  const auto letter = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_'; };
  if (name.empty() || !letter(name[0])) return false;
  return std::all_of(name.begin(), name.end(), [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

void set(CommandEnvironment& environment, std::string_view name, std::string_view value) {
  std::erase_if(environment.variables, [&](const auto& one) { return one.first == name; });
  environment.variables.emplace_back(name, value);
}

}  // namespace

SshCommand::SshCommand(SshConnection& connection, ssh_channel raw) : connection_(connection), channel_(connection, raw), beside_(connection.home()) {
  callbacks_.userdata = this;
  callbacks_.channel_signal_function = [](ssh_session, ssh_channel, const char* name, void* self) {
    static_cast<SshCommand*>(self)->signal(name ? name : "");
  };
  callbacks_.channel_auth_agent_req_function = [](ssh_session, ssh_channel, void* self) { static_cast<SshCommand*>(self)->forward_agent(); };
  ssh_callbacks_init(&callbacks_);
  ssh_add_channel_callbacks(raw, &callbacks_);
}

SshCommand::~SshCommand() {
  ssh_remove_channel_callbacks(channel_.raw(), &callbacks_);
  if (folder_.empty()) return;
  ::unlink((folder_ + kAuthority).c_str());
  ::rmdir(folder_.c_str());
}

bool SshCommand::set_variable(std::string_view name, std::string_view value) {
  if (!is_name(name) || value.find('\0') != std::string_view::npos || variables_.size() >= kMostVariables) return false;
  variables_.emplace_back(name, value);
  return true;
}

bool SshCommand::want_terminal(std::string_view term, TerminalSize size) {
  if (kind_ != Kind::none) return false;
  term_ = term.empty() ? "xterm" : term;
  size_ = size;
  return true;
}

void SshCommand::resize(TerminalSize size) {
  size_ = size;
  if (terminal_) terminal_->resize(size);
}

void SshCommand::signal(std::string_view name) {
  for (const auto& known : kSignals) {
    if (known.name != name) continue;
    if (terminal_) terminal_->process().signal(known.number);
    if (process_) process_->signal(known.number);
  }
}

bool SshCommand::run(std::string command) {
  if (kind_ != Kind::none) return false;
  kind_ = command.empty() ? Kind::shell : Kind::command;
  command_ = std::move(command);
  tell_kind();
  return connection_.start(serve, shared_from_this());
}

bool SshCommand::run_subsystem(std::string_view name) {
  if (kind_ != Kind::none || name != "sftp") return false;
  kind_ = Kind::sftp;
  tell_kind();
  return connection_.start(serve, shared_from_this());
}

void SshCommand::tell_kind() const {
  if (!connection_.visit().kind) return;
  SessionKind kind = SessionKind::ssh;
  for (const auto& [name, value] : variables_)
    if (name == kSessionTypeVariable) kind = kind_declared(value);
  connection_.visit().kind(kind);
}

CommandEnvironment SshCommand::environment() const {
  auto environment = connection_.options().environment();
  for (const auto& [name, value] : variables_)
    if (name != kSessionTypeVariable) set(environment, name, value);
  // Programs ask these whether they run in an SSH session; the addresses are the tunnel's.
  set(environment, "SSH_CLIENT", "127.0.0.1 0 22");
  set(environment, "SSH_CONNECTION", "127.0.0.1 0 127.0.0.1 22");
  if (agent_) set(environment, "SSH_AUTH_SOCK", folder_ + "/agent");
  if (display_) {
    set(environment, "DISPLAY", display_name_);
    set(environment, "XAUTHORITY", folder_ + kAuthority);
  }
  return environment;
}

Task<void> SshCommand::serve(std::shared_ptr<SshCommand> self) {
  try {
    if (self->kind_ == Kind::sftp) {
      co_await self->serve_sftp();
    } else if (!self->term_.empty()) {
      co_await self->serve_terminal();
    } else {
      co_await self->serve_pipes();
    }
  } catch (const boost::system::system_error&) {
    // Cancelled: the connection is over. What was started hears of it below.
  }
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  co_await self->beside_.stop();
  if (self->process_ && self->process_->running()) co_await self->process_->stop(SIGHUP, kHangUp);
  if (self->terminal_) {
    self->terminal_->close();
    if (self->terminal_->process().running()) co_await self->terminal_->process().stop(SIGHUP, kHangUp);
  }
  for (auto* listener : {&self->agent_, &self->display_}) {
    if (*listener) (*listener)->close();
    listener->reset();
  }
  self->channel_.close();
  self->connection_.forget(self->channel_.raw());
}

Task<void> SshCommand::finish(aio::Exit exit) {
  if (connection_.visit().exited) connection_.visit().exited(exit.exited ? exit.code : 128 + exit.signal);
  if (!channel_.is_over()) {
    if (exit.exited) {
      ssh_channel_request_send_exit_status(channel_.raw(), exit.code);
    } else {
      std::string_view name = "KILL";
      for (const auto& known : kSignals)
        if (known.number == exit.signal) name = known.name;
      ssh_channel_request_send_exit_signal(channel_.raw(), name.data(), 0, "", "");
    }
    (void)co_await channel_.shutdown_send();
  }
  channel_.close();
}

Task<void> SshCommand::complain(std::string text) {
  (void)co_await channel_.write_errors(text + (term_.empty() ? "\n" : "\r\n"));
  co_await finish({.exited = true, .code = 127, .signal = 0});
}

// ---- without a terminal ----

Task<void> SshCommand::feed_process(SshCommand* self) {
  const auto buffer = std::make_unique_for_overwrite<char[]>(kPiece);
  bool takes = true;
  while (true) {
    const auto count = co_await self->channel_.read_some({buffer.get(), kPiece});
    // The client has gone without waiting for the end.
    if (!count) {
      if (count.error().code != Code::cancelled) self->process_->signal(SIGHUP);
      co_return;
    }
    if (*count == 0) co_return self->process_->close_input();
    if (takes) takes = (co_await self->process_->write_input({buffer.get(), *count})).has_value();
  }
}

Task<void> SshCommand::drain_process(bool errors) try {
  const auto buffer = std::make_unique_for_overwrite<char[]>(kPiece);
  const std::span<char> room(buffer.get(), kPiece);
  while (true) {
    const auto count = errors ? co_await process_->read_errors(room) : co_await process_->read_output(room);
    if (!count || *count == 0) co_return;
    const std::string_view bytes(buffer.get(), *count);
    const auto sent = errors ? co_await channel_.write_errors(bytes) : co_await channel_.write(bytes);
    if (!sent) co_return;
  }
} catch (const boost::system::system_error&) {
  // Cancelled: serve() ends what is left.
}

Task<void> SshCommand::serve_pipes() {
  const auto wanted = environment();
  std::vector<std::string> arguments{wanted.shell};
  if (kind_ == Kind::shell) {
    arguments.emplace_back("-l");
  } else {
    arguments.emplace_back("-c");
    arguments.push_back(command_);
  }
  auto options = process_options(wanted, std::move(arguments));
  options.input = aio::Pipe::open;
  options.new_session = true;
  options.keep_group = true;  // what was put in the background with nohup lives on
  auto started = aio::Process::start(connection_.home(), options);
  if (!started) co_return co_await complain("The command could not be started: " + started.error().say);
  process_.emplace(std::move(*started));
  beside_.start(feed_process, this);
  using namespace asio::experimental::awaitable_operators;
  co_await (drain_process(false) && drain_process(true));  // neither throws: two exceptions at once have another type
  co_await finish(co_await process_->wait());
}

// ---- with a terminal ----

Task<void> SshCommand::feed_terminal(SshCommand* self) {
  constexpr std::string_view kEndOfInput = "\x04";
  const auto buffer = std::make_unique_for_overwrite<char[]>(4096);
  while (true) {
    const auto count = co_await self->channel_.read_some({buffer.get(), 4096});
    if (!count) {
      if (count.error().code != Code::cancelled) self->terminal_->process().signal(SIGHUP);
      co_return;
    }
    const std::string_view bytes = *count == 0 ? kEndOfInput : std::string_view(buffer.get(), *count);
    if (!co_await self->terminal_->write(bytes) || *count == 0) co_return;
  }
}

// Something put in the background may hold the terminal open for ever: once the shell has ended, silence is the end.
Task<void> SshCommand::watch_terminal(SshCommand* self) {
  co_await self->terminal_->process().wait();
  std::uint64_t seen = 0;
  do {
    seen = self->carried_;
    co_await aio::sleep(kLastWords);
  } while (self->carried_ != seen || self->sending_);
  self->terminal_->close();
}

Task<void> SshCommand::serve_terminal() {
  if (kind_ == Kind::shell && connection_.options().greeting) {
    const std::string greeting = co_await connection_.options().greeting();
    (void)co_await channel_.write(greeting);
  }
  auto opened = Pty::open(connection_.home(), environment(), command_, size_, term_);
  if (!opened) co_return co_await complain("The terminal could not be opened: " + opened.error().say);
  terminal_ = std::move(*opened);
  beside_.start(feed_terminal, this);
  beside_.start(watch_terminal, this);
  const auto buffer = std::make_unique_for_overwrite<char[]>(kPiece);
  while (true) {
    const auto count = co_await terminal_->read_some({buffer.get(), kPiece});
    if (!count || *count == 0) break;
    sending_ = true;
    const auto sent = co_await channel_.write({buffer.get(), *count});
    sending_ = false;
    carried_ += *count;
    if (!sent) co_return;
  }
  co_await finish(co_await terminal_->process().wait());
}

// ---- files ----

Task<void> SshCommand::serve_sftp() {
  Sftp sftp(process_options(environment(), {}).directory);
  const auto buffer = std::make_unique_for_overwrite<char[]>(kPiece);
  while (true) {
    const auto count = co_await channel_.read_some({buffer.get(), kPiece});
    if (!count || *count == 0) break;
    bool sound = sftp.feed({buffer.get(), *count});
    while (sound) {
      std::string answers;
      auto work = [&] {
        while (answers.size() < kSftpAtOnce && sftp.step(answers)) {
        }
      };
      co_await aio::blocking(work);
      if (answers.empty()) break;
      sound = (co_await channel_.write(answers)).has_value();
    }
    if (!sound || !sftp.feed({})) break;
  }
  co_await finish({.exited = true, .code = 0, .signal = 0});
}

bool SshCommand::own_folder() {
  if (!folder_.empty()) return true;
  std::string folder = "/tmp/slipway-agent-XXXXXX";
  if (!::mkdtemp(folder.data())) return false;
  folder_ = folder;
  return true;
}

// ---- the client's key agent ----

bool SshCommand::forward_agent() {
  if (agent_) return true;
  if (!own_folder()) return false;
  auto listener = Listener::at_path(connection_.home(), folder_ + "/agent");
  if (!listener) return false;
  agent_ = std::make_shared<Listener>(std::move(*listener));
  return connection_.start(serve_agent, weak_from_this(), agent_);
}

Task<void> SshCommand::serve_agent(std::weak_ptr<SshCommand> owner, std::shared_ptr<Listener> listener) {
  while (true) {
    auto one = co_await listener->accept();
    const auto self = owner.lock();
    if (!one || !self) co_return;
    self->connection_.start(ask_agent, &self->connection_, std::shared_ptr<net::Stream>(std::move(*one)));
  }
}

Task<void> SshCommand::ask_agent(SshConnection* connection, std::shared_ptr<net::Stream> asker) {
  if (connection->is_over()) co_return;
  SshChannel channel(*connection, ssh_channel_new(connection->raw()), false);
  const auto opened = co_await channel.opens(ssh_channel_open_auth_agent);
  if (opened) co_await tunnel::splice(channel, *asker);
}

// ---- the client's screen ----

bool SshCommand::forward_x11(std::string_view protocol, std::string_view cookie, bool once, unsigned screen) {
  if (display_ || kind_ != Kind::none || !own_folder()) return false;
  auto display = open_display(connection_.home());
  if (!display) return false;
  const auto known = authority(display->number, protocol, cookie);
  if (!known) return false;
  const auto file = create_file(folder_ + kAuthority, 0600);
  if (!file) return false;
  const Descriptor written(*file);
  if (!write_all(written.get(), *known)) return false;
  display_ = display->listener;
  display_name_ = fmt::format("localhost:{}.{}", display->number, screen);
  return connection_.start(serve_display, weak_from_this(), display_, once);
}

Task<void> SshCommand::serve_display(std::weak_ptr<SshCommand> owner, std::shared_ptr<Listener> listener, bool once) {
  do {
    auto one = co_await listener->accept();
    const auto self = owner.lock();
    if (!one || !self) co_return;
    self->connection_.start(show, &self->connection_, std::shared_ptr<net::Stream>(std::move(*one)), int{listener->port()});
  } while (!once);
  listener->close();
}

Task<void> SshCommand::show(SshConnection* connection, std::shared_ptr<net::Stream> program, int port) {
  if (connection->is_over()) co_return;
  SshChannel channel(*connection, ssh_channel_new(connection->raw()), false);
  auto attempt = [port](ssh_channel raw) { return ssh_channel_open_x11(raw, "127.0.0.1", port); };
  const auto opened = co_await channel.opens(attempt);
  if (opened) co_await tunnel::splice(channel, *program);
}

}  // namespace slipway::agent
