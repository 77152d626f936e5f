// `slipway templates plan`: what a template would build, without building it.
#pragma once

namespace slipway::cli {

class Command;

void add_template_plan(Command templates);

}  // namespace slipway::cli
