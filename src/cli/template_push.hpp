// slipway templates push.
#pragma once

namespace slipway::cli {

class Command;
void add_template_push(Command templates);

}  // namespace slipway::cli
