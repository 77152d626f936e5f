// ping and netcheck as existing plugins and scripts run them and read what they print.
#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <sys/ioctl.h>

#include <boost/json.hpp>
#include <map>

#include "base/clock.hpp"
#include "base/descriptor.hpp"
#include "base/on_exit.hpp"
#include "cli/coder.hpp"
#include "cli/command.hpp"
#include "cli/measure_stream.hpp"
#include "cli/print.hpp"
#include "cli/reach.hpp"
#include "cli/wait.hpp"
#include "net/stream.hpp"
#include "tunnel/measuring.hpp"

namespace slipway::cli {
namespace {

using std::chrono::microseconds;

// ---- ping ----

struct PingOptions {
  std::string name, wait = "1s", timeout = "5s";
  std::int64_t count = 0;  // 0: until it is ended
  bool time = false, utc = false;
  ReachOptions reach{.no_start = true, .wait_seconds = 30};
};

struct Pace {
  Milliseconds wait, timeout;
};

std::string moment_of(const PingOptions& options) {
  if (!options.time && !options.utc) return {};
  const auto now = std::chrono::floor<std::chrono::seconds>(system_clock().now());
  const auto seconds = std::chrono::system_clock::to_time_t(std::chrono::time_point_cast<std::chrono::system_clock::duration>(now));
  std::tm parts{};
  if (options.utc)
    gmtime_r(&seconds, &parts);
  else
    localtime_r(&seconds, &parts);
  char out[40];
  return {out, std::strftime(out, sizeof out, "%Y-%m-%dT%H:%M:%S%z ", &parts)};
}

Task<Result<microseconds>> one_round(Session& session, Uuid agent, std::unique_ptr<net::Stream>& stream) {
  if (!stream) {
    CO_TRY(opened, co_await measuring_stream(session, agent));
    CO_CHECK(co_await tunnel::begin_echo(*opened));
    stream = std::move(opened);
  }
  co_return co_await tunnel::round_trip(*stream);
}

// A round that fails is told and tried again with a connection of its own: how the way is now is what is asked for.
Task<int> rounds(Session& session, api::WorkspaceAgent agent, const PingOptions& options, Pace pace) {
  std::unique_ptr<net::Stream> stream;
  std::int64_t answered = 0;
  for (std::int64_t n = 0; options.count == 0 || n < options.count; ++n) {
    if (n > 0) co_await aio::sleep(pace.wait);
    const auto took = co_await aio::with_deadline(pace.timeout, "timed out", one_round(session, agent.id, stream));
    if (took) {
      ++answered;
      print("{}pong from {} proxied through Slipway in {}\n", moment_of(options), agent.name, milliseconds(*took));
    } else {
      stream.reset();
      print("{}ping to \"{}\" failed: {}\n", moment_of(options), agent.name, took.error().say);
    }
    std::fflush(stdout);
  }
  co_return answered > 0 ? 0 : 1;
}

Result<int> ping(Session& session, PingOptions& options) {
  TRY(wait, duration_of(options.wait, "--wait"));
  TRY(timeout, duration_of(options.timeout, "--timeout"));
  if (options.count < 0) return fail(Code::invalid, fmt::format("invalid argument \"{}\" for \"--num\"", options.count));
  TRY(target, find_target(session, workspace_of_host(options.name, {})));
  TRY(agent, reach(session, target, options.reach));
  return session.wait(rounds(session, agent, options, {wait, timeout}));
}

// ---- netcheck ----

int mtu_of(const std::string& name) {
  const Descriptor socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request{};
  name.copy(request.ifr_name, sizeof request.ifr_name - 1);
  return socket && ::ioctl(socket.get(), SIOCGIFMTU, &request) == 0 ? request.ifr_mtu : 0;
}

std::string address_of(const sockaddr& address) {
  char out[INET6_ADDRSTRLEN] = "";
  if (address.sa_family == AF_INET) ::inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in&>(address).sin_addr, out, sizeof out);
  if (address.sa_family == AF_INET6) ::inet_ntop(AF_INET6, &reinterpret_cast<const sockaddr_in6&>(address).sin6_addr, out, sizeof out);
  return out;
}

std::string as_json_text(std::string_view text) { return boost::json::serialize(boost::json::string(text)); }

// As JSON, one each.
std::vector<std::string> interfaces_of_this_machine() {
  std::map<std::string, std::vector<std::string>> found;
  ifaddrs* all = nullptr;
  if (::getifaddrs(&all) != 0) return {};
  const OnExit free([all] { ::freeifaddrs(all); });
  for (const auto* one = all; one; one = one->ifa_next) {
    if (!one->ifa_addr || !(one->ifa_flags & IFF_UP)) continue;
    auto& addresses = found[one->ifa_name];
    if (const auto text = address_of(*one->ifa_addr); !text.empty()) addresses.push_back(as_json_text(text));
  }
  std::vector<std::string> out;
  for (const auto& [name, addresses] : found)
    out.push_back(fmt::format(R"({{"name":{},"mtu":{},"addresses":[{}]}})", as_json_text(name), mtu_of(name), fmt::join(addresses, ",")));
  return out;
}

// How long the server takes to say who it is, over a connection that stands. Errors: those of the way there.
Result<microseconds> round_trip(Session& session) {
  microseconds out{};
  for (int look = 0; look < 2; ++look) {
    const auto began = std::chrono::steady_clock::now();
    TRY_OK(session.call("GET", "/api/v2/buildinfo", {}));
    out = std::chrono::duration_cast<microseconds>(std::chrono::steady_clock::now() - began);
  }
  return out;
}

// Every field that a plugin's schema asks for; of what only a peer-to-peer network has, that it is not there.
std::string report_of(const std::string& url, const Result<microseconds>& took) {
  const auto us = took ? took->count() : 0;
  const auto well = fmt::format(R"("healthy":{},"severity":"{}","warnings":[])", took.has_value(), took ? "ok" : "error");
  const auto node = fmt::format(
      R"({{{0},"node":{{"Name":"1a","RegionID":1,"HostName":{1}}},"node_info":{{"TokenBucketBytesPerSecond":0,"TokenBucketBytesBurst":0}},)"
      R"("can_exchange_messages":{2},"round_trip_ping":"{3:.3f}ms","round_trip_ping_ms":{4},"uses_websocket":true,"client_logs":[],)"
      R"("client_errs":[],"stun":{{"Enabled":false,"CanSTUN":false,"Error":null}}}})",
      well, as_json_text(url), took.has_value(), static_cast<double>(us) / 1000, (us + 500) / 1000);
  const auto region = fmt::format(
      R"({{{},"region":{{"EmbeddedRelay":true,"RegionID":1,"RegionCode":"slipway","RegionName":"Slipway","Nodes":[]}},"node_reports":[{}]}})", well,
      node);
  const auto check =
      took ? fmt::format(R"("netcheck":{{"UDP":false,"IPv4":true,"IPv6":false,"PreferredDERP":1,"RegionLatency":{{"1":{}}}}})", us * 1000)
           : fmt::format(R"("netcheck":null,"error":{0},"netcheck_err":{0})", as_json_text(took.error().say));
  return fmt::format(R"({{"derp":{{{},"dismissed":false,"regions":{{"1":{}}},"netcheck_logs":[],{}}},)"
                     R"("interfaces":{{"severity":"ok","warnings":[],"dismissed":false,"interfaces":[{}]}}}})",
                     well, region, check, fmt::join(interfaces_of_this_machine(), ","));
}

Result<int> netcheck(Session& session) {
  TRY_OK(session.token());
  TRY(report, network_report(session));
  print_json(report.json);
  return report.healthy ? 0 : 1;
}

}  // namespace

Result<NetworkReport> network_report(Session& session) {
  TRY(url, session.url());
  const auto took = round_trip(session);
  return NetworkReport{.json = report_of(url, took), .healthy = took.has_value()};
}

void add_coder_ping(Command root) {
  auto options = std::make_shared<PingOptions>();
  auto command = root.sub("ping", "Ping a workspace", "coder ping dev -n 3");
  command.argument("workspace", options->name, "Its name, owner/name, or name.agent");
  command.option("--wait", options->wait, "Between two pings");
  command.option("-t,--timeout", options->timeout, "For an answer");
  command.option("-n,--num", options->count, "How many; 0 is until it is ended");
  command.flag("--time", options->time, "With the time of each");
  command.flag("--utc", options->utc, "That in UTC");
  command.run([options](Session& session) { return ping(session, *options); });
}

void add_coder_netcheck(Command root) { root.sub("netcheck", "Print network debug information, as JSON").run(netcheck); }

}  // namespace slipway::cli
