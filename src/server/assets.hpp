// What cmake/embed.cmake put into the program.
#pragma once

#include "base/assets.hpp"

namespace slipway::assets {

Assets migrations();  // db/migrations/*.sql
Assets dashboard();   // web/dist; empty when the dashboard was not built
Assets examples();    // examples/templates/<id>/…

}  // namespace slipway::assets
