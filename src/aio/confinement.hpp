// What a child process may see and reach: Linux namespaces that it makes or joins between fork and exec. Everything is worked out
// before the fork; what runs after it is async-signal-safe.
#pragma once

#include "base/result.hpp"

#include <array>
#include <optional>
#include <string>
#include <vector>

namespace slipway::aio {

// A mount namespace of its own, in which some of the file system is hidden. All paths are absolute and free of links.
struct View {
  struct Shown {
    std::string path;
    bool writable = false;
    std::string at = {};  // where it is seen; empty: at its own path
  };
  bool read_only = false;                // all that is not shown as writable
  bool own_processes = false;            // /proc of the pid namespace
  std::vector<std::string> hidden = {};  // a folder is seen empty, a file like /dev/null; what does not exist is passed over
  std::vector<Shown> shown = {};         // seen although it lies below something hidden; at most kMostShown
};
inline constexpr std::size_t kMostShown = 24;

struct Confinement {
  // A user namespace that has this account alone, and a pid namespace whose first process the child is: its orphans are reaped by
  // ignoring them, so it should be a program that only sleeps.
  bool new_namespaces = false;
  int user_namespace = -1;  // or descriptors of such namespaces to join
  int pid_namespace = -1;
  std::optional<View> view = {};

  bool other_processes() const { return new_namespaces || pid_namespace >= 0; }
};

// The steps of a Confinement, ready for a child that may no longer allocate.
class ConfinementPlan {
 public:
  explicit ConfinementPlan(const Confinement& confinement);
  // Joins or makes the namespaces; the caller then forks once more to be in them. False: errno says why.
  bool enter() const;
  // Makes the view. False: errno says why.
  bool arrange() const;

 private:
  enum class Act { grab, seal, hide_folder, hide_file, make_folder, make_file, put, processes };
  struct Step {
    Act act;
    std::string path;
    int slot = 0;
    bool writable = false;
  };
  static bool apply(const Step& step, std::array<int, kMostShown>& grabbed);
  void add_place(const View::Shown& shown, const std::vector<std::string>& covered, int slot);

  Confinement confinement_;
  std::vector<Step> steps_;
  std::string uid_map_, gid_map_;
};

}  // namespace slipway::aio
