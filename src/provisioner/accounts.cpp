#include "provisioner/accounts.hpp"

#include <fmt/format.h>

#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <random>
#include <sstream>

namespace slipway::provisioner {
namespace {

constexpr AccountRange kRanges[] = {{1879048192U, 2147483646U}, {60578U, 61183U}};

// Whether all of them exist in our user namespace.
bool mapped(const char* map, const AccountRange& range) {
  std::ifstream in(map);
  std::uint64_t inside = 0, outside = 0, count = 0;
  while (in >> inside >> outside >> count)
    if (range.first >= inside && range.last < inside + count) return true;
  return false;
}

std::string whole(const char* path) {
  std::ifstream in(path);
  std::ostringstream out;
  out << in.rdbuf();
  auto text = std::move(out).str();
  if (!text.empty() && text.back() != '\n') text += '\n';
  return text;
}

bool may_pass(const aio::ProcessIdentity& who, const struct stat& folder) {
  if (folder.st_uid == who.uid) return (folder.st_mode & S_IXUSR) != 0;
  if (folder.st_gid == who.gid || std::ranges::find(who.groups, folder.st_gid) != who.groups.end()) return (folder.st_mode & S_IXGRP) != 0;
  return (folder.st_mode & S_IXOTH) != 0;
}

}  // namespace

Result<AccountRange> account_range() {
  for (const auto& range : kRanges)
    if (mapped("/proc/self/uid_map", range) && mapped("/proc/self/gid_map", range)) return range;
  return fail(Code::precondition, "too few user numbers exist in this container");
}

unsigned free_account(const AccountRange& range, const std::vector<std::string>& taken) {
  std::vector<unsigned> owners;
  struct stat info{};
  for (const auto& path : taken)
    if (::stat(path.c_str(), &info) == 0) owners.push_back(info.st_uid);
  std::random_device chance;
  std::uniform_int_distribution<unsigned> pick(range.first, range.last);
  while (true) {
    const auto uid = pick(chance);
    if (std::ranges::find(owners, uid) == owners.end() && !::getpwuid(uid) && !::getgrgid(uid)) return uid;
  }
}

Result<std::vector<unsigned>> group_numbers(const std::vector<std::string>& names) {
  std::vector<unsigned> out;
  for (const auto& name : names) {
    const auto* found = ::getgrnam(name.c_str());
    if (!found) return fail(Code::precondition, fmt::format("There is no group {}: see --build-groups.", name));
    out.push_back(found->gr_gid);
  }
  return out;
}

AccountFiles account_files(const std::string& name, const aio::ProcessIdentity& identity, const std::string& home) {
  const auto* shell = ::access("/bin/bash", X_OK) == 0 ? "/bin/bash" : "/bin/sh";
  return {.passwd = whole("/etc/passwd") + fmt::format("{}:x:{}:{}:Builds of Slipway:{}:{}\n", name, identity.uid, identity.gid, home, shell),
          .group = whole("/etc/group") + fmt::format("{}:x:{}:\n", name, identity.gid)};
}

std::string closed_to(const aio::ProcessIdentity& identity, const std::string& path) {
  for (auto slash = path.find('/', 1); slash != std::string::npos; slash = path.find('/', slash + 1)) {
    const auto folder = path.substr(0, slash);
    struct stat info{};
    if (::stat(folder.c_str(), &info) != 0 || !may_pass(identity, info)) return folder;
  }
  return "";
}

}  // namespace slipway::provisioner
