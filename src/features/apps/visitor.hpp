// What an app that asks for it is told of who visits: fields that this server alone writes (docs/guide/app-sharing.md). Pure.
#pragma once

#include "features/apps/token.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace slipway::apps {

// Is this a field of ours that says who visits? Also as servers read it that take "_" for "-".
bool names_visitor(std::string_view header);

// As a field's value: what is no printable ASCII, "%" and "," is percent-encoded, and so is a blank at an end.
std::string visitor_value(std::string_view text);

// Takes away whatever the caller says of itself, and says what is so: nothing unless the app asks and somebody is known.
void tell_visitor(net::Headers& to_app, const std::optional<Visitor>& visitor);

}  // namespace slipway::apps
