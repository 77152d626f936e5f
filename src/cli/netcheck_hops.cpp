#include "cli/netcheck_hops.hpp"

#include <boost/json.hpp>

#include "cli/measure_stream.hpp"
#include "cli/terminal.hpp"

namespace slipway::cli {
namespace {

struct About {
  std::string_view name, advice;
};

constexpr std::array<About, kHops> kAbout = {{
    {"name", "Check the address, and ask whoever keeps this network's DNS whether it knows that name; behind a proxy, HTTPS_PROXY must be set."},
    {"TCP", "A firewall may be in between, or nothing runs there; where this network has a proxy, set HTTPS_PROXY to its address."},
    {"proxy", "Check HTTPS_PROXY, HTTP_PROXY and NO_PROXY, and ask whoever keeps the proxy to let CONNECT through to that host and port."},
    {"TLS",
     "Where a private authority has signed the server's certificate, write its own into a file and name that in SSL_CERT_FILE; else check the "
     "server's name and this machine's clock."},
    {"HTTP",
     "Check that the address is the one the dashboard has; where a reverse proxy answers in the server's place, see its log and whether "
     "slipwayd runs."},
    {"WebSocket",
     "The reverse proxy or firewall in between must pass on the Upgrade and Connection headers and let connections last: see \"When it "
     "does not connect\" in the guide."},
    {"agent", "See what the agent says with slipway logs WORKSPACE, and begin again with slipway restart WORKSPACE."},
    {"PostgreSQL", "Tell whoever runs the server: its log says why it cannot reach PostgreSQL, and it goes on by itself once it can."},
}};

double in_ms(std::chrono::microseconds span) { return static_cast<double>(span.count()) / 1000; }

}  // namespace

std::string_view name_of(Hop hop) { return kAbout[static_cast<std::size_t>(hop)].name; }
std::string_view advice_for(Hop hop) { return kAbout[static_cast<std::size_t>(hop)].advice; }

std::string_view Way::word(State state) { return state == State::ok ? "ok" : state == State::failed ? "failed" : "not tried"; }

void Way::finish(Hop hop, State state, Moment now) {
  at(hop).state = state;
  at(hop).took = std::chrono::duration_cast<std::chrono::microseconds>(now - began_);
  under_way_.reset();
}

void Way::begin(Hop hop, Moment now) {
  end(now);
  under_way_ = hop;
  began_ = now;
}

void Way::end(Moment now) {
  if (under_way_) finish(*under_way_, State::ok, now);
}

void Way::fail(std::string said, Moment now, Hop otherwise) {
  if (!under_way_) began_ = now;
  const auto hop = under_way_.value_or(otherwise);
  finish(hop, State::failed, now);
  at(hop).said = std::move(said);
  if (!failed_) failed_ = hop;
  // What was expected of the rest of the connection was not seen.
  for (auto next = static_cast<std::size_t>(hop) + 1; next <= static_cast<std::size_t>(Hop::http); ++next) found_[next].said.clear();
}

void Way::say(Hop hop, std::string said) { at(hop).said = std::move(said); }

std::string Way::json(std::string_view url) const {
  boost::json::array hops;
  for (std::size_t i = 0; i < kHops; ++i) {
    const auto& one = found_[i];
    boost::json::object hop{{"name", kAbout[i].name}, {"status", word(one.state)}, {"took_ms", in_ms(one.took)}, {"found", one.said}};
    if (one.state == State::failed) hop["advice"] = kAbout[i].advice;
    hops.push_back(std::move(hop));
  }
  const boost::json::object out{
      {"ok", !failed()}, {"url", url}, {"failing", failed_ ? name_of(*failed_) : std::string_view()}, {"hops", std::move(hops)}};
  return boost::json::serialize(out);
}

Table Way::table() const {
  Table table({"hop", "status", "time", "found"});
  for (std::size_t i = 0; i < kHops; ++i) {
    const auto& one = found_[i];
    const auto colour = one.state == State::ok ? Colour::green : one.state == State::failed ? Colour::red : Colour::dim;
    table.add(
        {std::string(kAbout[i].name), on_stdout(colour, word(one.state)), one.state == State::not_tried ? "" : milliseconds(one.took), one.said});
  }
  return table;
}

}  // namespace slipway::cli
