#include "cli/terminal.hpp"

#include "base/text.hpp"

#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>

namespace slipway::cli {
namespace {

// What the interrupt handler may touch: a fixed text and the terminal's former state.
char advice_text[512];
volatile std::sig_atomic_t terminal_is_changed = 0;
termios terminal_before;

extern "C" void interrupted(int) {
  if (terminal_is_changed) tcsetattr(STDIN_FILENO, TCSANOW, &terminal_before);
  [[maybe_unused]] auto written = write(STDERR_FILENO, advice_text, strlen(advice_text));
  _exit(130);
}

void remember(const termios& state) {
  terminal_before = state;
  terminal_is_changed = 1;
}

bool coloured(bool is_terminal) {
  const char* off = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  return is_terminal && !(off && *off) && !(term && std::string_view(term) == "dumb");
}

std::string painted(Colour colour, std::string_view text, bool really) {
  if (!really) return std::string(text);
  static constexpr const char* kStart[] = {"\x1b[1m", "\x1b[2m", "\x1b[31m", "\x1b[32m", "\x1b[33m", "\x1b[34m"};
  return kStart[static_cast<int>(colour)] + std::string(text) + "\x1b[0m";
}

Result<std::string> read_line() {
  std::string line;
  if (!std::getline(std::cin, line)) return fail(Code::cancelled, "Input ended.");
  return line;
}

Result<void> must_ask(std::string_view question) {
  if (can_ask()) return {};
  return fail(Code::invalid, fmt::format("Cannot ask \"{}\": this is no terminal.", question), "Give the value with a flag; --help lists them.");
}

// Length of the colour sequence (ESC [ digits and ; m) at the start, 0 when there is none.
std::size_t colour_sequence(std::string_view text) {
  if (!text.starts_with("\x1b[")) return 0;
  const auto end = text.find_first_not_of("0123456789;", 2);
  return end != std::string_view::npos && text[end] == 'm' ? end + 1 : 0;
}

}  // namespace

bool stdin_is_terminal() { return isatty(STDIN_FILENO) == 1; }
bool stdout_is_terminal() { return isatty(STDOUT_FILENO) == 1; }
bool stderr_is_terminal() { return isatty(STDERR_FILENO) == 1; }
bool can_ask() { return stdin_is_terminal() && stderr_is_terminal(); }

std::string on_stdout(Colour colour, std::string_view text) {
  static const bool really = coloured(stdout_is_terminal());
  return painted(colour, text, really);
}
std::string on_stderr(Colour colour, std::string_view text) {
  static const bool really = coloured(stderr_is_terminal());
  return painted(colour, text, really);
}

std::string harmless(std::string_view text, bool keep_colours) {
  std::string out;
  bool painting = false;
  for (std::size_t i = 0; i < text.size();) {
    if (const auto length = keep_colours ? colour_sequence(text.substr(i)) : 0) {
      const auto sequence = text.substr(i, length);
      out += sequence;
      i += length;
      painting = sequence != "\x1b[0m" && sequence != "\x1b[m";
      continue;
    }
    const auto c = static_cast<unsigned char>(text[i++]);
    if (c == 0xc2 && i < text.size() && static_cast<unsigned char>(text[i]) >= 0x80 && static_cast<unsigned char>(text[i]) < 0xa0) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[i++]));  // C1 controls, which some terminals obey
    } else if ((c < 0x20 && c != '\t' && c != '\n') || c == 0x7f) {
      out += fmt::format("\\x{:02x}", c);
    } else {
      out += static_cast<char>(c);
    }
  }
  if (painting) out += "\x1b[0m";
  return out;
}

Size terminal_size() {
  for (int fd : {STDOUT_FILENO, STDIN_FILENO, STDERR_FILENO}) {
    winsize size{};
    if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return {size.ws_col, size.ws_row};
  }
  return {};
}

