#pragma once

namespace slipway::cli {

class Command;

void add_template_edit(Command templates);

}  // namespace slipway::cli
