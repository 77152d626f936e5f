// The browser of whoever sits at this machine.
#pragma once

#include <string>

namespace slipway::cli {

// Best effort, and only where somebody sits at a screen: false when nothing was tried. The address is printed in any case.
bool open_browser(const std::string& url);

}  // namespace slipway::cli
