// Starter templates, which the program carries along.
#pragma once

namespace slipway::cli {

class Command;

void add_template_init(Command templates);

}  // namespace slipway::cli
