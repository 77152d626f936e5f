#include "agent/ssh_connection.hpp"

#include "agent/listening_ports.hpp"
#include "agent/ssh_command.hpp"
#include "agent/ssh_streamlocal.hpp"
#include "aio/blocking.hpp"
#include "aio/task.hpp"
#include "base/log.hpp"
#include "tunnel/relay.hpp"

#include <fcntl.h>

namespace slipway::agent {

namespace {

constexpr Milliseconds kLoginLimit{60'000};
constexpr Milliseconds kGoodbye{1'000};
constexpr int kTurns = 64;  // of libssh in one go, 4 KiB each, before others have theirs
constexpr std::size_t kMostForwards = 64;

// libssh calls these deprecated in favour of callbacks that it only makes when it also takes all decisions itself.
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wdeprecated-declarations"
std::string term_of(ssh_message message) {
  const char* term = ssh_message_channel_request_pty_term(message);
  return term ? term : "";
}
TerminalSize size_of(ssh_message message) {
  const auto bounded = [](int cells) { return static_cast<unsigned short>(std::clamp(cells, 0, 10'000)); };
  return {.rows = bounded(ssh_message_channel_request_pty_height(message)), .columns = bounded(ssh_message_channel_request_pty_width(message))};
}
bool asks_for_x11(SshCommand& command, ssh_message message) {
  const char* protocol = ssh_message_channel_request_x11_auth_protocol(message);
  const char* cookie = ssh_message_channel_request_x11_auth_cookie(message);
  const int screen = ssh_message_channel_request_x11_screen_number(message);
  if (!protocol || !cookie || screen < 0) return false;
  return command.forward_x11(protocol, cookie, ssh_message_channel_request_x11_single_connection(message) != 0, static_cast<unsigned>(screen));
}
#pragma clang diagnostic pop

std::string text(const char* maybe) { return maybe ? maybe : ""; }

}  // namespace

SshConnection::SshConnection(aio::Executor home, const SshOptions& options, ssh_bind bind, SshVisit visit)
    : home_(std::move(home)),
      options_(options),
      bind_(bind),
      visit_(std::move(visit)),
      wake_writer_(home_),
      ended_(home_),
      carried_(home_),
      stall_(options.most_idle_turns),
      carrying_(home_),
      children_(home_, options.most_channels + kMostForwards + 16) {}

SshConnection::~SshConnection() {
  hang_up();
  if (event_) ssh_event_free(event_);
  if (session_) ssh_free(session_);
}

// Every channel is gone by now: libssh frees what it finds of them.
void SshConnection::hang_up() {
  over_ = true;
  commands_.clear();
  watched_.reset();
  if (!session_ || std::exchange(hung_up_, true)) return;
  if (event_) ssh_event_remove_session(event_, session_);
  ssh_disconnect(session_);
}

Result<void> SshConnection::begin() {
  TRY(ends, socket_pair());
  const int again = ::fcntl(ends.first.get(), F_DUPFD_CLOEXEC, 3);
  if (again < 0) return fail_internal("ssh: no descriptor left");
  watched_.emplace(home_, again);
  outer_ = std::move(ends.second);
  session_ = ssh_new();
  event_ = ssh_event_new();
  if (!session_ || !event_) return fail_internal("ssh: out of memory");
  ssh_set_blocking(session_, 0);
  ssh_set_counters(session_, &carried_bytes_, &counted_);
  // The descriptor is libssh's from here on, also when this fails.
  if (ssh_bind_accept_fd(bind_, session_, ends.first.release()) != SSH_OK) return fail_internal(fmt::format("ssh: {}", ssh_get_error(bind_)));
  ssh_set_blocking(session_, 0);
  take_in_streamlocal(session_);
  (void)ssh_handle_key_exchange(session_);
  if (ssh_event_add_session(event_, session_) != SSH_OK) return fail_internal("ssh: cannot watch the session");
  return {};
}

Task<void> SshConnection::serve(net::Stream& stream) {
  if (auto begun = begin(); !begun) {
    log::error("an SSH connection could not be set up", {{"why", begun.error().why}});
    over_ = true;
    co_return stream.close();
  }
  carrying_.start(carry, this, &stream);
  children_.start(read_loop, this);
  children_.start(write_loop, this);
  children_.start(hurry, this);
  wake_writer_.notify();
  try {
    co_await ended_.wait();
  } catch (const boost::system::system_error&) {
    end();
  }
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  co_await children_.stop();
  // What libssh said last goes out, and an end is passed on as an end: a cut would look like an error to the client.
  hang_up();
  if (carrying_.size() > 0) co_await carried_.wait_for(kGoodbye);
  co_await carrying_.stop();
  stream.close();
}

// The outer end of the socket pair and the caller's stream are one.
Task<void> SshConnection::carry(SshConnection* self, net::Stream* stream) {
  const auto ours = socket_stream(self->home_, std::move(self->outer_));
  co_await tunnel::splice(*ours, *stream);
  self->carried_.notify();
}

Task<void> SshConnection::hurry(SshConnection* self) {
  co_await aio::sleep(kLoginLimit);
  if (!self->authenticated_) self->end();
}

Task<void> SshConnection::read_loop(SshConnection* self) {
  while (!self->over_) {
    const auto [ec] = co_await self->watched_->async_wait(AsioDescriptor::wait_read, aio::tuple);
    if (ec) co_return self->end();
    self->pump();
  }
}

Task<void> SshConnection::write_loop(SshConnection* self) {
  while (!self->over_) {
    co_await self->wake_writer_.wait();
    self->pump();
    while (!self->over_ && ssh_get_poll_flags(self->session_) & SSH_WRITE_PENDING) {
      const auto [ec] = co_await self->watched_->async_wait(AsioDescriptor::wait_write, aio::tuple);
      if (ec) co_return self->end();
      self->pump();
    }
  }
}

void SshConnection::flush() {
  if (over_) return;
  if (counted_.in_packets != pumped_packets_ || ssh_get_poll_flags(session_) & SSH_WRITE_PENDING) wake_writer_.notify();
}

void SshConnection::pump() {
  const Doing doing("pumping an SSH connection");
  for (int turn = 0; turn < kTurns && !over_; ++turn) {
    const int stirred = ssh_event_dopoll(event_, 0);
    if (!key_exchanged_) {
      const int outcome = ssh_handle_key_exchange(session_);
      if (outcome == SSH_ERROR) return end();
      key_exchanged_ = outcome == SSH_OK;
    }
    if (key_exchanged_) take_messages();
    if (stirred == SSH_ERROR || !ssh_is_connected(session_) || ssh_get_status(session_) & (SSH_CLOSED | SSH_CLOSED_ERROR)) return end();
    if (stirred == SSH_AGAIN) break;
  }
  pumped_packets_ = counted_.in_packets;
  if (stall_.turned(carried_bytes_.in_bytes + carried_bytes_.out_bytes)) {
    log::error("an SSH connection turns without carrying anything; it is closed", {{"channels", std::to_string(channels_.size())}});
    return end();
  }
  for (SshChannel* channel : channels_) channel->stirred();
}

void SshConnection::end() {
  if (std::exchange(over_, true)) return;
  for (SshChannel* channel : channels_) channel->stirred();
  wake_writer_.notify();
  ended_.notify();
}

void SshConnection::take_messages() {
  while (ssh_message message = ssh_message_get(session_)) take(message);
}

void SshConnection::take(ssh_message raw) {
  const std::shared_ptr<ssh_message_struct> message(raw, ssh_message_free);
  bool granted = false;
  switch (ssh_message_type(raw)) {
    case SSH_REQUEST_SERVICE: granted = ssh_message_service_reply_success(raw) == SSH_OK; break;
    case SSH_REQUEST_AUTH:
      authenticated_ = true;
      granted = ssh_message_auth_reply_success(raw, 0) == SSH_OK;
      break;
    case SSH_REQUEST_CHANNEL_OPEN: granted = opens_channel(message); break;
    case SSH_REQUEST_CHANNEL: granted = asks_of_channel(raw); break;
    case SSH_REQUEST_GLOBAL: granted = asks_globally(raw); break;
    default: break;
  }
  if (!granted) ssh_message_reply_default(raw);
}

bool SshConnection::opens_channel(const std::shared_ptr<ssh_message_struct>& message) {
  if (channels_.size() >= options_.most_channels) return false;
  if (ssh_message_subtype(message.get()) == SSH_CHANNEL_DIRECT_TCPIP) return options_.dial && start(dial_out, this, message);
  if (ssh_message_subtype(message.get()) != SSH_CHANNEL_SESSION) return false;
  const ssh_channel raw = ssh_message_channel_request_open_reply_accept(message.get());
  if (raw) commands_.emplace(raw, std::make_shared<SshCommand>(*this, raw));
  return raw != nullptr;
}

bool SshConnection::asks_of_channel(ssh_message message) {
  const auto found = commands_.find(ssh_message_channel_request_channel(message));
  if (found == commands_.end()) return false;
  const auto command = found->second;
  bool granted = false;
  switch (ssh_message_subtype(message)) {
    case SSH_CHANNEL_REQUEST_PTY: granted = command->want_terminal(term_of(message), size_of(message)); break;
    case SSH_CHANNEL_REQUEST_WINDOW_CHANGE:
      command->resize(size_of(message));
      granted = true;
      break;
    case SSH_CHANNEL_REQUEST_ENV:
      granted = command->set_variable(text(ssh_message_channel_request_env_name(message)), text(ssh_message_channel_request_env_value(message)));
      break;
    case SSH_CHANNEL_REQUEST_EXEC: granted = command->run(text(ssh_message_channel_request_command(message))); break;
    case SSH_CHANNEL_REQUEST_SHELL: granted = command->run({}); break;
    case SSH_CHANNEL_REQUEST_X11: granted = asks_for_x11(*command, message); break;
    case SSH_CHANNEL_REQUEST_SUBSYSTEM: granted = command->run_subsystem(text(ssh_message_channel_request_subsystem(message))); break;
    default: break;
  }
  if (granted) ssh_message_channel_request_reply_success(message);
  return granted;
}

bool SshConnection::asks_globally(ssh_message message) {
  const std::string address = text(ssh_message_global_request_address(message));
  const int port = ssh_message_global_request_port(message);
  if (const auto path = socket_path_of(address)) return asks_for_socket(message, *path);
  if (port < 0 || port > 65535) return false;
  if (ssh_message_subtype(message) == SSH_GLOBAL_REQUEST_CANCEL_TCPIP_FORWARD) {
    const auto found = forwards_.find(static_cast<std::uint16_t>(port));
    if (found == forwards_.end()) return false;
    found->second->close();
    forwards_.erase(found);
    return ssh_message_global_request_reply_success(message, 0) == SSH_OK;
  }
  if (ssh_message_subtype(message) != SSH_GLOBAL_REQUEST_TCPIP_FORWARD || forwards_.size() >= kMostForwards) return false;
  auto listener = Listener::on_port(home_, static_cast<std::uint16_t>(port));
  if (!listener) return false;
  const auto shared = std::make_shared<Listener>(std::move(*listener));
  forwards_.emplace(shared->port(), shared);
  return start(accept_forwarded, this, shared, address) && ssh_message_global_request_reply_success(message, shared->port()) == SSH_OK;
}

bool SshConnection::asks_for_socket(ssh_message message, const std::string& named) {
  const std::string path = named.starts_with('/') ? named : options_.environment().directory + "/" + named;
  if (ssh_message_subtype(message) == SSH_GLOBAL_REQUEST_CANCEL_TCPIP_FORWARD) {
    const auto found = socket_forwards_.find(path);
    if (found == socket_forwards_.end()) return false;
    found->second->close();
    socket_forwards_.erase(found);
    return ssh_message_global_request_reply_success(message, 0) == SSH_OK;
  }
  if (forwards_.size() + socket_forwards_.size() >= kMostForwards || socket_forwards_.contains(path)) return false;
  auto listener = Listener::at_path(home_, path);
  if (!listener) return false;
  const auto shared = std::make_shared<Listener>(std::move(*listener));
  socket_forwards_.emplace(path, shared);
  return start(accept_from_socket, this, shared, named) && ssh_message_global_request_reply_success(message, 0) == SSH_OK;
}

Task<void> SshConnection::dial_out(SshConnection* self, std::shared_ptr<ssh_message_struct> message) {
  const std::string host = text(ssh_message_channel_request_open_destination(message.get()));
  const int port = ssh_message_channel_request_open_destination_port(message.get());
  const auto path = socket_path_of(host);
  auto dialled = connect_to_path(self->home_, path.value_or(""));
  if (!path) dialled = co_await self->options_.dial(host, static_cast<std::uint16_t>(port));
  if (dialled && !path && !self->over_ && self->visit_.kind) self->start(judge_forward, self, static_cast<std::uint16_t>(port));
  if (self->over_) co_return;
  const ssh_channel raw = dialled ? ssh_message_channel_request_open_reply_accept(message.get()) : nullptr;
  if (!raw) ssh_message_reply_default(message.get());
  message.reset();
  self->flush();
  if (!raw) co_return;
  SshChannel channel(*self, raw);
  co_await tunnel::splice(channel, **dialled);
}

// An editor that says nothing of itself is known by the server of its own that it reaches in the workspace.
Task<void> SshConnection::judge_forward(SshConnection* self, std::uint16_t port) {
  auto look = [port] { return is_jetbrains(command_line_of_listener(port)); };
  const bool jetbrains = co_await aio::blocking(look);
  if (jetbrains && self->visit_.jetbrains) co_return self->visit_.jetbrains();
  self->visit_.kind(SessionKind::ssh);
}

Task<void> SshConnection::accept_forwarded(SshConnection* self, std::shared_ptr<Listener> listener, std::string address) {
  while (true) {
    auto one = co_await listener->accept();
    if (!one) co_return;
    self->start(forward_one, self, std::shared_ptr<net::Stream>(std::move(*one)), address, int{listener->port()});
  }
}

Task<void> SshConnection::accept_from_socket(SshConnection* self, std::shared_ptr<Listener> listener, std::string path) {
  while (true) {
    auto one = co_await listener->accept();
    if (!one) co_return;
    self->start(forward_from_socket, self, std::shared_ptr<net::Stream>(std::move(*one)), path);
  }
}

Task<void> SshConnection::forward_from_socket(SshConnection* self, std::shared_ptr<net::Stream> stream, std::string path) {
  if (self->over_) co_return;
  SshChannel channel(*self, ssh_channel_new(self->session_), false);
  auto attempt = [&](ssh_channel raw) { return open_forwarded_socket(raw, path); };
  const auto opened = co_await channel.opens(attempt);
  if (opened) co_await tunnel::splice(channel, *stream);
}

Task<void> SshConnection::forward_one(SshConnection* self, std::shared_ptr<net::Stream> stream, std::string address, int port) {
  if (self->over_) co_return;
  SshChannel channel(*self, ssh_channel_new(self->session_), false);
  auto attempt = [&](ssh_channel raw) { return ssh_channel_open_reverse_forward(raw, address.c_str(), port, "127.0.0.1", 0); };
  const auto opened = co_await channel.opens(attempt);
  if (opened) co_await tunnel::splice(channel, *stream);
}

}  // namespace slipway::agent
