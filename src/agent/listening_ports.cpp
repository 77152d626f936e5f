#include "agent/listening_ports.hpp"

#include "agent/files.hpp"
#include "agent/log_queue.hpp"
#include "api/gen/agents.hpp"
#include "base/text.hpp"
#include "base/utf8.hpp"

#include <set>

#include <dirent.h>
#include <unistd.h>

namespace slipway::agent {

namespace {

std::optional<ListeningSocket> parse_row(std::string_view line) {
  constexpr std::string_view kListen = "0A";
  const auto columns = text::words(line, " \t");
  if (columns.size() < 10 || columns[3] != kListen) return std::nullopt;
  const auto colon = columns[1].rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto port = text::number<std::uint16_t>(columns[1].substr(colon + 1), 16);
  const auto inode = text::number<std::uint64_t>(columns[9]);
  if (!port || !inode) return std::nullopt;
  return ListeningSocket{*port, *inode};
}

struct CloseDirectory {
  void operator()(DIR* folder) const { ::closedir(folder); }
};

template <class F>
void each_entry(const std::string& path, const F& visit) {
  const std::unique_ptr<DIR, CloseDirectory> folder(::opendir(path.c_str()));
  if (!folder) return;
  while (const dirent* entry = ::readdir(folder.get())) visit(std::string_view(entry->d_name));
}

std::optional<std::uint64_t> socket_inode(const std::string& link) {
  char target[64];
  const auto length = ::readlink(link.c_str(), target, sizeof(target));
  if (length <= 0) return std::nullopt;
  std::string_view text(target, static_cast<std::size_t>(length));
  if (!text.starts_with("socket:[") || !text.ends_with(']')) return std::nullopt;
  return text::number<std::uint64_t>(text.substr(8, text.size() - 9));
}

std::string process_name(const std::string& folder) {
  std::string name = read_small_file(folder + "/comm", 4096).value_or("");
  while (name.ends_with('\n')) name.pop_back();
  return utf8::clean(name);
}

void find_owners(const std::string& folder, const std::set<std::uint64_t>& wanted, std::map<std::uint64_t, std::string>& owners) {
  std::string name;
  each_entry(folder + "/fd", [&](std::string_view fd) {
    if (text::number<unsigned>(fd) == std::nullopt) return;
    const auto inode = socket_inode(folder + "/fd/" + std::string(fd));
    if (!inode || !wanted.contains(*inode)) return;
    if (name.empty()) name = process_name(folder);
    owners.try_emplace(*inode, name);
  });
}

bool holds_any(const std::string& folder, const std::set<std::uint64_t>& wanted) {
  bool found = false;
  each_entry(folder + "/fd", [&](std::string_view fd) {
    if (found || !text::number<unsigned>(fd)) return;
    const auto inode = socket_inode(folder + "/fd/" + std::string(fd));
    found = inode && wanted.contains(*inode);
  });
  return found;
}

std::vector<ListeningSocket> listening_sockets(const std::string& proc) {
  std::vector<ListeningSocket> out;
  for (const char* file : {"/net/tcp", "/net/tcp6"}) {
    const auto found = parse_proc_net_tcp(read_small_file(proc + file, 8 << 20).value_or(""));
    out.insert(out.end(), found.begin(), found.end());
  }
  return out;
}

}  // namespace

std::vector<ListeningSocket> parse_proc_net_tcp(std::string_view text) {
  std::vector<ListeningSocket> out;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    if (const auto row = parse_row(text.substr(0, end))) out.push_back(*row);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

std::vector<ListeningPort> merge_listening(const std::vector<ListeningSocket>& sockets, const std::map<std::uint64_t, std::string>& owners) {
  std::map<std::uint16_t, std::string> named;
  for (const auto& one : sockets) {
    auto& name = named[one.port];
    if (const auto owner = owners.find(one.inode); name.empty() && owner != owners.end()) name = owner->second;
  }
  std::vector<ListeningPort> out;
  for (auto& [port, name] : named) out.push_back({port, std::move(name)});
  return out;
}

std::vector<ListeningPort> scan_listening_ports(const std::string& proc) {
  const auto sockets = listening_sockets(proc);
  std::set<std::uint64_t> wanted;
  for (const auto& one : sockets) wanted.insert(one.inode);
  std::map<std::uint64_t, std::string> owners;
  each_entry(proc, [&](std::string_view entry) {
    if (text::number<unsigned>(entry) && owners.size() < wanted.size()) find_owners(proc + "/" + std::string(entry), wanted, owners);
  });
  return merge_listening(sockets, owners);
}

std::string command_line_of_listener(std::uint16_t port, const std::string& proc) {
  constexpr std::size_t kLongest = 1 << 20;
  std::set<std::uint64_t> wanted;
  for (const auto& one : listening_sockets(proc))
    if (one.port == port) wanted.insert(one.inode);
  std::string out;
  each_entry(proc, [&](std::string_view entry) {
    const std::string folder = proc + "/" + std::string(entry);
    if (wanted.empty() || !out.empty() || !text::number<unsigned>(entry) || !holds_any(folder, wanted)) return;
    out = read_small_file(folder + "/cmdline", kLongest).value_or("");
    std::ranges::replace(out, '\0', ' ');
  });
  return out;
}

std::string listening_ports_json(const std::vector<ListeningPort>& ports) {
  api::WorkspaceAgentListeningPortsResponse out;
  for (const auto& one : ports) out.ports.push_back({.process_name = one.process, .network = "tcp", .port = one.port});
  return api::to_json(out);
}

}  // namespace slipway::agent
