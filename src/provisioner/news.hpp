// How engines write to a job's log: one stage at a time, secrets blanked, lines stamped.
#pragma once

#include "provisioner/engine.hpp"

#include <set>

namespace slipway::provisioner {

class News {
 public:
  explicit News(Sink& sink) : sink_(sink) {}

  // What must never be shown; values under four bytes are left alone, or they would blank half the log.
  void hide(std::string secret);
  void hide_all_of(const JobInput& input);

  void stage(std::string_view name);  // announces it, once while it lasts
  void line(LogLevel level, std::string_view output, LogSource source = LogSource::provisioner);
  std::string masked(std::string text) const;
  std::string_view current() const { return stage_; }

 private:
  Sink& sink_;
  std::string stage_;
  std::set<std::string> secrets_;
};

}  // namespace slipway::provisioner
