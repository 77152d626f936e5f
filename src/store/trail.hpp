// The audit trail as the store writes it: a change leaves its line in the transaction that makes it, in the round trip of
// the commit, so that the one is never there without the other (decision 0013).
#pragma once

#include "aio/task_fwd.hpp"
#include "base/clock.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "rbac/duties.hpp"

#include <memory>
#include <string>
#include <vector>

namespace slipway::store {

template <rbac::Duty D>
class DutyHandle;

// What was done to what. Who did it, from where and in which request is known to the store.
struct Trace {
  std::string resource_type = {};  // of the contract's ResourceType
  Uuid resource_id = {};
  std::string target = {};  // what people call it
  std::string icon = {};
  OrganizationId organization = {};  // nil: none
  std::string action = {};           // of the contract's AuditAction; empty: the route's
  std::string diff = "{}";           // an AuditDiff
  std::string additional = "{}";
  UserId user = {};  // nil: the actor
};

// The request that a store works for. One a request; home: its loop.
struct Origin {
  RequestId request = {};
  std::string ip = {}, user_agent = {};
  std::string action = {};  // of the route
  int success = 200;        // what the route answers when all goes well
  int traced = 0;           // lines that its transactions have committed
  bool follows = false;     // the line is left by what goes on once the answer is sent
};
using OriginPtr = std::shared_ptr<Origin>;

// A line as it is stored.
struct TrailLine {
  AuditId id = {};
  Time time = {};
  Trace trace = {};
  RequestId request = {};
  std::string ip = {}, user_agent = {};
  int status = 0;
};

// Stores lines that no transaction took along. One that is there already, by its id, stays as it is.
Task<Result<void>> keep(DutyHandle<rbac::Duty::audit_recorder>& duty, const std::vector<TrailLine>& lines);

}  // namespace slipway::store
