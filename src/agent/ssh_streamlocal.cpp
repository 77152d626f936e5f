#include "agent/ssh_streamlocal.hpp"

#include <libssh/callbacks.h>

#include <cstdarg>
#include <cstdint>
#include <cstring>

namespace slipway::agent {

namespace {

constexpr std::string_view kMark = "unix:";
constexpr std::uint8_t kGlobalRequest = 80, kChannelOpen = 90;
constexpr std::uint32_t kPort = 1;  // any but 0: to that libssh would answer with the port it got
bool forwards_socket = false;       // while open_forwarded_socket runs

// Reads fields off a packet; after the first that is not there all is empty and `bad` is set.
struct Fields {
  std::string_view rest;
  bool bad = false;

  std::string_view bytes(std::size_t size) {
    if (bad || rest.size() < size) {
      bad = true;
      return {};
    }
    const auto out = rest.substr(0, size);
    rest.remove_prefix(size);
    return out;
  }
  std::string_view text() {
    std::size_t size = 0;
    for (const char byte : bytes(4)) size = size << 8 | static_cast<std::uint8_t>(byte);
    return bytes(bad ? 0 : size);
  }
};

void put32(std::string& out, std::size_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift & 0xff);
}
void put_text(std::string& out, std::string_view text) {
  put32(out, text.size());
  out += text;
}

Fields fields_of(ssh_buffer packet) { return {{static_cast<const char*>(ssh_buffer_get(packet)), ssh_buffer_get_len(packet)}}; }

void replace(ssh_buffer packet, const std::string& by) {
  ssh_buffer_reinit(packet);
  ssh_buffer_add_data(packet, by.data(), static_cast<std::uint32_t>(by.size()));
}

bool is_path(std::string_view path) { return !path.empty() && path.find('\0') == std::string_view::npos; }

int global_request(ssh_session, std::uint8_t, ssh_buffer packet, void*) {
  auto in = fields_of(packet);
  const auto name = in.text();
  const bool begins = name == "streamlocal-forward@openssh.com";
  if (!begins && name != "cancel-streamlocal-forward@openssh.com") return SSH_PACKET_NOT_USED;
  const auto wants_reply = in.bytes(1);
  const auto path = in.text();
  if (in.bad || !is_path(path)) return SSH_PACKET_NOT_USED;
  std::string out;
  put_text(out, begins ? "tcpip-forward" : "cancel-tcpip-forward");
  out += wants_reply;
  put_text(out, std::string(kMark).append(path));
  put32(out, kPort);
  replace(packet, out);
  return SSH_PACKET_NOT_USED;
}

int channel_open(ssh_session, std::uint8_t, ssh_buffer packet, void*) {
  auto in = fields_of(packet);
  if (in.text() != "direct-streamlocal@openssh.com") return SSH_PACKET_NOT_USED;
  const auto numbers = in.bytes(12);  // the client's channel, window and largest packet
  const auto path = in.text();
  if (in.bad || !is_path(path)) return SSH_PACKET_NOT_USED;
  std::string out;
  put_text(out, "direct-tcpip");
  out += numbers;
  put_text(out, std::string(kMark).append(path));
  put32(out, kPort);
  put_text(out, "127.0.0.1");
  put32(out, 0);
  replace(packet, out);
  return SSH_PACKET_NOT_USED;
}

ssh_packet_callback global_callbacks[] = {global_request};
ssh_packet_callback open_callbacks[] = {channel_open};
ssh_packet_callbacks_struct before_global{.start = kGlobalRequest, .n_callbacks = 1, .callbacks = global_callbacks, .user = nullptr};
ssh_packet_callbacks_struct before_open{.start = kChannelOpen, .n_callbacks = 1, .callbacks = open_callbacks, .user = nullptr};

}  // namespace

// libssh's own.
extern "C" {
void ssh_packet_set_callbacks(ssh_session session, ssh_packet_callbacks callbacks);
int ssh_buffer_pack_va(ssh_buffer buffer, const char* format, std::size_t count, va_list arguments);
int __real__ssh_buffer_pack(ssh_buffer buffer, const char* format, std::size_t count, ...);

// The linker puts this in the place of libssh's (--wrap): it is what every packet is written with.
int __wrap__ssh_buffer_pack(ssh_buffer buffer, const char* format, std::size_t count, ...) {
  constexpr std::uint32_t kEnd = 0x4f65feb3;  // libssh's mark behind the last argument
  va_list arguments;
  va_start(arguments, count);
  int done = 0;
  if (forwards_socket && std::strcmp(format, "bsddd") == 0) {
    const int type = va_arg(arguments, int);
    (void)va_arg(arguments, const char*);
    const auto channel = va_arg(arguments, std::uint32_t), window = va_arg(arguments, std::uint32_t), most = va_arg(arguments, std::uint32_t);
    done = __real__ssh_buffer_pack(buffer, format, count, type, "forwarded-streamlocal@openssh.com", channel, window, most, kEnd);
  } else {
    done = ssh_buffer_pack_va(buffer, format, count, arguments);
  }
  va_end(arguments);
  return done;
}
}

void take_in_streamlocal(ssh_session session) {
  ssh_packet_set_callbacks(session, &before_global);
  ssh_packet_set_callbacks(session, &before_open);
}

std::optional<std::string> socket_path_of(std::string_view host) {
  if (!host.starts_with(kMark)) return std::nullopt;
  return std::string(host.substr(kMark.size()));
}

// Of an X11 channel the fields are a text and a number; here they are the path and an empty text, of the same bytes.
int open_forwarded_socket(ssh_channel channel, const std::string& path) {
  forwards_socket = true;
  const int outcome = ssh_channel_open_x11(channel, path.c_str(), 0);
  forwards_socket = false;
  return outcome;
}

}  // namespace slipway::agent
