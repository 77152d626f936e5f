// What the program knows of the terminal it runs in, and how it asks a person. Prompts and progress go to stderr, so
// that stdout holds results only.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

struct termios;

namespace slipway::cli {

enum class Colour { bold, dim, red, green, yellow, blue };

bool stdin_is_terminal();
bool stdout_is_terminal();
bool stderr_is_terminal();
// A person can be asked: stdin and stderr are terminals.
bool can_ask();

// `text` in that colour when the stream is a terminal and NO_COLOR is unset; else as it is.
std::string on_stdout(Colour colour, std::string_view text);
std::string on_stderr(Colour colour, std::string_view text);
// Escape sequences and other control characters that a server or a template sent become visible, never obeyed. Tabs
// stay; so do colours (ESC [ ... m) when `keep_colours`.
std::string harmless(std::string_view text, bool keep_colours = false);

struct Size {
  int columns = 80;
  int rows = 24;
};
Size terminal_size();

// One line; empty gives `preset`. Errors: cancelled at end of input, invalid when nobody can be asked.
Result<std::string> ask(std::string_view question, std::string_view preset = {});
Result<std::string> ask_secret(std::string_view question);
// Enter alone means no; anything but yes and no is asked again.
Result<bool> ask_yes(std::string_view question);
// That it may be done: nothing when `yes` was given, else the person is asked. Errors: invalid with `advice` when nobody can be; cancelled, saying
// `kept`, when the answer is no.
Result<void> agreed(bool yes, std::string_view question, std::string_view kept, std::string_view advice = "Go on without a question by --yes.");
// The index of the chosen line, by its number or its text.
Result<std::size_t> ask_choice(std::string_view question, const std::vector<std::string>& choices, std::size_t preset = 0);

// Puts the terminal on stdin into raw mode for as long as it lives; restored also when the process is interrupted.
class RawMode {
 public:
  RawMode();
  ~RawMode();
  RawMode(const RawMode&) = delete;
  RawMode& operator=(const RawMode&) = delete;

 private:
  std::unique_ptr<termios> before_;
};

// While it lives, Ctrl-C prints `advice` and ends the program with 130.
class InterruptAdvice {
 public:
  explicit InterruptAdvice(std::string advice);
  ~InterruptAdvice();
};

// The line at the bottom that shows what is going on; nothing when stderr is no terminal.
class StatusLine {
 public:
  StatusLine();
  ~StatusLine();
  void show(std::string_view text);  // each call turns the wheel
  void clear();
  bool visible() const { return visible_; }

 private:
  bool visible_ = false, shown_ = false;
  unsigned turn_ = 0;
};

}  // namespace slipway::cli