Result<std::string> ask(std::string_view question, std::string_view preset) {
  TRY_OK(must_ask(question));
  fmt::print(stderr, "{}{}: ", on_stderr(Colour::bold, harmless(question)), preset.empty() ? "" : fmt::format(" ({})", harmless(preset)));
  TRY(line, read_line());
  return line.empty() ? std::string(preset) : line;
}

Result<std::string> ask_secret(std::string_view question) {
  TRY_OK(must_ask(question));
  fmt::print(stderr, "{}: ", on_stderr(Colour::bold, harmless(question)));
  termios state{};
  tcgetattr(STDIN_FILENO, &state);
  remember(state);
  termios quiet = state;
  quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
  InterruptAdvice restores("\n");
  tcsetattr(STDIN_FILENO, TCSANOW, &quiet);
  auto line = read_line();
  tcsetattr(STDIN_FILENO, TCSANOW, &state);
  terminal_is_changed = 0;
  fmt::print(stderr, "\n");
  return line;
}

Result<bool> ask_yes(std::string_view question) {
  while (true) {
    TRY(answer, ask(fmt::format("{} (y/N)", question)));
    answer = text::lower(answer);
    if (answer == "y" || answer == "yes") return true;
    if (answer.empty() || answer == "n" || answer == "no") return false;
    fmt::print(stderr, "Type y or n; Enter alone means no.\n");
  }
}

Result<void> agreed(bool yes, std::string_view question, std::string_view kept, std::string_view advice) {
  if (yes) return {};
  if (!can_ask()) return fail(Code::invalid, "There is no terminal to ask at.", std::string(advice));
  TRY(sure, ask_yes(question));
  if (!sure) return fail(Code::cancelled, std::string(kept));
  return {};
}

Result<std::size_t> ask_choice(std::string_view question, const std::vector<std::string>& choices, std::size_t preset) {
  TRY_OK(must_ask(question));
  for (std::size_t i = 0; i < choices.size(); ++i) fmt::print(stderr, "  {:>2}. {}\n", i + 1, harmless(choices[i]));
  while (true) {
    TRY(answer, ask(question, preset < choices.size() ? std::to_string(preset + 1) : ""));
    for (std::size_t i = 0; i < choices.size(); ++i)
      if (answer == std::to_string(i + 1) || answer == choices[i]) return i;
    fmt::print(stderr, "Type a number from 1 to {}.\n", choices.size());
  }
}

RawMode::RawMode() {
  termios state{};
  if (tcgetattr(STDIN_FILENO, &state) != 0) return;
  before_ = std::make_unique<termios>(state);
  remember(state);
  termios raw = state;
  cfmakeraw(&raw);
  tcsetattr(STDIN_FILENO, TCSANOW, &raw);
}

RawMode::~RawMode() {
  if (before_) tcsetattr(STDIN_FILENO, TCSANOW, before_.get());
  terminal_is_changed = 0;
}

InterruptAdvice::InterruptAdvice(std::string advice) {
  const auto length = advice.copy(advice_text, sizeof advice_text - 1);
  advice_text[length] = 0;
  std::signal(SIGINT, interrupted);
}

InterruptAdvice::~InterruptAdvice() { std::signal(SIGINT, SIG_DFL); }

StatusLine::StatusLine() : visible_(stderr_is_terminal()) {}
StatusLine::~StatusLine() { clear(); }

void StatusLine::show(std::string_view text) {
  if (!visible_) return;
  static constexpr std::string_view kWheel[] = {"⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"};
  const auto room = static_cast<std::size_t>(std::max(10, terminal_size().columns - 4));
  fmt::print(stderr, "\r\x1b[K{} {}", kWheel[turn_++ % std::size(kWheel)], harmless(text).substr(0, room));
  std::fflush(stderr);
  shown_ = true;
}

void StatusLine::clear() {
  if (std::exchange(shown_, false)) {
    fmt::print(stderr, "\r\x1b[K");
    std::fflush(stderr);
  }
}

}  // namespace slipway::cli
