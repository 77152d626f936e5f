// Inside the SSH server: what runs in a session channel - a command, a shell with its terminal, or sftp - and the requests
// that prepare it. home: own thread.
#pragma once

#include "agent/pty.hpp"
#include "agent/ssh_connection.hpp"
#include "aio/subprocess.hpp"

namespace slipway::agent {

class SshCommand : public std::enable_shared_from_this<SshCommand> {
 public:
  SshCommand(SshConnection& connection, ssh_channel raw);
  ~SshCommand();

  // Requests of the client, in their order; false refuses.
  bool set_variable(std::string_view name, std::string_view value);
  bool want_terminal(std::string_view term, TerminalSize size);
  void resize(TerminalSize size);
  void signal(std::string_view name);
  bool forward_agent();
  bool forward_x11(std::string_view protocol, std::string_view cookie, bool once, unsigned screen);
  // An empty command is a login shell.
  bool run(std::string command);
  bool run_subsystem(std::string_view name);

  static Task<void> serve(std::shared_ptr<SshCommand> self);

 private:
  enum class Kind { none, shell, command, sftp };
  CommandEnvironment environment() const;
  Task<void> serve_pipes();
  Task<void> serve_terminal();
  Task<void> serve_sftp();
  Task<void> complain(std::string text);
  void tell_kind() const;
  Task<void> finish(aio::Exit exit);
  static Task<void> feed_process(SshCommand* self);
  static Task<void> feed_terminal(SshCommand* self);
  Task<void> drain_process(bool errors);
  static Task<void> watch_terminal(SshCommand* self);
  static Task<void> serve_agent(std::weak_ptr<SshCommand> owner, std::shared_ptr<Listener> listener);
  static Task<void> serve_display(std::weak_ptr<SshCommand> owner, std::shared_ptr<Listener> listener, bool once);
  static Task<void> show(SshConnection* connection, std::shared_ptr<net::Stream> program, int port);
  bool own_folder();
  static Task<void> ask_agent(SshConnection* connection, std::shared_ptr<net::Stream> asker);

  SshConnection& connection_;
  SshChannel channel_;
  ssh_channel_callbacks_struct callbacks_{};
  Kind kind_ = Kind::none;
  std::string command_;
  std::vector<std::pair<std::string, std::string>> variables_;
  std::string term_;
  TerminalSize size_;
  std::unique_ptr<Pty> terminal_;
  std::optional<aio::Process> process_;
  std::string folder_;  // for sockets and cookies of this session
  std::shared_ptr<Listener> agent_, display_;
  std::string display_name_;
  std::uint64_t carried_ = 0;  // bytes of the terminal sent on
  bool sending_ = false;
  aio::Nursery beside_;  // what runs beside serve(); ended by it
};

}  // namespace slipway::agent
