// Where the builds of an organization live: a folder, and an account or namespaces of their own, so that what a template runs reaches
// neither the server's secrets nor another organization's builds (decision 0025). home: the loop of its owner.
#pragma once

#include "aio/subprocess.hpp"
#include "aio/task_fwd.hpp"
#include "base/result.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::provisioner {

enum class Isolation { automatic, account, namespaces, off };
std::optional<Isolation> parse_isolation(std::string_view text);  // auto, account, namespaces, off

struct QuartersOptions {
  Isolation wanted = Isolation::automatic;
  std::string folder;                      // the organizations' folders are made in it
  std::vector<std::string> groups;         // further groups of the accounts, such as docker
  std::vector<std::string> hidden;         // what holds secrets: the data folder, key files
  std::vector<std::string> readable = {};  // what every build needs: the tool, the mirror
  std::string caches = {};                 // where what can be fetched again is kept; empty: in `folder`
};

// One organization's. In its folder: jobs/ and notes/, which are the server's, and home/ and tmp/, which are the builds'. In its cache, which
// anybody may empty while no build runs: plugins/ and init/, the builds' too.
struct Quarter {
  std::string folder, cache;  // the same unless caches are elsewhere
  unsigned passage = 0700;    // mode of the server's own folders in it: builds must get through where they have no view of their own
  std::string account = {};   // its name and number; empty: the server's own
  std::optional<aio::ProcessIdentity> identity = {};
  int user_namespace = -1;
  int pid_namespace = -1;
  std::string home() const { return folder + "/home"; }
  std::string plugins() const { return cache + "/plugins"; }
  std::string inits() const { return cache + "/init"; }
};

class Quarters {
 public:
  // Tries out what the machine allows. Errors: precondition when what is wanted explicitly cannot be had.
  static Task<Result<std::unique_ptr<Quarters>>> open(QuartersOptions options);
  ~Quarters();

  Isolation kind() const { return kind_; }
  // For the log: how builds are kept apart, or that they are not and why.
  std::string describe() const;

  // Made at first use, which blocks for some milliseconds.
  Result<Quarter> of(const asio::any_io_executor& home, const std::string& organization);
  // Makes the process live there. It may write `writable`, and read the tool and `readable`, wherever they lie.
  void settle(aio::ProcessOptions& process, const Quarter& quarter, const std::vector<std::string>& writable,
              const std::vector<std::string>& readable) const;
  // Gives a folder and what is in it to the builds' account. Blocks.
  static Result<void> give(const std::string& path, const Quarter& quarter);

 private:
  struct Sleeper;
  explicit Quarters(QuartersOptions options);
  Task<Result<void>> attempt(Isolation kind, bool views);
  Result<void> make_folders(Quarter& quarter, const std::string& name) const;
  Result<void> find_account(Quarter& quarter) const;
  Result<void> find_namespaces(const asio::any_io_executor& home, Quarter& quarter, const std::string& organization);
  aio::View view_of(const Quarter& quarter, const std::vector<std::string>& writable, std::vector<std::string> readable) const;

  QuartersOptions options_;
  Isolation kind_ = Isolation::off;
  bool views_ = false;  // mount namespaces can be made
  std::string why_off_;
  std::map<std::string, Quarter> known_;
  std::map<std::string, std::unique_ptr<Sleeper>> sleepers_;
};

}  // namespace slipway::provisioner
