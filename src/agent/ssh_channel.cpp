#include "agent/ssh_connection.hpp"
#include "aio/task.hpp"

namespace slipway::agent {

namespace {

std::unexpected<Error> broken() {
  return std::unexpected(Error{.code = Code::bad_gateway, .say = "The SSH connection broke.", .why = "ssh channel closed"});
}

}  // namespace

SshChannel::SshChannel(SshConnection& connection, ssh_channel raw, bool open)
    : connection_(connection),
      raw_(raw),
      open_(open),
      readable_(connection.home()),
      writable_(connection.home()),
      errors_writable_(connection.home()) {
  connection_.join(this);
}

SshChannel::~SshChannel() {
  connection_.leave(this);
  close();
  ssh_channel_free(raw_);
}

bool SshChannel::is_over() const { return closed_ || connection_.is_over() || ssh_channel_is_closed(raw_); }

void SshChannel::stirred() {
  readable_.notify();
  writable_.notify();
  errors_writable_.notify();
}

// False when the caller was cancelled meanwhile.
Task<bool> SshChannel::stirs(aio::Event& event) {
  try {
    co_await event.wait();
    co_return true;
  } catch (const boost::system::system_error&) {
    co_return false;
  }
}

Task<Result<std::size_t>> SshChannel::read_some(std::span<char> into) {
  while (true) {
    if (closed_) co_return slipway::fail(Code::cancelled, "The channel was closed.");
    const auto room = static_cast<std::uint32_t>(std::min<std::size_t>(into.size(), 1 << 20));
    const int count = ssh_channel_read_nonblocking(raw_, into.data(), room, 0);
    connection_.flush();
    if (count > 0) co_return static_cast<std::size_t>(count);
    if (count == SSH_EOF || ssh_channel_is_eof(raw_)) co_return std::size_t{0};
    if (connection_.is_over() || ssh_channel_is_closed(raw_)) co_return broken();
    if (!co_await stirs(readable_)) co_return slipway::fail(Code::cancelled, "The read was cancelled.");
  }
}

int SshChannel::hand_over(std::string_view bytes, bool errors) {
  const Doing doing("writing to an SSH channel");
  const auto size = static_cast<std::uint32_t>(bytes.size());
  return errors ? ssh_channel_write_stderr(raw_, bytes.data(), size) : ssh_channel_write(raw_, bytes.data(), size);
}

Task<Result<void>> SshChannel::send(std::string_view bytes, bool errors) {
  aio::Event& event = errors ? errors_writable_ : writable_;
  while (!bytes.empty()) {
    if (is_over()) co_return broken();
    // Nothing is handed over while libssh still holds unsent bytes: its buffer would grow by the whole window.
    const bool clogged = ssh_get_poll_flags(connection_.raw()) & SSH_WRITE_PENDING;
    const auto window = clogged ? 0U : ssh_channel_window_size(raw_);
    if (window == 0) {
      connection_.flush();
      if (!co_await stirs(event)) co_return slipway::fail(Code::cancelled, "The write was cancelled.");
      continue;
    }
    const auto size = std::min<std::size_t>(bytes.size(), window);
    const int written = hand_over(bytes.substr(0, size), errors);
    connection_.flush();
    if (written < 0) co_return broken();
    // Nothing is taken while a key exchange runs; what would end it comes only when this waits.
    if (written == 0 && !co_await stirs(event)) co_return slipway::fail(Code::cancelled, "The write was cancelled.");
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  co_return Result<void>();
}

Task<Result<void>> SshChannel::write(std::string_view bytes, std::string_view more) {
  CO_CHECK(co_await send(bytes, false));
  co_return co_await send(more, false);
}

Task<Result<void>> SshChannel::write_errors(std::string_view bytes) { return send(bytes, true); }

Task<Result<void>> SshChannel::shutdown_send() {
  if (is_over()) co_return broken();
  ssh_channel_send_eof(raw_);
  connection_.flush();
  co_return Result<void>();
}

void SshChannel::close() noexcept {
  if (std::exchange(closed_, true)) return;
  // Closing one that never opened would close the client's channel 0, whoever that is.
  if (open_ && !connection_.is_over()) {
    ssh_channel_close(raw_);
    connection_.flush();
  }
  stirred();
}

Task<Result<void>> SshChannel::opens(std::function<int(ssh_channel)> attempt) {
  while (!connection_.is_over()) {
    const int outcome = attempt(raw_);
    connection_.flush();
    open_ = outcome == SSH_OK;
    if (open_) co_return Result<void>();
    if (outcome != SSH_AGAIN) break;
    if (!co_await stirs(readable_)) break;
  }
  co_return broken();
}

}  // namespace slipway::agent
