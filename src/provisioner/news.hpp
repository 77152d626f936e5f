// How engines write to a job's log: one stage at a time, secrets blanked, lines stamped.
#pragma once

#include "provisioner/engine.hpp"

#include <set>

namespace slipway::provisioner {

class News {
 public:
  explicit News(Sink& sink) : sink_(sink) {}

  // What must never be shown. A log is made of lines, so a secret of several is hidden line by line. Values under four bytes, and
  // such lines under eight, are left alone, or they would blank half the log.
  void hide(std::string_view secret);
  // All secrets that came with the job and are known to be some.
  void hide_all_of(const JobInput& input);
  // The value of each variable that the template declares sensitive: the one given, else its default. Of lists and maps, what
  // they hold.
  void hide_sensitive(const std::vector<Variable>& declared, const JobInput& input);

  void stage(std::string_view name);  // announces it, once while it lasts
  void line(LogLevel level, std::string_view output, LogSource source = LogSource::provisioner);
  std::string masked(std::string text) const;
  std::string_view current() const { return stage_; }

 private:
  Sink& sink_;
  std::string stage_;
  struct LongerFirst {  // what contains another secret goes before it
    bool operator()(const std::string& a, const std::string& b) const { return a.size() != b.size() ? a.size() > b.size() : a < b; }
  };
  std::set<std::string, LongerFirst> secrets_;
};

}  // namespace slipway::provisioner
