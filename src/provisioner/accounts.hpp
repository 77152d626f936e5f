// Accounts that exist by their number alone: no entry in /etc/passwd is made for them. All functions block.
#pragma once

#include "aio/subprocess.hpp"
#include "base/result.hpp"

#include <string>
#include <vector>

namespace slipway::provisioner {

// The numbers to choose from: 1879048192 to 2147483646, which no distribution gives out; in a container that has only 65536 of them,
// 60578 to 61183. Errors: precondition when neither is there.
struct AccountRange {
  unsigned first = 0, last = 0;
  bool has(unsigned uid) const { return uid >= first && uid <= last; }
};
Result<AccountRange> account_range();

// One that nobody has, neither by name nor as the owner of one of `taken`.
unsigned free_account(const AccountRange& range, const std::vector<std::string>& taken);

// Errors: precondition when there is no such group.
Result<std::vector<unsigned>> group_numbers(const std::vector<std::string>& names);

// /etc/passwd and /etc/group as programs of the account see them: with a line for it, as ssh and git ask for its name.
struct AccountFiles {
  std::string passwd, group;
};
AccountFiles account_files(const std::string& name, const aio::ProcessIdentity& identity, const std::string& home);

// The first folder on the way to `path` that the account cannot pass; empty: it gets there.
std::string closed_to(const aio::ProcessIdentity& identity, const std::string& path);

}  // namespace slipway::provisioner
