#include "agent/ssh_x11.hpp"

#include "base/text.hpp"

namespace slipway::agent {

namespace {

constexpr int kFirstDisplay = 10, kLastDisplay = 200, kPortOfDisplay0 = 6000;
constexpr std::uint16_t kAnyAddress = 0xffff;  // FamilyWild

void put16(std::string& out, std::size_t value) {
  out += static_cast<char>(value >> 8 & 0xff);
  out += static_cast<char>(value & 0xff);
}

void put_counted(std::string& out, std::string_view text) {
  put16(out, text.size());
  out += text;
}

}  // namespace

Result<X11Display> open_display(const asio::any_io_executor& home) {
  for (int number = kFirstDisplay; number <= kLastDisplay; ++number)
    if (auto listener = Listener::on_port(home, static_cast<std::uint16_t>(kPortOfDisplay0 + number)))
      return X11Display{std::make_shared<Listener>(std::move(*listener)), number};
  return fail(Code::too_many, "No X11 display is free.");
}

Result<std::string> authority(int number, std::string_view protocol, std::string_view cookie) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < cookie.size(); i += 2) {
    const auto value = text::number<unsigned>(cookie.substr(i, 2), 16);
    if (!value) return fail(Code::invalid, "The X11 cookie is not hexadecimal.");
    bytes += static_cast<char>(*value);
  }
  if (bytes.empty() || cookie.size() % 2 != 0 || cookie.size() > 4096 || protocol.size() > 256)
    return fail(Code::invalid, "The X11 cookie is malformed.");
  std::string out;
  put16(out, kAnyAddress);
  put_counted(out, "");
  put_counted(out, std::to_string(number));
  put_counted(out, protocol);
  put_counted(out, bytes);
  return out;
}

}  // namespace slipway::agent
