// The rules of what agents report. Pure.
#pragma once

#include "api/gen/agent_me.hpp"
#include "api/gen/agent_v1.hpp"
#include "base/result.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::agents {

inline constexpr std::size_t kMetadataBytes = 2048;      // of a value, and of an error
inline constexpr std::size_t kMetadataKeysBytes = 6144;  // of all keys of one report together
inline constexpr std::size_t kLogLineBytes = 1024;       // of one stored row
inline constexpr std::size_t kAppStatusBytes = 160;
inline constexpr std::size_t kUriBytes = 2048, kIconBytes = 1024, kReasonBytes = 160;

// "v1.2.3", perhaps with a pre-release and build part. Errors: invalid.
Result<void> check_version(std::string_view version);
std::vector<std::string> sorted_subsystems(std::vector<std::string> subsystems);
// Errors: invalid, naming all states.
Result<void> check_lifecycle(std::string_view state);

struct MetadataRows {
  std::vector<std::string> keys, values, errors;
  Result<void> outcome;  // an error when keys were dropped: the rest is to be stored all the same
};
MetadataRows metadata_rows(const std::vector<api::AgentMetadataValue>& report);

struct LogRows {
  std::int64_t bytes = 0;  // what the batch costs the agent's account
  std::vector<Time> created_ats;
  std::vector<std::string> outputs;
  std::vector<std::string> levels;
};
// Long lines become several rows, cut between characters; NUL and what is no UTF-8 become U+FFFD. Errors: an unknown level.
Result<LogRows> log_rows(const std::vector<api::AgentLog>& logs, Time now);

// What an app links its status to: nothing, or an address that a click may open (http, https, file, or an editor's own), of at most
// kUriBytes. Errors: invalid.
Result<void> check_status_uri(std::string_view uri);

// When something happened, as an agent says: not more than five minutes ahead of our clock nor a day behind it, for what could not be
// delivered at once. Else, and without a time: now.
Time believed(std::optional<Time> said, Time now);

// "localhost" is 127.0.0.1; what is no address is empty.
std::string address_of(std::string_view ip);

}  // namespace slipway::agents
