// Inside the SSH server: one connection. libssh runs non-blocking on the connection's own loop: it talks through one end of
// a socket pair, the other end is spliced to the caller's stream, and whenever its socket stirs it is pumped and everyone
// who waits for a channel looks again. home: own thread; lives within SshServer::serve.
#pragma once

#include "agent/ssh_server.hpp"
#include "agent/ssh_socket.hpp"
#include "agent/watchdog.hpp"
#include "aio/event.hpp"
#include "aio/nursery.hpp"
#include "base/descriptor.hpp"

#include <libssh/callbacks.h>
#include <libssh/libssh.h>
#include <libssh/server.h>

#include <map>
#include <set>

namespace slipway::agent {

class SshConnection;
class SshCommand;

// One channel as a stream. Its connection outlives it.
class SshChannel final : public net::Stream {
 public:
  // `raw` is open already, or opens() comes first.
  SshChannel(SshConnection& connection, ssh_channel raw, bool open = true);
  ~SshChannel() override;
  SshChannel(const SshChannel&) = delete;
  SshChannel& operator=(const SshChannel&) = delete;

  Task<Result<std::size_t>> read_some(std::span<char> into) override;
  Task<Result<void>> write(std::string_view bytes, std::string_view more = {}) override;
  Task<Result<void>> write_errors(std::string_view bytes);  // what a client shows as stderr
  Task<Result<void>> shutdown_send() override;
  void close() noexcept override;
  // One try of opening a channel towards the client, until it has answered.
  Task<Result<void>> opens(std::function<int(ssh_channel)> attempt);

  ssh_channel raw() const { return raw_; }
  bool is_over() const;
  void stirred();

 private:
  Task<Result<void>> send(std::string_view bytes, bool errors);
  int hand_over(std::string_view bytes, bool errors);
  Task<bool> stirs(aio::Event& event);

  SshConnection& connection_;
  ssh_channel raw_;
  bool open_, closed_ = false;
  aio::Event readable_, writable_, errors_writable_;
};

class SshConnection {
 public:
  SshConnection(aio::Executor home, const SshOptions& options, ssh_bind bind, SshVisit visit);
  ~SshConnection();
  SshConnection(const SshConnection&) = delete;
  SshConnection& operator=(const SshConnection&) = delete;

  // Until either side ends it.
  Task<void> serve(net::Stream& stream);

  const aio::Executor& home() const { return home_; }
  const SshOptions& options() const { return options_; }
  const SshVisit& visit() const { return visit_; }
  ssh_session raw() const { return session_; }
  bool is_over() const { return over_; }
  template <class F, class... Args>
  bool start(F function, Args... arguments) {
    return children_.start(std::move(function), std::move(arguments)...);
  }
  void join(SshChannel* channel) { channels_.insert(channel); }
  void leave(SshChannel* channel) { channels_.erase(channel); }
  // To be called after libssh was used: it may hold bytes to send, or have taken in packets meant for others.
  void flush();
  void forget(ssh_channel raw) { commands_.erase(raw); }

 private:
  static Task<void> read_loop(SshConnection* self);
  static Task<void> write_loop(SshConnection* self);
  static Task<void> carry(SshConnection* self, net::Stream* stream);
  static Task<void> hurry(SshConnection* self);
  static Task<void> dial_out(SshConnection* self, std::shared_ptr<ssh_message_struct> message);
  static Task<void> judge_forward(SshConnection* self, std::uint16_t port);
  static Task<void> accept_forwarded(SshConnection* self, std::shared_ptr<Listener> listener, std::string address);
  static Task<void> accept_from_socket(SshConnection* self, std::shared_ptr<Listener> listener, std::string path);
  static Task<void> forward_from_socket(SshConnection* self, std::shared_ptr<net::Stream> stream, std::string path);
  static Task<void> forward_one(SshConnection* self, std::shared_ptr<net::Stream> stream, std::string address, int port);
  Result<void> begin();
  void pump();
  void take_messages();
  void take(ssh_message message);
  bool opens_channel(const std::shared_ptr<ssh_message_struct>& message);
  bool asks_of_channel(ssh_message message);
  bool asks_globally(ssh_message message);
  bool asks_for_socket(ssh_message message, const std::string& path);
  void end();
  void hang_up();

  aio::Executor home_;
  const SshOptions& options_;
  Descriptor outer_;  // spliced with the stream
  ssh_session session_ = nullptr;
  ssh_bind bind_;
  SshVisit visit_;
  ssh_event event_ = nullptr;
  std::optional<AsioDescriptor> watched_;  // libssh's own end, by a second descriptor
  aio::Event wake_writer_, ended_, carried_;
  std::set<SshChannel*> channels_;
  std::map<ssh_channel, std::shared_ptr<SshCommand>> commands_;
  std::map<std::uint16_t, std::shared_ptr<Listener>> forwards_;
  std::map<std::string, std::shared_ptr<Listener>> socket_forwards_;
  ssh_counter_struct counted_{};  // by libssh, as packets come in
  ssh_counter_struct carried_bytes_{};
  Stall stall_;
  std::uint64_t pumped_packets_ = 0;
  bool key_exchanged_ = false, authenticated_ = false, over_ = false, hung_up_ = false;
  aio::Nursery carrying_, children_;
};

}  // namespace slipway::agent
