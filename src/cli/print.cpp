#include "cli/print.hpp"

#include <termios.h>
#include <unistd.h>

#include "cli/terminal.hpp"

namespace slipway::cli {
namespace {

bool is_raw(std::FILE* to) {
  termios state{};
  return tcgetattr(fileno(to), &state) == 0 && !(state.c_oflag & OPOST);
}

}  // namespace

void put(std::FILE* to, std::string_view text) {
  auto clean = harmless(text, true);
  if (is_raw(to))
    for (std::size_t at = 0; (at = clean.find('\n', at)) != std::string::npos; at += 2) clean.insert(at, 1, '\r');
  std::fwrite(clean.data(), 1, clean.size(), to);
}

// JSON's own writer escapes what is below a blank; DEL and the C1 controls are left, and only strings can hold them.
void print_json(std::string_view json) {
  std::string out;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const auto byte = static_cast<unsigned char>(json[i]);
    const auto next = i + 1 < json.size() ? static_cast<unsigned char>(json[i + 1]) : 0U;
    if (byte == 0x7f) {
      out += "\\u007f";
    } else if (byte == 0xc2 && next >= 0x80 && next < 0xa0) {
      out += fmt::format("\\u{:04x}", next);
      ++i;
    } else {
      out += json[i];
    }
  }
  print_bytes(out + '\n');
}

void print_bytes(std::string_view bytes) { std::fwrite(bytes.data(), 1, bytes.size(), stdout); }

}  // namespace slipway::cli
