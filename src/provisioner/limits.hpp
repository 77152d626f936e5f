// What a job's result may hold: the one place that says how long a name is and what it is made of. The engines ask while they read a
// template, so that its author learns it at the import; the server asks again before it stores, whoever sends. home: any thread.
#pragma once

#include "base/result.hpp"
#include "provisioner/job.hpp"

namespace slipway::provisioner {

// Errors: invalid, with a sentence that names the value at fault; its text is shortened and holds nothing unprintable.
Result<void> storable(const Outcome& outcome);

// Letters and digits of ASCII in groups, one hyphen between two groups; at most 64.
bool valid_agent_name(std::string_view name);
// The same in lower case, at most 63: a label of a host's name.
bool valid_slug(std::string_view slug);

// A text from outside as part of a sentence: at most `most` bytes, whole characters, one line.
std::string quotable(std::string_view text, std::size_t most = 60);

}  // namespace slipway::provisioner
