// Writes the lines of the audit trail that no transaction took along: those of failed calls, above all. A line is in the
// journal before the answer is sent, and in the database a second later (decision 0013). One for the process.
#pragma once

#include "features/audit/journal.hpp"
#include "http/app.hpp"

#include <atomic>
#include <set>

namespace slipway::audit {

class Recorder {
 public:
  explicit Recorder(std::string folder) : journal_(std::move(folder)) {}

  // For http::AppOptions::audit.
  Task<void> record(const http::Finished& call);
  // Stores what the journal holds, now and whenever there is more, until cancelled. Start it once.
  Task<void> keep_storing(http::Home& home);
  // Stores what the journal holds. Errors: what the database says; the lines stay.
  Task<Result<void>> store_all(http::Home& home);

  // Lines that neither disk nor database took; each is in the server's log.
  std::uint64_t lost() const { return lost_; }
  // Audited routes that changed something and left no line in their transaction ("PUT /api/v2/…").
  std::set<std::string> untraced();

 private:
  Journal journal_;
  std::atomic<bool> more_ = true;
  std::atomic<std::uint64_t> lost_ = 0;
  std::mutex lock_;
  std::set<std::string> untraced_;
};

}  // namespace slipway::audit
