#include "cli/port_forward.hpp"

#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/text.hpp"
#include "cli/command.hpp"
#include "cli/commands.hpp"
#include "cli/openssh.hpp"
#include "cli/print.hpp"
#include "cli/terminal.hpp"

namespace slipway::cli {
namespace {

constexpr std::size_t kMost = 200;

struct Range {
  std::uint16_t first = 0, last = 0;
};

Result<std::uint16_t> read_port(std::string_view text) {
  const auto value = text::number<std::uint16_t>(text);
  if (!value || *value == 0)
    return fail_field(fmt::format("\"{}\" is no port.", text), "tcp", "takes ports from 1 to 65535, such as 8080 or 8080:80 (here:there)");
  return *value;
}

Result<Range> read_range(std::string_view text) {
  const auto dash = text.find('-');
  TRY(first, read_port(text.substr(0, dash)));
  if (dash == std::string_view::npos) return Range{first, first};
  TRY(last, read_port(text.substr(dash + 1)));
  if (last < first || last - first >= kMost)
    return fail_field(fmt::format("\"{}\" is no range.", text), "tcp", fmt::format("takes ranges of at most {} ports, such as 8000-8010", kMost));
  return Range{first, last};
}

Result<std::vector<Forward>> read_one(std::string_view text) {
  Forward like;
  std::string_view rest = text;
  if (rest.starts_with('[')) {
    const auto end = rest.find("]:");
    if (end == std::string_view::npos) return fail_field(fmt::format("\"{}\" names no ports.", text), "tcp", "is such as [::1]:8080:80");
    like.address = rest.substr(0, end + 1);
    rest.remove_prefix(end + 2);
  }
  auto colons = std::ranges::count(rest, ':');
  // "localhost:80" and "0.0.0.0:8080:80" begin with an address, "8080:80" does not.
  const bool addressed =
      !rest.empty() && (colons == 2 || (colons == 1 && rest.substr(0, rest.find(':')).find_first_not_of("0123456789-") != rest.npos));
  if (addressed && like.address.front() != '[') {
    like.address = rest.substr(0, rest.find(':'));
    rest.remove_prefix(rest.find(':') + 1);
    --colons;
  }
  if (colons > 1) return fail_field(fmt::format("\"{}\" names no ports.", text), "tcp", "is such as 8080 or 8080:80 (here:there)");
  TRY(here, read_range(rest.substr(0, rest.find(':'))));
  TRY(there, read_range(rest.substr(colons == 0 ? 0 : rest.find(':') + 1)));
  if (here.last - here.first != there.last - there.first)
    return fail_field(fmt::format("The two ranges of \"{}\" are not of one length.", text), "tcp", "is such as 8000-8010:9000-9010");
  std::vector<Forward> out;
  for (int i = 0; i <= here.last - here.first; ++i)
    out.push_back(
        {.address = like.address, .here = static_cast<std::uint16_t>(here.first + i), .there = static_cast<std::uint16_t>(there.first + i)});
  return out;
}

// ssh would go on with the other loopback address, or with the other ports, when one is taken: so we look first.
Result<void> must_be_free(const Forward& forward) {
  const bool bracketed = forward.address.starts_with('[');
  const auto address = bracketed ? forward.address.substr(1, forward.address.size() - 2) : forward.address;
  addrinfo hints{}, *found = nullptr;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  if (getaddrinfo(address == "*" ? nullptr : address.c_str(), std::to_string(forward.here).c_str(), &hints, &found) != 0)
    return fail(Code::invalid, fmt::format("\"{}\" is no address of this machine.", forward.address));
  int failed = 0;
  for (const addrinfo* one = found; one && failed == 0; one = one->ai_next) {
    const int fd = socket(one->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) continue;
    const int yes = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (one->ai_family == AF_INET6) setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof yes);
    if (bind(fd, one->ai_addr, one->ai_addrlen) != 0) failed = errno;
    close(fd);
  }
  freeaddrinfo(found);
  if (failed == 0) return {};
  const auto place = fmt::format("{}:{}", forward.address, forward.here);
  if (failed == EADDRINUSE)
    return fail(Code::in_use, fmt::format("{} is in use on this machine.", place), fmt::format("Choose another: --tcp HERE:{}", forward.there));
  return fail(Code::invalid, fmt::format("Cannot listen on {}: {}.", place, std::strerror(failed)));
}

struct Options {
  std::string name;
  std::vector<std::string> ports, udp;
  ReachOptions reach;
  Reconnect reconnect;
};

Result<int> forward(Session& session, Options& options) {
  if (!options.udp.empty())
    return fail(Code::invalid, "UDP is not forwarded: the way to a workspace carries streams only.",
                "Use --tcp, or a relay inside the workspace (such as socat) that turns the one into the other.");
  if (options.ports.empty()) return fail_field("Which ports?", "tcp", "is required: --tcp 8080:80");
  std::vector<Forward> forwards;
  for (const auto& list : options.ports) {
    TRY(some, read_forwards(list));
    forwards.insert(forwards.end(), some.begin(), some.end());
  }
  for (const auto& one : forwards) TRY_OK(must_be_free(one));
  TRY(target, find_target(session, workspace_of_host(options.name, {})));
  TRY(agent, reach(session, target, options.reach));
  OpenSsh ssh{.flags = {"-N"}, .options = {"ExitOnForwardFailure=yes"}, .interrupt_is_the_end = true, .reconnect = options.reconnect};
  for (const auto& one : forwards) {
    ssh.flags.insert(ssh.flags.end(), {"-L", as_ssh_flag(one)});
    tell("Forwarding {}:{} to port {} of {}.{}\n", one.address, one.here, one.there, target.workspace.name, agent.name);
  }
  tell("Ctrl-C ends it.\n");
  return run_openssh(session, target, ssh);
}

}  // namespace

Result<std::vector<Forward>> read_forwards(const std::string& text) {
  std::vector<Forward> out;
  for (const auto part : text::split(text, ',')) {
    TRY(some, read_one(part));
    out.insert(out.end(), some.begin(), some.end());
  }
  if (out.size() > kMost) return fail_field("These are too many ports.", "tcp", fmt::format("takes at most {}", kMost));
  return out;
}

std::string as_ssh_flag(const Forward& forward) { return fmt::format("{}:{}:localhost:{}", forward.address, forward.here, forward.there); }

void add_port_forward(Command root) {
  auto options = std::make_shared<Options>();
  auto command = root.sub("port-forward", "Reach ports of a workspace on this machine",
                          "slipway port-forward dev --tcp 8080\n"
                          "slipway port-forward dev --tcp 8080:80,5432\n"
                          "slipway port-forward dev --tcp 8000-8010 --tcp 0.0.0.0:3000:3000");
  command.argument("workspace", options->name, "Its name, owner/name, or name.agent");
  options->reach.add_to(command);
  options->reconnect.add_to(command);
  command.option("-p,--tcp", options->ports, "Ports as here:there, or ranges of them; repeatable, or separated by commas");
  command.option("--udp", options->udp, "Not possible; says why");
  command.run([options](Session& session) { return forward(session, *options); });
}

}  // namespace slipway::cli
