// What `plan -json` and `apply -json` say, one JSON object a line, turned into log lines, diagnostics and timings.
// Pure.
#pragma once

#include "provisioner/job.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::provisioner {

struct Diagnostic {
  bool error = false;
  std::string summary;
  std::string detail;
  std::string where;    // "main.tf line 6", or empty
  std::string subject;  // `variable "region"`: the block it is in, or the address
  std::string code;     // the offending lines
};

struct Spoken {
  LogLevel level = LogLevel::info;
  std::string text;
};

class EventReader {
 public:
  // `stage` names the timings: plan or apply.
  explicit EventReader(std::string stage) : stage_(std::move(stage)) {}

  // The lines to log for one line of output; what is not JSON is passed on as it is.
  std::vector<Spoken> read(std::string_view line);

  const std::vector<Diagnostic>& errors() const { return errors_; }
  std::vector<Timing> take_timings() { return std::move(timings_); }
  // Root variables that the plan found without a value.
  std::vector<std::string> missing_variables() const;
  // One sentence for the person, from the first error; empty when there was none.
  std::string summary() const;

 private:
  void note_timing(std::string_view type, std::string_view text);

  std::string stage_;
  std::vector<Diagnostic> errors_;
  std::vector<Timing> timings_;
  std::map<std::string, Timing> open_;
};

// "Error: ..." with file, line and code, one element a line.
std::vector<std::string> readable(const Diagnostic& diagnostic);

// Human output of init: colours and box drawing taken off.
std::string plain(std::string_view line);

}  // namespace slipway::provisioner
