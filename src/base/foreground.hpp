// Another program in our place: on our streams and our terminal, in our process group, so that it can ask the person itself. home: one thread at
// a time, of a program that does nothing else meanwhile.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"

namespace slipway {

// Runs it to its end and gives its exit code as a shell tells it (128 and the signal's number). argv[0] is looked for in PATH. An empty `directory`
// is ours; `environment` ("NAME=value") is all that it gets, ours when there is none. What ends us meanwhile (SIGTERM, SIGHUP) is passed on to it; what a
// terminal sends to both is its affair. Errors: not_found when it cannot be run, with the reason.
Result<int> run_in_foreground(std::vector<std::string> argv, const std::string& directory = {}, std::vector<std::string> environment = {});

}  // namespace slipway
