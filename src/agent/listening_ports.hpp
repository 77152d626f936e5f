// Which TCP ports something listens on, from /proc. The text is parsed by pure functions; scan() reads the files.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::agent {

struct ListeningSocket {
  std::uint16_t port = 0;
  std::uint64_t inode = 0;
  bool operator==(const ListeningSocket&) const = default;
};

// The listening rows of /proc/net/tcp or tcp6; rows that make no sense are passed over.
std::vector<ListeningSocket> parse_proc_net_tcp(std::string_view text);

struct ListeningPort {
  std::uint16_t port = 0;
  std::string process;  // empty when it belongs to another user
  bool operator==(const ListeningPort&) const = default;
};

// One entry a port, in order; `owners` maps a socket's inode to its process' name.
std::vector<ListeningPort> merge_listening(const std::vector<ListeningSocket>& sockets, const std::map<std::uint64_t, std::string>& owners);

// What listens now. Takes milliseconds: walks the descriptors of every process we may look into.
std::vector<ListeningPort> scan_listening_ports(const std::string& proc = "/proc");

// The command line, words apart by spaces, of what listens on a port; empty when that is another user's. As slow as scan().
std::string command_line_of_listener(std::uint16_t port, const std::string& proc = "/proc");

// {"ports":[{"process_name","network","port"}]}
std::string listening_ports_json(const std::vector<ListeningPort>& ports);

}  // namespace slipway::agent
