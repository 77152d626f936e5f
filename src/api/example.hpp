// Starter templates as folders: what a list shows of one stands at the head of its README. Pure.
#pragma once

#include "api/gen/templates.hpp"

#include <string_view>

namespace slipway::api {

// From the text of a README that begins with "---", lines of display_name, description, icon and tags, and "---".
TemplateExample read_example(std::string_view id, std::string_view readme);

}  // namespace slipway::api
