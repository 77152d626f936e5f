#include "cli/browser.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>

#include "cli/config.hpp"
#include "cli/terminal.hpp"

namespace slipway::cli {

bool open_browser(const std::string& url) {
  if (!can_ask() || !environment({"DISPLAY", "WAYLAND_DISPLAY"})) return false;
  const pid_t child = fork();
  if (child == 0) {
    if (fork() == 0) {
      if (!freopen("/dev/null", "w", stdout) || !freopen("/dev/null", "w", stderr)) _exit(1);
      execlp("xdg-open", "xdg-open", url.c_str(), nullptr);
      execlp("open", "open", url.c_str(), nullptr);
    }
    _exit(0);
  }
  if (child > 0) waitpid(child, nullptr, 0);
  return child > 0;
}

}  // namespace slipway::cli
