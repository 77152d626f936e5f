// A JobSource whose calls never throw: what one throws is an error of that call, so that no daemon, and no running job, ends by it.
// home: the source's.
#pragma once

#include "provisioner/runner.hpp"

namespace slipway::provisioner {

class CarefulSource final : public JobSource {
 public:
  explicit CarefulSource(JobSource& inner) : inner_(inner) {}  // outlives this

  Task<Result<std::optional<JobInput>>> acquire(const std::string& daemon, Milliseconds patience) override;
  Task<Result<Orders>> heartbeat(const JobId& job, Milliseconds patience) override;
  Task<Result<void>> logs(const JobId& job, std::vector<LogLine> batch) override;
  Task<Result<Verdict>> commit_quota(const JobId& job, std::int64_t daily_cost) override;
  Task<Result<void>> complete(const JobId& job, Outcome outcome) override;
  Task<Result<void>> fail(const JobId& job, Failure failure, Outcome partial) override;
  Task<Result<void>> release(const JobId& job) override;
  Task<Result<void>> begin(std::vector<JobId> held) override;
  void stop_waiting() override { inner_.stop_waiting(); }

 private:
  JobSource& inner_;
};

}  // namespace slipway::provisioner
