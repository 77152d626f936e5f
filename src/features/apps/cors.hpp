// Which other apps' pages may read what an app on a host of its own answers, as long as its template leaves that to the server: those of
// apps of the same owner. Pure.
#pragma once

#include "features/apps/subdomain.hpp"
#include "net/message.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace slipway::apps {

// The app whose page asks, if it is one of another host of the wildcard's: by the request's only Origin.
std::optional<AppName> asking_app(const net::Request& request, const Wildcard& wildcard);
// Does a browser ask whether it may ask?
bool is_preflight(const net::Request& request);
// What it is told; the same whether there is such an app or not.
net::Response preflight_answer(const net::Request& request, bool allowed);
// An app's answer: what it says of other origins itself goes, and `granted`, an origin, may read it; nobody if that is empty.
void settle_origins(net::Headers& answer, std::string_view granted);

}  // namespace slipway::apps
