// What acts on workspaces without a person: starts by schedule, stops by deadline, clean-up after failures, dormancy.
#pragma once

#include "http/home.hpp"

#include <memory>
#include <optional>

namespace slipway::scheduling {

// What one turn did.
struct Turn {
  bool led = false;            // false: another replica was at it, and nothing was done
  int looked = 0, builds = 0;  // workspaces looked at; builds queued
  std::optional<Time> next;    // when something may be due again
};
// Does all that is due. Three statements when nothing is, however many workspaces there are. Errors: the database's; what
// went wrong with one workspace is logged, put off, and stops no other.
Task<Result<Turn>> turn(store::Db& db, std::shared_ptr<store::Cost> cost = std::make_shared<store::Cost>());

// Turn after turn: when the next thing is due, when news come, and at least once in `poll`. Any replica may run it, one at a time does.
// Runs until cancelled.
Task<void> keep(http::Home& home, Milliseconds poll);

}  // namespace slipway::scheduling
