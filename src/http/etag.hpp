// Conditions on entity tags, as RFC 9110 (13.1.2) says.
#pragma once

#include <string_view>

namespace slipway::http {

// Does an If-None-Match name this entity tag? `*` names every one; a list any of its own; weak tags compare like strong ones.
bool names_etag(std::string_view if_none_match, std::string_view etag);

}  // namespace slipway::http
